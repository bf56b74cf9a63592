/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a change needs stages.
 *
 * A commit switches rules and hashes over at one instant; what has changed in an interval set
 * shows some microseconds later.  So a permission that moves into an interval set would be
 * gone for that long:
 *
 *  - into one that is new: the set is there, empty, when its rule is.  So new sets are made in
 *    a transaction of their own, before any rule looks them up (prepare).  New chains too: a
 *    packet on its way through the old rules may already meet the new element of a map.
 *  - into one that was there, out of a hash beside it: the host is gone from the hash before
 *    the run that swallows it shows.  So it stays in the hash until a later transaction (hold).
 *    It is allowed before and after, and nothing else becomes so by it.
 */
#include "ruleset/stages.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct staging {
	struct arena *arena;
	struct ruleset *ruleset;
	bool failed;
};

static void start(struct staging *s, const struct ruleset *like)
{
	*s = (struct staging){.arena = arena_new()};
	if (s->arena)
		s->ruleset = arena_alloc(s->arena, sizeof(*s->ruleset));
	if (!s->ruleset) {
		s->failed = true;
		return;
	}
	s->ruleset->arena = s->arena;
	s->ruleset->mark_mask = like->mark_mask;
	s->ruleset->generation = like->generation;
}

static int finish(struct staging *s, bool wanted, struct ruleset **ret)
{
	if (s->failed || !wanted) {
		arena_free(s->arena);
		*ret = NULL;
		return s->failed ? -ENOMEM : 0;
	}
	*ret = s->ruleset;
	return 0;
}

static void *copy(struct staging *s, const void *object, size_t size)
{
	void *p = s->failed ? NULL : arena_alloc(s->arena, size);
	if (!p)
		s->failed = true;
	else
		memcpy(p, object, size);
	return p;
}

/* The copies share rules, elements and names with what they are copies of. */

static void add_chain(struct staging *s, const struct chain *c)
{
	struct chain *new = copy(s, c, sizeof(*c));
	if (!new)
		return;
	new->next = NULL;
	*(s->ruleset->last_chain ? &s->ruleset->last_chain->next : &s->ruleset->chains) = new;
	s->ruleset->last_chain = new;
}

static struct set *add_set(struct staging *s, const struct set *x)
{
	struct set *new = copy(s, x, sizeof(*x));
	if (!new)
		return NULL;
	new->next = NULL;
	*(s->ruleset->last_set ? &s->ruleset->last_set->next : &s->ruleset->sets) = new;
	s->ruleset->last_set = new;
	return new;
}

static void add_counter(struct staging *s, const struct counter *c)
{
	struct counter *new = copy(s, c, sizeof(*c));
	if (!new)
		return;
	new->next = NULL;
	*(s->ruleset->last_counter ? &s->ruleset->last_counter->next : &s->ruleset->counters) = new;
	s->ruleset->last_counter = new;
}

static void add_all(struct staging *s, const struct ruleset *r)
{
	for (const struct chain *c = r->chains; c; c = c->next)
		add_chain(s, c);
	for (const struct counter *c = r->counters; c; c = c->next)
		add_counter(s, c);
}

int stages_prepare(const struct ruleset *old, const struct ruleset *next, struct ruleset **ret)
{
	struct staging s;
	bool wanted = false;
	start(&s, old);
	add_all(&s, old);
	for (const struct set *x = old->sets; x; x = x->next)
		add_set(&s, x);
	for (const struct chain *c = next->chains; c; c = c->next)
		if (!ruleset_chain(old, c->name)) {
			add_chain(&s, c);
			wanted = true;
		}
	for (const struct counter *c = next->counters; c; c = c->next)
		if (!ruleset_counter(old, c->name))
			add_counter(&s, c);
	for (const struct set *x = next->sets; x; x = x->next)
		if (!ruleset_set(old, x->name)) {
			add_set(&s, x);
			wanted = true;
		}
	return finish(&s, wanted, ret);
}

/* Hosts. */

static bool is_hosts(const struct set *s)
{
	return s->addresses && (s->part == ADDRSET_HOSTS4 || s->part == ADDRSET_HOSTS6);
}

/* Of the hosts of old's, those that lie in a run of a peer's and are not among next's (NULL: it
 * has none).  f may be NULL; how many there are. */
static size_t each_swallowed(const struct set *old, const struct set *next,
	const struct addrset *peer, void (*f)(void *context, const struct addr *host),
	void *context)
{
	size_t found = 0, j = 0, m = next ? set_size(next) : 0;
	for (size_t i = 0, n = set_size(old); i < n; i++) {
		struct addr host = addrset_get(old->addresses, old->part, i).first;
		int order = -1;
		for (; j < m; j++) {
			struct addr other = addrset_get(next->addresses, next->part, j).first;
			order = addr_compare(&host, &other);
			if (order <= 0)
				break;
		}
		if ((j < m && order == 0) || !addrset_contains(peer, &host))
			continue;
		found++;
		if (f)
			f(context, &host);
	}
	return found;
}

/* Hosts in the stage's memory. */
struct hosts {
	struct addrset *addresses;
	enum addrset_part part;
};

static void append_host(void *context, const struct addr *host)
{
	const struct hosts *h = context;
	size_t i = h->addresses->count[h->part]++;
	if (h->part == ADDRSET_HOSTS4) {
		uint32_t n;
		memcpy(&n, host->bytes, sizeof(n));
		h->addresses->hosts4[i] = be32toh(n);
	} else {
		memcpy(&h->addresses->hosts6[i], host->bytes, 16);
	}
}

/* The hosts of next's (NULL: none), and those of old's that the peer's runs have swallowed.  NULL
 * if there are none of those, or no memory. */
static const struct addrset *hosts_held(struct staging *s, const struct set *old,
	const struct set *next, const struct addrset *peer)
{
	size_t more = each_swallowed(old, next, peer, NULL, NULL), n = next ? set_size(next) : 0;
	bool is4 = old->part == ADDRSET_HOSTS4;
	size_t size = is4 ? sizeof(uint32_t) : sizeof(struct in6_addr);
	if (more == 0 || s->failed)
		return NULL;
	struct addrset *a = arena_alloc(s->arena, sizeof(*a));
	void *hosts = a ? arena_array(s->arena, n + more, size) : NULL;
	if (!hosts) {
		s->failed = true;
		return NULL;
	}
	if (n)
		memcpy(hosts,
			is4 ? (void *)next->addresses->hosts4 : (void *)next->addresses->hosts6,
			n * size);
	a->hosts4 = is4 ? hosts : NULL;
	a->hosts6 = is4 ? NULL : hosts;
	a->count[old->part] = n;
	struct hosts h = {a, old->part};
	each_swallowed(old, next, peer, append_host, &h);
	addrset_normalise(a);
	return a;
}

/* next's set with the swallowed hosts of old's as well; true if there are any. */
static bool hold_hosts(struct staging *s, const struct set *old, const struct set *next)
{
	struct set *held = add_set(s, next);
	if (!held || !old || old->part != next->part)
		return false;
	const struct addrset *a = hosts_held(s, old, next, next->addresses);
	if (a)
		held->addresses = a;
	return a != NULL;
}

/* Hosts whose set is gone. */

/* "peer-x-ranges4" for "peer-x-hosts4", if next and old both have it; or NULL. */
static const struct set *runs_beside(const struct ruleset *old, const struct ruleset *next,
	const struct set *hosts)
{
	static const char suffix[] = "hosts";
	char name[COMMENT_SIZE];
	size_t n = strlen(hosts->name) - strlen("hosts4");
	if (strncmp(hosts->name + n, suffix, strlen(suffix)) != 0)
		return NULL;
	snprintf(name, sizeof(name), "%.*sranges%s", (int)n, hosts->name,
		hosts->name + n + strlen(suffix));
	const struct set *runs = ruleset_set(next, name);
	return runs && runs->addresses && ruleset_set(old, name) ? runs : NULL;
}

static const struct statement *look_up_of(const struct rule *r, const char *set)
{
	for (size_t i = 0; i < r->n_statements; i++)
		if (r->statements[i].kind == STATEMENT_LOOKUP &&
			strcmp(r->statements[i].name, set) == 0)
			return &r->statements[i];
	return NULL;
}

/* The rule of a chain that looks up a set by a field, or NULL. */
static const struct rule *rule_with(const struct chain *c, const char *set, enum field field)
{
	for (const struct rule *r = c->first; r; r = r->next) {
		const struct statement *l = look_up_of(r, set);
		if (l && l->field == field)
			return r;
	}
	return NULL;
}

static void append_rule(struct staging *s, struct chain *c, const struct rule *r)
{
	struct rule *new = copy(s, r, sizeof(*r));
	if (!new)
		return;
	new->next = NULL;
	*(c->last ? &c->last->next : &c->first) = new;
	c->last = new;
}

/* Puts old's rules for a set of hosts back, each in front of the rule for the runs beside it. */
static void hold_rules(struct staging *s, const struct ruleset *old, const char *hosts,
	const char *runs)
{
	for (struct chain *c = s->ruleset->chains; c && !s->failed; c = c->next) {
		const struct chain *before = ruleset_chain(old, c->name);
		const struct rule *rules = c->first;
		if (!before)
			continue;
		c->first = c->last = NULL;
		for (const struct rule *r = rules; r; r = r->next) {
			const struct statement *l = look_up_of(r, runs);
			const struct rule *held = l ? rule_with(before, hosts, l->field) : NULL;
			if (held)
				append_rule(s, c, held);
			append_rule(s, c, r);
		}
	}
}

/* The hosts of a set that next does not have, as far as the runs beside it have swallowed them,
 * with the rules that look them up; false if there are none. */
static bool hold_gone_hosts(struct staging *s, const struct ruleset *old,
	const struct ruleset *next, const struct set *gone)
{
	const struct set *runs = is_hosts(gone) ? runs_beside(old, next, gone) : NULL;
	const struct addrset *a = runs ? hosts_held(s, gone, NULL, runs->addresses) : NULL;
	struct set *held = a ? add_set(s, gone) : NULL;
	if (!held)
		return false;
	held->addresses = a;
	hold_rules(s, old, gone->name, runs->name);
	return true;
}

/* A packet on its way through the old rules looks sets up as they are at that moment: a set goes
 * after the rules that look it up, not with them. */
static bool hold_gone(struct staging *s, const struct ruleset *old, const struct ruleset *next)
{
	bool any = false;
	for (const struct set *x = old->sets; x && !s->failed; x = x->next) {
		/* not maps: what they lead to is going */
		if (x->is_map || ruleset_set(next, x->name))
			continue;
		if (!hold_gone_hosts(s, old, next, x))
			add_set(s, x);
		any = true;
	}
	return any;
}

/* Ports. */

/* The map of ranges beside a map of ports: inbound-tcp-ranges beside inbound-tcp-ports. */
static const struct set *ranges_beside(const struct ruleset *r, const char *ports)
{
	static const char suffix[] = "-ports", other[] = "-ranges";
	char name[COMMENT_SIZE];
	size_t n = strlen(ports);
	if (n < sizeof(suffix) || strcmp(ports + n - (sizeof(suffix) - 1), suffix) != 0)
		return NULL;
	n -= sizeof(suffix) - 1;
	if (n + sizeof(other) > sizeof(name))
		return NULL;
	memcpy(name, ports, n);
	memcpy(name + n, other, sizeof(other));
	return ruleset_set(r, name);
}

static bool has_key(const struct set *s, uint32_t key)
{
	const struct element *e;
	return set_has_number(s, key, &e);
}

/* The same for single ports that a range has swallowed; their chains must be there still. */
static bool hold_ports(struct staging *s, const struct ruleset *rules, const struct set *old,
	const struct set *next)
{
	struct set *held = add_set(s, next);
	const struct set *ranges = ranges_beside(rules, next->name);
	if (!held || !old || !ranges || !next->is_map)
		return false;
	struct element *e = arena_array(s->arena, old->n_elements + next->n_elements, sizeof(*e));
	if (!e) {
		s->failed = true;
		return false;
	}
	size_t n = next->n_elements;
	memcpy(e, next->elements, n * sizeof(*e));
	for (size_t i = 0; i < old->n_elements; i++) {
		const struct element *x = &old->elements[i];
		if (!has_key(next, x->first) && has_key(ranges, x->first) &&
			ruleset_chain(rules, x->chain))
			e[n++] = *x;
	}
	bool any = n > next->n_elements;
	qsort(e, n, sizeof(*e), element_order);
	held->elements = e;
	held->n_elements = n;
	return any;
}

int stages_hold(const struct ruleset *old, const struct ruleset *next, struct ruleset **ret)
{
	struct staging s;
	bool wanted = false;
	start(&s, next);
	add_all(&s, next);
	for (const struct set *x = next->sets; x; x = x->next) {
		const struct set *before = ruleset_set(old, x->name);
		if (is_hosts(x))
			wanted |= hold_hosts(&s, before, x);
		else if (x->type == TYPE_INET_SERVICE && !x->interval)
			wanted |= hold_ports(&s, next, before, x);
		else
			add_set(&s, x);
	}
	wanted |= hold_gone(&s, old, next);
	return finish(&s, wanted, ret);
}
