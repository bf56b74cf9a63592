/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host file's own sections, key by key. */
#include "config/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void host_done(struct host *h)
{
	addrset_done(&h->management.addresses);
	for (size_t i = 0; i < h->n_peers; i++)
		addrset_done(&h->peers[i].addresses);
	h->n_peers = 0;
}

struct peer *host_peer(const struct host *h, const char *name)
{
	for (size_t i = 0; i < h->n_peers; i++)
		if (strcmp(h->peers[i].name, name) == 0)
			return &h->peers[i];
	return NULL;
}

static int read_host(const struct section *s, struct arena *arena, struct diags *diags,
	struct host *h)
{
	static const char *const outbound[] = {"enforce", "allow", NULL};
	static const char *const revoke[] = {"cut", "keep", NULL};
	struct names size = {0};
	int allowed = 0, keeps = 0;
	h->at = s->at;
	int r = names_read(&s->keys[HOST_ROLES], arena, diags, &h->roles);
	if (r == 0)
		r = names_read(&s->keys[HOST_SIZE], arena, diags, &size);
	if (r == 0)
		r = names_read(&s->keys[HOST_ENABLE], arena, diags, &h->enabled);
	if (r == 0)
		r = names_read(&s->keys[HOST_DISABLE], arena, diags, &h->disabled);
	if (r < 0)
		return r;
	if (size.count > 1)
		diag_error(diags, size.items[1].at, "a host has one size; keep one");
	else if (size.count == 1)
		h->size = size.items[0];
	read_word(&s->keys[HOST_OUTBOUND], outbound, diags, &allowed);
	read_word(&s->keys[HOST_REVOKE], revoke, diags, &keeps);
	read_mark(&s->keys[HOST_MARK], diags, &h->mark_mask);
	h->outbound_allowed = allowed == 1;
	h->keeps_sessions = keeps == 1;
	return 0;
}

static int read_management(const struct section *s, struct arena *arena, struct diags *diags,
	struct host *h)
{
	h->has_management = true;
	h->management.at = s->at;
	if (!s->keys[MANAGEMENT_FROM].set)
		diag_error(diags, s->at,
			"[management] has no from; write from = with the addresses that "
			"administer this host");
	else {
		int r = peer_add_value(&h->management, &s->keys[MANAGEMENT_FROM].value, diags);
		if (r < 0)
			return r;
	}
	peer_check_none(&h->management, diags);
	struct port_range *ports = NULL;
	int r = ports_read(&s->keys[MANAGEMENT_PORT], arena, diags, &ports, &h->n_management_ports);
	if (r == 0 && ports)
		h->management_ports = ports;
	return r;
}

/* One file of `file =`, relative to the configuration directory. */
static int read_list(const struct item *item, const char *directory,
	const struct file_access *access, struct arena *arena, struct diags *diags, struct peer *p)
{
	bool absolute = item->text[0] == '/';
	struct file_bytes file;
	char *path = arena_printf(arena, "%s%s%.*s", absolute ? "" : directory, absolute ? "" : "/",
		(int)item->length, item->text);
	if (!path)
		return -ENOMEM;
	int r = access->read(access->context, path, item->at, diags, &file);
	if (r == -EINVAL)
		return 0;
	if (r < 0)
		return r;
	r = peer_add_list(p, path, file.bytes, file.length, diags);
	free(file.bytes);
	return r;
}

static int read_peer(const struct section *s, const char *directory,
	const struct file_access *access, struct arena *arena, struct diags *diags, struct peer *p)
{
	const struct entry *address = &s->keys[PEER_ADDRESS], *file = &s->keys[PEER_FILE];
	size_t errors = diags->errors;
	int r = 0;
	p->name = s->name;
	p->at = s->at;
	if (address->set)
		r = peer_add_value(p, &address->value, diags);
	if (file->set && r == 0) {
		struct items items = items_of(&file->value);
		struct item item;
		while (r == 0 && items_next(&items, &item, diags))
			r = read_list(&item, directory, access, arena, diags, p);
	}
	if (r < 0)
		return r;
	addrset_normalise(&p->addresses);
	peer_check_none(p, diags);
	/* an empty list file would silently mean nobody */
	if (diags->errors == errors && !s->is_faulty && !p->any && !p->none &&
		addrset_count(&p->addresses) == 0)
		diag_error(diags, file->set ? file->at : s->at,
			"peer '%s' has no address; write address = or file = with one, or address "
			"= none",
			p->name);
	return 0;
}

int host_read(const struct document *d, const char *host_file, const char *directory,
	const struct file_access *access, struct arena *arena, struct diags *diags,
	struct host *ret)
{
	static const struct port_range ssh = {22, 22};
	struct host *h = ret;
	*h = (struct host){
		.at = {host_file, 1, 1},
		.mark_mask = HOST_MARK_MASK,
		.management = {.name = "management"},
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

	int r = 0;
	const struct section *host = document_first(d, SECTION_HOST);
	const struct section *management = document_first(d, SECTION_MANAGEMENT);
	if (host)
		r = read_host(host, arena, diags, h);
	else
		diag_error(diags, h->at, "no section [host]; write [host] and roles = in it");
	if (management && r == 0)
		r = read_management(management, arena, diags, h);
	addrset_normalise(&h->management.addresses);
	for (const struct section *s = document_first(d, SECTION_PEER); s && r == 0;
		s = document_next(s, SECTION_PEER))
		r = read_peer(s, directory, access, arena, diags, &h->peers[h->n_peers++]);
	return r;
}
