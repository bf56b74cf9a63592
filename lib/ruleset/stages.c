/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a change needs stages.
 *
 * A packet takes its rules as they are when it meets the base chain, but looks a set or map up as
 * that is at that moment; and what has changed in an interval set shows only some microseconds
 * after the rules.  So:
 *
 *  - Maps and sets of numbers are never changed: what holds something else is another one, by
 *    its name.  Rules switch from one to the other.
 *  - What is new is made before anything leads to it (prepare), and nothing is removed in
 *    the transaction that switches the rules: what only the old ruleset has goes last.
 *  - Sets of addresses are too large for that; they keep their names and change by
 *    elements, together with the rules.  An address that a peer has before and after, but
 *    in another one of its sets (10.0.0.7 becomes a part of 10.0.0.0/24), is in both sets
 *    meanwhile: in the one that it goes to from the first stage on, in the one that it leaves
 *    until the last.  It is allowed before and after by the same rules, and nothing else
 *    becomes so by it.
 *  - If only addresses change, and one goes from one set and comes into another (of another
 *    peer, perhaps), all sets hold what they held and what they will hold before anything
 *    goes.  The rules are the same, so nothing is allowed that is not so before or after.
 *
 * The generation moves with the last stage, and by itself if an interval set loses something in
 * the stage before: judged by the new rules and the old runs, a revoked connection would be stamped
 * for good.
 *
 * The kernel keeps two versions of a chain's rules, that of the ruleset in force and the one
 * before, which the next but one transaction overwrites: a packet that is still on its way then
 * finds some of the old rules and some of the new.  That is why packets must have left before
 * each stage.
 */
#include "ruleset/stages.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct staging {
	struct ruleset *ruleset;
	bool failed;
};

static void start(struct staging *s, const struct ruleset *like)
{
	struct arena *arena = arena_new();
	*s = (struct staging){.ruleset = arena ? arena_alloc(arena, sizeof(*s->ruleset)) : NULL};
	if (!s->ruleset) {
		arena_free(arena);
		s->failed = true;
		return;
	}
	*s->ruleset = (struct ruleset){
		.arena = arena, .mark_mask = like->mark_mask, .generation = like->generation};
}

/* Makes it the next stage if it is wanted. */
static int finish(struct staging *s, bool wanted, struct stages *stages)
{
	if (s->failed || !wanted) {
		ruleset_free(s->ruleset);
		return s->failed ? -ENOMEM : 0;
	}
	stages->made[stages->n_made++] = s->ruleset;
	stages->way[stages->count++] = s->ruleset;
	return 0;
}

static void *take(struct staging *s, size_t count, size_t size)
{
	void *p = s->failed ? NULL : arena_array(s->ruleset->arena, count, size);
	if (!p)
		s->failed = true;
	return p;
}

static void *copy(struct staging *s, const void *object, size_t size)
{
	void *p = take(s, 1, size);
	return p ? memcpy(p, object, size) : NULL;
}

/* The copies share rules, elements and names with what they are copies of. */

static void add_chain(struct staging *s, const struct chain *c)
{
	struct chain *new = copy(s, c, sizeof(*c));
	if (new)
		s->failed |= ruleset_add_chain(s->ruleset, new) < 0;
}

static struct set *add_set(struct staging *s, const struct set *x)
{
	struct set *new = copy(s, x, sizeof(*x));
	if (new)
		s->failed |= ruleset_add_set(s->ruleset, new) < 0;
	return new;
}

static void add_objects(struct staging *s, const struct ruleset *r, const struct ruleset *without)
{
	for (const struct object *o = r->objects; o; o = o->next) {
		if (without && ruleset_object(without, o->name))
			continue;
		struct object *new = copy(s, o, sizeof(*o));
		if (new)
			s->failed |= ruleset_add_object(s->ruleset, new) < 0;
	}
}

/* Addresses. */

/* A part of a set of addresses, and more; the set holds it from now on. */
static void hold_more(struct staging *s, struct set *set, const void *more, size_t n_more)
{
	size_t size, n = set_size(set);
	const void *now = addrset_part(set->addresses, set->part, &size);
	struct addrset *all = take(s, 1, sizeof(*all));
	char *items = take(s, n + n_more, size);
	if (!all || !items)
		return;
	if (n)
		memcpy(items, now, n * size);
	memcpy(items + n * size, more, n_more * size);
	all->hosts4 = set->part == ADDRSET_HOSTS4 ? (void *)items : NULL;
	all->ranges4 = set->part == ADDRSET_RANGES4 ? (void *)items : NULL;
	all->hosts6 = set->part == ADDRSET_HOSTS6 ? (void *)items : NULL;
	all->ranges6 = set->part == ADDRSET_RANGES6 ? (void *)items : NULL;
	all->count[set->part] = n + n_more;
	addrset_normalise(all);
	set->addresses = all;
	if (set->room < set_size(set))
		set->room = set_room(set_size(set));
}

/* The same for hosts, as hosts or as runs of one address, as the set has them. */
static bool hold_hosts(struct staging *s, struct set *set, const struct addrset *hosts)
{
	bool is4 = set->part == ADDRSET_HOSTS4 || set->part == ADDRSET_RANGES4;
	size_t size, n = hosts->count[is4 ? ADDRSET_HOSTS4 : ADDRSET_HOSTS6];
	const char *items = addrset_part(hosts, is4 ? ADDRSET_HOSTS4 : ADDRSET_HOSTS6, &size);
	if (n == 0)
		return false;
	if (!set->interval) {
		hold_more(s, set, items, n);
		return true;
	}
	char *runs = take(s, n, 2 * size);
	if (!runs)
		return false;
	for (size_t i = 0; i < n; i++) {
		memcpy(runs + 2 * i * size, items + i * size, size);
		memcpy(runs + (2 * i + 1) * size, items + i * size, size);
	}
	hold_more(s, set, runs, n);
	return true;
}

/* A set, and in it the addresses that the same set holds in the other ruleset, as far as the peer
 * has them in this one in another set; true if there are any. */
static bool add_extended(struct staging *s, const struct set *set, const struct set *other)
{
	struct addrset hosts = {0};
	struct set *new = add_set(s, set);
	if (!new || !other || !set->addresses || !other->addresses ||
		other->addresses == set->addresses)
		return false;
	int r = set->interval ? addrset_hosts_in_runs(set->addresses, other->addresses, &hosts)
			      : addrset_hosts_in_runs(other->addresses, set->addresses, &hosts);
	if (r < 0)
		s->failed = true;
	bool any = r == 0 && hold_hosts(s, new, &hosts);
	addrset_done(&hosts);
	return any;
}

/* The stages of a change of rules. */

/* What is in force, and beside it all that is new, to which nothing leads yet. */
static int prepare(const struct differences *d, struct stages *stages)
{
	struct staging s;
	bool wanted = false;
	start(&s, d->old);
	for (const struct chain *c = d->old->chains; c; c = c->next)
		add_chain(&s, c);
	for (size_t i = 0; i < d->n_chains; i++)
		if (d->chains[i].change == CHANGE_ADDED) {
			add_chain(&s, d->chains[i].next);
			wanted = true;
		}
	add_objects(&s, d->old, NULL);
	if (d->objects)
		add_objects(&s, d->next, d->old);
	for (size_t i = 0; i < d->n_sets; i++) {
		const struct set_difference *x = &d->sets[i];
		wanted |= add_extended(&s, x->old ? x->old : x->next, x->old ? x->next : NULL);
		wanted |= !x->old;
	}
	return finish(&s, wanted, stages);
}

/* The next ruleset, and beside it all that only the old one has. */
static int switch_rules(const struct differences *d, struct ruleset *next, struct stages *stages)
{
	struct staging s;
	bool wanted = false;
	start(&s, next);
	for (size_t i = 0; i < d->n_chains; i++) {
		const struct chain_difference *x = &d->chains[i];
		add_chain(&s, x->next ? x->next : x->old);
		wanted |= !x->next;
	}
	add_objects(&s, next, NULL);
	if (d->objects)
		add_objects(&s, d->old, next);
	for (size_t i = 0; i < d->n_sets; i++) {
		const struct set_difference *x = &d->sets[i];
		wanted |= add_extended(&s, x->next ? x->next : x->old, x->next ? x->old : NULL);
		wanted |= !x->next;
	}
	size_t before = stages->count;
	int r = finish(&s, wanted, stages);
	if (r < 0)
		return r;
	if (stages->count == before)
		stages->way[stages->count++] = next;
	return 0;
}

/* The stages of a change of addresses only. */

struct move {
	struct addr_range range;
	bool goes;
};

static int order_moves(const void *a, const void *b)
{
	const struct move *x = a, *y = b;
	return addr_compare(&x->range.first, &y->range.first);
}

static size_t add_moves(struct move *to, const struct set *s, const struct element_list *l,
	bool goes)
{
	for (size_t i = 0; i < l->count; i++)
		to[i] = (struct move){addrset_get(s->addresses, s->part, l->items[i]), goes};
	return l->count;
}

/* True if something that goes overlaps with something that comes. */
static bool overlap(const struct move *moves, size_t n)
{
	const struct addr *ends[2] = {NULL, NULL}; /* the last address so far of what comes, goes */
	for (size_t i = 0; i < n; i++) {
		const struct addr_range *range = &moves[i].range;
		const struct addr *other = ends[!moves[i].goes], **end = &ends[moves[i].goes];
		if (other && addr_compare(&range->first, other) <= 0)
			return true;
		if (!*end || addr_compare(*end, &range->last) < 0)
			*end = &range->last;
	}
	return false;
}

/* Whether an address goes from one set and comes into another. */
static int find_moves(const struct differences *d, bool *ret)
{
	size_t going = 0, coming = 0, changed = 0, n = 0;
	for (size_t i = 0; i < d->n_sets; i++) {
		const struct set_difference *x = &d->sets[i];
		going += x->going.count;
		coming += x->coming.count;
		changed += x->going.count || x->coming.count;
	}
	*ret = false;
	if (going == 0 || coming == 0 || changed < 2)
		return 0;
	struct move *moves = malloc((going + coming) * sizeof(*moves));
	if (!moves)
		return -ENOMEM;
	for (size_t i = 0; i < d->n_sets; i++) {
		const struct set_difference *x = &d->sets[i];
		if (!x->next->addresses)
			continue;
		n += add_moves(moves + n, x->old, &x->going, true);
		n += add_moves(moves + n, x->next, &x->coming, false);
	}
	qsort(moves, n, sizeof(*moves), order_moves);
	*ret = overlap(moves, n);
	free(moves);
	return 0;
}

/* What sets hold and what they will hold. */
static int unite(const struct differences *d, struct stages *stages)
{
	struct staging s;
	start(&s, d->old);
	for (const struct chain *c = d->old->chains; c; c = c->next)
		add_chain(&s, c);
	add_objects(&s, d->old, NULL);
	for (size_t i = 0; i < d->n_sets; i++) {
		const struct set_difference *x = &d->sets[i];
		struct set *set = add_set(&s, x->old);
		size_t size;
		if (set && x->coming.count)
			hold_more(&s, set, addrset_part(x->next->addresses, set->part, &size),
				set_size(x->next));
	}
	return finish(&s, true, stages);
}

/* True if an interval set loses something. */
static bool loses_runs(const struct differences *d)
{
	for (size_t i = 0; i < d->n_sets; i++)
		if (d->sets[i].going.count && d->sets[i].next->interval)
			return true;
	return false;
}

static int change_addresses(const struct differences *d, struct ruleset *next, struct ruleset *last,
	struct stages *stages)
{
	bool moves;
	int r = find_moves(d, &moves);
	if (r < 0)
		return r;
	r = moves ? unite(d, stages) : 0;
	if (r < 0)
		return r;
	if (!last || loses_runs(d) || changes_elements(d) > PART_ELEMENTS)
		stages->way[stages->count++] = next;
	else
		stages->leaves_inflight = true;
	if (last)
		stages->way[stages->count++] = last;
	return 0;
}

static int change_rules(const struct differences *d, struct ruleset *next, struct ruleset *last,
	struct stages *stages)
{
	int r = prepare(d, stages);
	if (r < 0)
		return r;
	r = switch_rules(d, next, stages);
	if (r < 0)
		return r;
	if (last || stages->way[stages->count - 1] != next)
		stages->way[stages->count++] = last ? last : next;
	return 0;
}

int stages_plan(const struct differences *d, struct ruleset *next, struct ruleset *last,
	struct stages *ret)
{
	struct stages stages = {0};
	assert(d->next == next);
	int r = changes_only_addresses(d) ? change_addresses(d, next, last, &stages)
					  : change_rules(d, next, last, &stages);
	if (r < 0)
		stages_done(&stages);
	else
		*ret = stages;
	return r;
}

void stages_done(struct stages *s)
{
	for (size_t i = 0; i < s->n_made; i++)
		ruleset_free(s->made[i]);
	*s = (struct stages){0};
}
