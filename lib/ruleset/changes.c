/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Differences between two rulesets, object by object and element by element.
 *
 * A peer file of a hundred thousand lines of which ten change is ten elements.  Both sides
 * are sorted, so the difference is one walk along both, over what is the same in long steps;
 * it is walked once, and every stage on the way to the next ruleset is told from its lists.
 *
 * Comments of address sets are not compared.  To change one, the set must be made anew, and that
 * is too expensive only because a section has moved to another file.
 */
#include "ruleset/changes.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "ruleset/same.h"

static enum change chain_change(const struct chain *old, const struct chain *next)
{
	if (!old || !next)
		return old ? CHANGE_REMOVED : CHANGE_ADDED;
	if (old->hook != next->hook)
		return CHANGE_REPLACED;
	return same_rules(old, next, SAME_IN_ALL) ? CHANGE_NONE : CHANGE_UPDATED;
}

/* Elements. */

static int note(struct element_list *l, size_t i)
{
	int r = array_reserve(&l->items, &l->allocated, l->count + 1);
	if (r < 0)
		return r;
	l->items[l->count++] = (uint32_t)i;
	return 0;
}

static int compare_ranges(const struct addr_range *a, const struct addr_range *b)
{
	int first = addr_compare(&a->first, &b->first);
	return first ? first : addr_compare(&a->last, &b->last);
}

static int find_addresses(const struct set *old, const struct set *next, struct set_difference *d)
{
	size_t i = 0, j = 0, n = set_size(old), m = set_size(next);
	if (old->addresses == next->addresses)
		return 0;
	while (i < n || j < m) {
		size_t same = addrset_same(old->addresses, i, next->addresses, j, next->part);
		int order = 0;
		i += same;
		j += same;
		if (i < n && j < m) {
			struct addr_range a = addrset_get(old->addresses, old->part, i);
			struct addr_range b = addrset_get(next->addresses, next->part, j);
			order = compare_ranges(&a, &b);
		} else if (i < n || j < m) {
			order = i < n ? -1 : 1;
		}
		int r = 0;
		if (order < 0)
			r = note(&d->going, i++);
		else if (order > 0)
			r = note(&d->coming, j++);
		if (r < 0)
			return r;
	}
	return 0;
}

static int find_numbers(const struct set *old, const struct set *next, struct set_difference *d)
{
	size_t i = 0, j = 0, n = old->n_elements, m = next->n_elements;
	if (old->elements == next->elements && n == m)
		return 0;
	while (i < n || j < m) {
		const struct element *a = &old->elements[i], *b = &next->elements[j];
		int order = i == n ? 1 : -1; /* what the other one has no more of */
		if (i < n && j < m)
			order = element_order(a, b);
		bool changes = order != 0 || !same_verdict(a, b);
		int r = changes && order <= 0 ? note(&d->going, i) : 0;
		if (r < 0)
			return r;
		r = changes && order >= 0 ? note(&d->coming, j) : 0;
		if (r < 0)
			return r;
		i += order <= 0;
		j += order >= 0;
	}
	return 0;
}

static int copy_list(const struct element_list *from, struct element_list *to)
{
	int r = array_reserve(&to->items, &to->allocated, from->count);
	if (r < 0)
		return r;
	if (from->count)
		memcpy(to->items, from->items, from->count * sizeof(*to->items));
	to->count = from->count;
	return 0;
}

/* Sets. */

static bool has_same_definition(const struct set *old, const struct set *next)
{
	return old->type == next->type && old->is_map == next->is_map &&
	       old->interval == next->interval && old->dynamic == next->dynamic &&
	       old->seconds == next->seconds && !old->addresses == !next->addresses &&
	       old->part == next->part &&
	       (old->addresses || same_text(old->comment, next->comment));
}

static int find_elements(const struct set_difference *known, struct set_difference *d)
{
	if (!d->old->addresses)
		return find_numbers(d->old, d->next, d);
	if (!known || !known->same_definition || known->old->addresses != d->old->addresses ||
		known->next->addresses != d->next->addresses)
		return find_addresses(d->old, d->next, d);
	int r = copy_list(&known->going, &d->going);
	return r < 0 ? r : copy_list(&known->coming, &d->coming);
}

static int compare_sets(const struct differences *known, struct set_difference *d)
{
	const struct set *old = d->old, *next = d->next;
	if (!old || !next) {
		d->change = old ? CHANGE_REMOVED : CHANGE_ADDED;
		return 0;
	}
	d->same_definition = has_same_definition(old, next);
	if (!d->same_definition) {
		d->change = CHANGE_REPLACED;
		return 0;
	}
	int r = find_elements(known ? differences_of_set(known, next->name) : NULL, d);
	/* the kernel holds a hash to the size that it was made with */
	if (!next->interval && set_size(next) > old->room)
		d->change = CHANGE_REPLACED;
	else if (d->going.count || d->coming.count)
		d->change = CHANGE_UPDATED;
	return r;
}

/* Pairs. */

#define COUNT(list) \
	({ \
		size_t n_ = 0; \
		for (const __typeof__(*(list)) *x_ = (list); x_; x_ = x_->next) \
			n_++; \
		n_; \
	})

static int find_sets(struct differences *d, const struct differences *known)
{
	size_t n = COUNT(d->old->sets) + COUNT(d->next->sets);
	int r = 0;
	d->sets = calloc(n ? n : 1, sizeof(*d->sets));
	if (!d->sets)
		return -ENOMEM;
	for (const struct set *s = d->next->sets; s && r == 0; s = s->next) {
		struct set_difference *x = &d->sets[d->n_sets++];
		x->old = ruleset_set(d->old, s->name);
		x->next = s;
		r = compare_sets(known, x);
	}
	for (const struct set *s = d->old->sets; s && r == 0; s = s->next)
		if (!ruleset_set(d->next, s->name))
			d->sets[d->n_sets++] =
				(struct set_difference){.old = s, .change = CHANGE_REMOVED};
	return r;
}

static int find_chains(struct differences *d)
{
	size_t n = COUNT(d->old->chains) + COUNT(d->next->chains);
	d->chains = calloc(n ? n : 1, sizeof(*d->chains));
	if (!d->chains)
		return -ENOMEM;
	for (const struct chain *c = d->next->chains; c; c = c->next) {
		const struct chain *old = ruleset_chain(d->old, c->name);
		d->chains[d->n_chains++] = (struct chain_difference){old, c, chain_change(old, c)};
	}
	for (const struct chain *c = d->old->chains; c; c = c->next)
		if (!ruleset_chain(d->next, c->name))
			d->chains[d->n_chains++] =
				(struct chain_difference){c, NULL, CHANGE_REMOVED};
	return 0;
}

static bool has_more_objects(const struct ruleset *a, const struct ruleset *b)
{
	for (const struct object *o = a->objects; o; o = o->next)
		if (!ruleset_object(b, o->name))
			return true;
	return false;
}

int differences_find(const struct ruleset *old, const struct ruleset *next,
	const struct differences *known, struct differences *ret)
{
	CLEANUP(differences_done)
	struct differences d = {.old = old, .next = next, .arena = arena_new()};
	if (!d.arena)
		return -ENOMEM;
	int r = find_sets(&d, known);
	if (r < 0)
		return r;
	for (size_t i = 0; i < d.n_sets; i++) {
		const struct set *s = d.sets[i].next ? d.sets[i].next : d.sets[i].old;
		r = index_put(&d.sets_by_name, d.arena, s->name, &d.sets[i]);
		if (r < 0)
			return r;
	}
	r = find_chains(&d);
	if (r < 0)
		return r;
	d.objects = has_more_objects(old, next) || has_more_objects(next, old);
	*ret = d;
	d = (struct differences){0};
	return 0;
}

void differences_done(struct differences *d)
{
	for (size_t i = 0; i < d->n_sets; i++) {
		free(d->sets[i].going.items);
		free(d->sets[i].coming.items);
	}
	free(d->sets);
	free(d->chains);
	arena_free(d->arena);
	*d = (struct differences){0};
}

const struct set_difference *differences_of_set(const struct differences *d, const char *name)
{
	return index_get(&d->sets_by_name, name);
}

/* Summaries. */

bool chain_difference_is_of_comments(const struct chain_difference *d)
{
	return d->change == CHANGE_UPDATED && same_rules(d->old, d->next, SAME_IN_EFFECT);
}

size_t changes_elements(const struct differences *d)
{
	size_t sum = 0;
	for (size_t i = 0; i < d->n_sets; i++) {
		const struct set_difference *x = &d->sets[i];
		if (x->change == CHANGE_UPDATED)
			sum += x->going.count + x->coming.count;
		else if (x->change == CHANGE_ADDED || x->change == CHANGE_REPLACED)
			sum += set_size(x->next);
	}
	return sum;
}

bool changes_remake_sets(const struct differences *d)
{
	for (size_t i = 0; i < d->n_sets; i++)
		if (d->sets[i].change == CHANGE_REPLACED)
			return true;
	return false;
}

bool changes_only_addresses(const struct differences *d)
{
	for (size_t i = 0; i < d->n_chains; i++)
		if (d->chains[i].change != CHANGE_NONE)
			return false;
	for (size_t i = 0; i < d->n_sets; i++) {
		const struct set_difference *x = &d->sets[i];
		if (x->change != CHANGE_NONE && !(x->same_definition && x->next->addresses))
			return false;
	}
	return !d->objects;
}

void changes_keep_room(struct ruleset *next, const struct differences *d)
{
	size_t i = 0;
	assert(next == d->next);
	for (struct set *s = next->sets; s; s = s->next, i++) {
		const struct set_difference *x = &d->sets[i];
		if (x->change == CHANGE_NONE || x->change == CHANGE_UPDATED)
			s->room = x->old->room;
	}
}
