/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host file's own sections, key by key. */
#include "config/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/absent.h"
#include "config/advertised.h"
#include "config/containers.h"
#include "config/matrix.h"
#include "config/peer_names.h"

enum { DAY = 24 * 60 * 60, NAMES_MOST = 10000 };

void host_done(struct host *h)
{
	addrset_done(&h->management.addresses);
	addrset_done(&h->management.learned);
	addrset_done(&h->own);
	addrset_done(&h->resolvers);
	addrset_done(&h->container_networks);
	for (size_t i = 0; i < h->n_peers; i++) {
		addrset_done(&h->peers[i].addresses);
		addrset_done(&h->peers[i].learned);
	}
	h->n_peers = 0;
}

struct peer *host_peer(const struct host *h, const char *name)
{
	return index_get(&h->peers_by_name, name);
}

/* What reading needs besides the sections. */
struct reading {
	const char *directory;
	const struct file_access *access;
	const struct facts *facts;
	struct arena *arena;
	struct diags *diags;
	struct host *host;
};

/* names-… and hold. */
static void read_name_rules(const struct reading *reading, const struct section *s)
{
	static const char *const hold[] = {"auto", "no", NULL};
	static const struct time_bounds any = {0, 30 * DAY}, some = {1, 30 * DAY};
	struct answers_rules *rules = &reading->host->name_rules;
	uint32_t most = (uint32_t)rules->most;
	int never = 0;
	read_number(&s->keys[HOST_NAMES_MOST], NAMES_MOST, reading->diags, &most);
	rules->most = most;
	read_time(&s->keys[HOST_NAMES_TTL_FLOOR], &any, reading->diags, &rules->ttl_floor);
	read_time(&s->keys[HOST_NAMES_TTL_CEILING], &some, reading->diags, &rules->ttl_ceiling);
	read_time(&s->keys[HOST_NAMES_GRACE], &any, reading->diags, &rules->grace);
	read_word(&s->keys[HOST_HOLD], hold, reading->diags, &never);
	reading->host->holds = never == 0;
	if (rules->ttl_floor > rules->ttl_ceiling) {
		const struct entry *floor = &s->keys[HOST_NAMES_TTL_FLOOR];
		diag_error(reading->diags,
			floor->set ? floor->at : s->keys[HOST_NAMES_TTL_CEILING].at,
			"names-ttl-floor is above names-ttl-ceiling; write a floor that is not");
	}
}

static int read_host(const struct reading *reading, const struct section *s)
{
	static const char *const outbound[] = {"enforce", "allow", NULL};
	static const char *const revoke[] = {"cut", "keep", NULL};
	struct host *h = reading->host;
	struct names size = {0};
	int allowed = 0, keeps = 0;
	h->at = s->at;
	int r = names_read(&s->keys[HOST_ROLES], reading->arena, reading->diags, &h->roles);
	if (r < 0)
		return r;
	r = words_read(&s->keys[HOST_SIZE], reading->arena, reading->diags, &size);
	if (r < 0)
		return r;
	r = names_read(&s->keys[HOST_ENABLE], reading->arena, reading->diags, &h->enabled);
	if (r < 0)
		return r;
	r = names_read(&s->keys[HOST_DISABLE], reading->arena, reading->diags, &h->disabled);
	if (r < 0)
		return r;
	r = links_read(&s->keys[HOST_INTERFACE], reading->arena, reading->diags, &h->interfaces);
	if (r < 0)
		return r;
	r = names_index(&h->enabled, reading->arena, &h->enabled_by_name);
	if (r < 0)
		return r;
	r = names_index(&h->disabled, reading->arena, &h->disabled_by_name);
	if (r < 0)
		return r;
	for (size_t i = 0; reading->facts && i < h->interfaces.count; i++)
		absent_warn_link(reading->facts, h->interfaces.items[i].text, "it lets nobody in",
			h->interfaces.items[i].at, reading->diags);
	if (size.count > 1)
		diag_error(reading->diags, size.items[1].at, "a host has one size; keep one");
	else if (size.count == 1)
		h->size = size.items[0];
	read_word(&s->keys[HOST_OUTBOUND], outbound, reading->diags, &allowed);
	read_word(&s->keys[HOST_REVOKE], revoke, reading->diags, &keeps);
	read_name_rules(reading, s);
	read_mark(&s->keys[HOST_MARK], reading->diags, &h->mark_mask);
	read_path(&s->keys[HOST_RECORDINGS], reading->diags, &h->recordings);
	h->recordings_at = s->keys[HOST_RECORDINGS].at;
	read_number(&s->keys[HOST_SESSIONS_PER_CLIENT], SIZE_SESSIONS_MOST, reading->diags,
		&h->sessions_per_client);
	h->sessions_per_client_at = s->keys[HOST_SESSIONS_PER_CLIENT].at;
	h->outbound_allowed = allowed == 1;
	h->keeps_sessions = keeps == 1;
	return 0;
}

/* Peers that the host itself tells the place of. */

/* True if that part of the facts is known; warns if it could not be read. */
static bool is_seen(const struct reading *reading, enum host_follow part, struct place at)
{
	if (!reading->facts)
		return false;
	int error = facts_error(reading->facts, part);
	if (error)
		diag_warning(reading->diags, at,
			"cannot read the addresses or routes of this host: %s; those that were "
			"known before are used",
			strerror(-error));
	return error == 0;
}

static int read_links(const struct reading *reading, const struct entry *e, struct peer *p)
{
	struct names links = {0};
	int r = links_read(e, reading->arena, reading->diags, &links);
	if (r < 0)
		return r;
	for (size_t i = 0; i < links.count; i++) {
		const struct name *link = &links.items[i];
		bool found = false;
		reading->host->follows |= FOLLOWS_LINKS;
		r = peer_add_link(p, reading->facts, link->text, &found);
		if (r < 0)
			return r;
		p->waits |= !found;
		if (is_seen(reading, FOLLOWS_LINKS, link->at) && !found &&
			!absent_warn_link(reading->facts, link->text, "it matches no host",
				link->at, reading->diags))
			absent_warn_address(reading->facts, link->text, link->at, reading->diags);
		if (p == &reading->host->management)
			advertised_warn_link(reading->facts, link->text, link->at, reading->diags);
	}
	return 0;
}

/* gateway = yes or resolver = yes: true if it is. */
static bool is_wanted(const struct reading *reading, const struct entry *e,
	enum host_follow follows, struct peer *p)
{
	bool wanted = false;
	read_yes_no(e, reading->diags, &wanted);
	if (wanted)
		p->follows |= follows;
	return wanted;
}

static int read_gateway(const struct reading *reading, const struct entry *e, struct peer *p)
{
	if (!is_wanted(reading, e, FOLLOWS_ROUTES, p))
		return 0;
	p->waits |= !reading->facts || reading->facts->n_gateways == 0;
	if (!p->is_default && is_seen(reading, FOLLOWS_ROUTES, e->at))
		absent_warn_gateway(reading->facts, e->at, reading->diags);
	if (p == &reading->host->management)
		advertised_warn_gateway(reading->facts, e->at, reading->diags);
	return peer_add_gateways(p, reading->facts);
}

static int read_resolver(const struct reading *reading, const struct entry *e, struct peer *p)
{
	if (!is_wanted(reading, e, FOLLOWS_RESOLVERS, p))
		return 0;
	p->waits |= !reading->facts || reading->facts->n_resolvers == 0;
	if (!p->is_default && is_seen(reading, FOLLOWS_RESOLVERS, e->at))
		absent_warn_resolver(reading->facts, e->at, reading->diags);
	return peer_add_resolvers(p, reading->facts);
}

/* interface =, gateway = and resolver = of a [peer] or [management]. */
static int read_dynamic(const struct reading *reading, const struct entry *interface,
	const struct entry *gateway, const struct entry *resolver, struct peer *p)
{
	int r = read_links(reading, interface, p);
	if (r < 0)
		return r;
	r = read_gateway(reading, gateway, p);
	if (r < 0)
		return r;
	r = read_resolver(reading, resolver, p);
	/* a default counts once a flow uses it: host_take_defaults() */
	if (!p->is_default)
		reading->host->follows |= p->follows;
	return r;
}

static int read_management(const struct reading *reading, const struct section *s)
{
	struct host *h = reading->host;
	const struct entry *k = s->keys;
	h->has_management = true;
	h->management.at = s->at;
	int r = read_dynamic(reading, &k[MANAGEMENT_INTERFACE], &k[MANAGEMENT_GATEWAY],
		&k[MANAGEMENT_RESOLVER], &h->management);
	if (r < 0)
		return r;
	const struct peer_name_keys names = {
		.name = &k[MANAGEMENT_NAME], .private = &k[MANAGEMENT_PRIVATE]};
	r = peer_read_names(&h->management, &names, reading->arena, reading->diags);
	if (r < 0)
		return r;
	if (k[MANAGEMENT_FROM].set)
		r = peer_add_value(&h->management, &k[MANAGEMENT_FROM].value, reading->diags);
	else if (k[MANAGEMENT_NAME].set && !h->management.dynamic)
		diag_error(reading->diags, k[MANAGEMENT_NAME].at,
			"[management] has a name and no address; add from = with one, or without "
			"DNS there is no way in");
	else if (!h->management.dynamic)
		diag_error(reading->diags, s->at,
			"[management] has no from; write from = with the addresses that "
			"administer this host");
	if (r < 0)
		return r;
	peer_check_none(&h->management, reading->diags);
	struct port_range *ports = NULL;
	r = ports_read(&k[MANAGEMENT_PORT], reading->arena, reading->diags, &ports,
		&h->n_management_ports);
	if (r < 0)
		return r;
	if (ports)
		h->management_ports = ports;
	return 0;
}

/* Peers. */

static int note_list(const struct reading *reading, const char *path)
{
	struct host *h = reading->host;
	if (h->n_lists == h->lists_room) {
		size_t room = h->lists_room ? 2 * h->lists_room : 8;
		const char **grown = arena_array(reading->arena, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		if (h->n_lists)
			memcpy(grown, h->lists, h->n_lists * sizeof(*grown));
		h->lists = grown;
		h->lists_room = room;
	}
	h->lists[h->n_lists++] = path;
	return 0;
}

/* One file of `file =`, relative to the configuration directory. */
static int read_list(const struct reading *reading, const struct item *item, struct peer *p)
{
	struct file_bytes file;
	const char *path = item->text[0] == '/'
				   ? arena_strndup(reading->arena, item->text, item->length)
				   : arena_printf(reading->arena, "%s/%.*s", reading->directory,
					     (int)item->length, item->text);
	int r = path ? note_list(reading, path) : -ENOMEM;
	if (r < 0)
		return r;
	r = reading->access->read_list(reading->access->context, path, item->at, reading->diags,
		&file);
	if (r == -EINVAL)
		return 0;
	if (r < 0)
		return r;
	r = peer_add_list(p, path, file.bytes, file.length, reading->diags);
	free(file.bytes);
	return r;
}

static int read_lists(const struct reading *reading, const struct entry *file, struct peer *p)
{
	struct items items = items_of(&file->value);
	struct item item;
	while (items_next(&items, &item, reading->diags)) {
		int r = read_list(reading, &item, p);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_peer(const struct reading *reading, const struct section *s, struct peer *p)
{
	const struct entry *address = &s->keys[PEER_ADDRESS], *file = &s->keys[PEER_FILE];
	const struct peer_name_keys names = {
		&s->keys[PEER_NAME], &s->keys[PEER_SRV], &s->keys[PEER_PRIVATE]};
	size_t errors = reading->diags->errors;
	p->name = s->name;
	p->at = s->at;
	p->is_default = s->file_kind == FILE_ROLE;
	int r = index_put(&reading->host->peers_by_name, reading->arena, p->name, p);
	if (r < 0)
		return r;
	r = read_dynamic(reading, &s->keys[PEER_INTERFACE], &s->keys[PEER_GATEWAY],
		&s->keys[PEER_RESOLVER], p);
	if (r < 0)
		return r;
	r = peer_read_names(p, &names, reading->arena, reading->diags);
	if (r < 0)
		return r;
	r = address->set ? peer_add_value(p, &address->value, reading->diags) : 0;
	if (r < 0)
		return r;
	r = file->set ? read_lists(reading, file, p) : 0;
	if (r < 0)
		return r;
	addrset_normalise(&p->addresses);
	addrset_normalise(&p->learned);
	peer_check_none(p, reading->diags);
	/* an empty list file would silently mean nobody */
	if (reading->diags->errors == errors && !s->is_faulty && !p->any && !p->none &&
		!p->dynamic && p->n_names == 0 && addrset_count(&p->addresses) == 0)
		diag_error(reading->diags, file->set ? file->at : s->at,
			"peer '%s' has no address; write address =, file = or name = with one, or "
			"address = none",
			p->name);
	return 0;
}

/* This host itself. */

static int find_own(const struct reading *reading)
{
	const struct facts *f = reading->facts;
	reading->host->follows |= FOLLOWS_LINKS;
	for (size_t i = 0; f && i < f->n_addresses; i++) {
		const struct addr *a = &f->addresses[i].address;
		if (addr_is_link_local6(a))
			continue;
		int r = addrset_add(&reading->host->own, &(struct addr_range){*a, *a});
		if (r < 0)
			return r;
	}
	addrset_normalise(&reading->host->own);
	return 0;
}

static bool has_names(const struct host *h)
{
	bool found = h->has_management && peer_is_named(&h->management);
	for (size_t i = 0; i < h->n_peers; i++)
		found |= h->peers[i].is_used && peer_is_named(&h->peers[i]);
	return found;
}

static int add_all(struct addrset *to, const struct addr *a, size_t n)
{
	int r = 0;
	for (size_t i = 0; i < n && r == 0; i++)
		r = addrset_add(to, &(struct addr_range){a[i], a[i]});
	return r;
}

void host_take_defaults(struct host *h, const struct facts *facts, struct diags *diags)
{
	for (size_t i = 0; i < h->n_peers; i++) {
		const struct peer *p = &h->peers[i];
		if (!p->is_default || !p->is_used)
			continue;
		h->follows |= p->follows;
		if ((p->follows & FOLLOWS_ROUTES) && facts && !facts_error(facts, FOLLOWS_ROUTES))
			absent_warn_gateway(facts, p->at, diags);
		if ((p->follows & FOLLOWS_RESOLVERS) && facts &&
			!facts_error(facts, FOLLOWS_RESOLVERS))
			absent_warn_resolver(facts, p->at, diags);
	}
}

int host_find_resolvers(struct host *h, const struct facts *facts)
{
	if (!has_names(h))
		return 0;
	h->follows |= FOLLOWS_RESOLVERS;
	if (!facts)
		return 0;
	int r = add_all(&h->resolvers, facts->resolvers, facts->n_resolvers);
	if (r == 0)
		r = add_all(&h->resolvers, facts->local_resolvers, facts->n_local_resolvers);
	addrset_normalise(&h->resolvers);
	return r;
}

int host_read(const struct document *d, const char *host_file, const char *directory,
	const struct file_access *access, const struct facts *facts, struct arena *arena,
	struct diags *diags, struct host *ret)
{
	static const struct port_range ssh = {22, 22};
	struct host *h = ret;
	const struct reading reading = {directory, access, facts, arena, diags, h};
	*h = (struct host){
		.at = {host_file, 1, 1},
		.mark_mask = HOST_MARK_MASK,
		.local_ports =
			facts && facts->local_ports.last ? facts->local_ports : FACTS_LOCAL_PORTS,
		.management = {.name = "management"},
		.name_rules = answers_default_rules(),
		.holds = true,
		.management_ports = &ssh,
		.n_management_ports = 1,
	};
	size_t peers = 0;
	for (const struct section *s = document_first(d, SECTION_PEER); s;
		s = document_next(s, SECTION_PEER))
		peers++;
	h->peers = arena_array(arena, peers, sizeof(*h->peers));
	if (!h->peers)
		return -ENOMEM;

	const struct section *host = document_first(d, SECTION_HOST);
	const struct section *management = document_first(d, SECTION_MANAGEMENT);
	if (!host && !meant_has(d->meant, SECTION_HOST, ""))
		diag_error(diags, h->at, "no section [host]; write [host] and roles = in it");
	int r = host ? read_host(&reading, host) : 0;
	if (r < 0)
		return r;
	r = management ? read_management(&reading, management) : 0;
	if (r < 0)
		return r;
	addrset_normalise(&h->management.addresses);
	addrset_normalise(&h->management.learned);
	for (const struct section *s = document_first(d, SECTION_PEER); s;
		s = document_next(s, SECTION_PEER)) {
		r = read_peer(&reading, s, &h->peers[h->n_peers++]);
		if (r < 0)
			return r;
	}
	r = find_own(&reading);
	if (r < 0)
		return r;
	return containers_read(host ? &host->keys[HOST_CONTAINERS] : NULL, facts, arena, diags, h);
}
