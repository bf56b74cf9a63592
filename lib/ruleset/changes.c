/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Differences between two rulesets, object by object and element by element.
 *
 * A peer file of a hundred thousand lines of which ten change is ten elements.  Both sides
 * are sorted, so the difference is one walk along both, over what is the same in long steps;
 * it is walked once, and every stage on the way to the next ruleset is told from its lists.
 *
 * Whether a change restricts anything is judged on the safe side: elements, chains and sets
 * that only come do not; whatever goes or is written anew does, unless only comments differ (a
 * line was inserted further up in the file), or a map was made anew because something came, or it
 * is about how to refuse: a chain that refuses each packet before and after.
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

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Rules. */

/* The names of two sets of numbers that differ only in what they hold. */
static bool same_numbers(const char *a, const char *b)
{
	size_t n = a ? numbers_name_length(a) : 0;
	size_t m = b ? numbers_name_length(b) : 0;
	return n > 0 && n == m && a[n] && b[m] && memcmp(a, b, n) == 0;
}

/* How closely rules are compared. */
enum closeness {
	ALL_OF_IT,
	ITS_EFFECT, /* without comments; and what sets of numbers hold is looked at elsewhere */
};

static bool same_statement(const struct statement *a, const struct statement *b,
	enum closeness closeness)
{
	return a->kind == b->kind && a->field == b->field && a->value == b->value &&
	       a->mask == b->mask && a->rate == b->rate && a->burst == b->burst &&
	       a->over == b->over && a->length == b->length && a->verdict == b->verdict &&
	       (same_text(a->name, b->name) ||
		       (closeness == ITS_EFFECT &&
			       (a->kind == STATEMENT_LOOKUP || a->kind == STATEMENT_VMAP) &&
			       same_numbers(a->name, b->name)));
}

static bool same_rule(const struct rule *a, const struct rule *b, enum closeness closeness)
{
	if (a->n_statements != b->n_statements)
		return false;
	for (size_t i = 0; i < a->n_statements; i++)
		if (!same_statement(&a->statements[i], &b->statements[i], closeness))
			return false;
	return closeness == ITS_EFFECT || same_text(a->comment, b->comment);
}

/* The same rules in the same order. */
static bool same_rules(const struct chain *a, const struct chain *b, enum closeness closeness)
{
	const struct rule *x = a->first, *y = b->first;
	if (x == y)
		return true;
	for (; x && y; x = x->next, y = y->next)
		if (!same_rule(x, y, closeness))
			return false;
	return !x && !y;
}

static enum change chain_change(const struct chain *old, const struct chain *next)
{
	if (!old || !next)
		return old ? CHANGE_REMOVED : CHANGE_ADDED;
	if (old->hook != next->hook)
		return CHANGE_REPLACED;
	return same_rules(old, next, ALL_OF_IT) ? CHANGE_NONE : CHANGE_UPDATED;
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

static bool same_verdict(const struct element *a, const struct element *b)
{
	return a->verdict == b->verdict && same_text(a->chain, b->chain);
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
	return d->change == CHANGE_UPDATED && same_rules(d->old, d->next, ITS_EFFECT);
}

static bool always_refuses(const struct ruleset *r, const struct chain *c);

/* What a rule can do to a packet. */
struct reach {
	bool lets_through; /* perhaps */
	bool ends;         /* for certain, and not by letting it through */
};

static struct reach rule_reach(const struct ruleset *r, const struct rule *rule)
{
	bool certain = true;
	for (size_t i = 0; i < rule->n_statements; i++) {
		const struct statement *s = &rule->statements[i];
		switch (s->kind) {
		case STATEMENT_EQUAL:
		case STATEMENT_UNEQUAL:
		case STATEMENT_MASKED:
		case STATEMENT_ANY_BIT:
		case STATEMENT_NAME:
		case STATEMENT_PREFIX6:
		case STATEMENT_LOOKUP:
		case STATEMENT_LIMIT:
		case STATEMENT_SESSIONS:
		case STATEMENT_RATE:
			certain = false;
			break;
		case STATEMENT_COUNTER:
		case STATEMENT_TIMEOUTS:
		case STATEMENT_LOG:
		case STATEMENT_COPY:
			break;
		case STATEMENT_VMAP:
		case STATEMENT_MARK:
			return (struct reach){.lets_through = true};
		case STATEMENT_QUEUE: /* it is judged again, by the rules of then */
		case STATEMENT_REJECT_TCP:
		case STATEMENT_REJECT:
			return (struct reach){.ends = certain};
		case STATEMENT_VERDICT:
			if (s->verdict == VERDICT_DROP ||
				(s->name && always_refuses(r, ruleset_chain(r, s->name))))
				return (struct reach){.ends = certain};
			return (struct reach){.lets_through = true};
		}
	}
	return (struct reach){0};
}

/* True if no packet that enters the chain comes out of it. */
static bool always_refuses(const struct ruleset *r, const struct chain *c)
{
	for (const struct rule *rule = c ? c->first : NULL; rule; rule = rule->next) {
		struct reach reach = rule_reach(r, rule);
		if (reach.lets_through || reach.ends)
			return !reach.lets_through;
	}
	return false;
}

/* True if a packet that enters the chain leaves it again, or is let through without a stamp: then
 * the chain cannot refuse a connection that was stamped. */
static bool never_refuses(const struct ruleset *r, const struct chain *c)
{
	for (const struct rule *rule = c ? c->first : NULL; rule; rule = rule->next)
		for (size_t i = 0; i < rule->n_statements; i++) {
			const struct statement *s = &rule->statements[i];
			if (s->kind == STATEMENT_MARK || s->kind == STATEMENT_VMAP ||
				s->kind == STATEMENT_REJECT || s->kind == STATEMENT_REJECT_TCP ||
				s->kind == STATEMENT_QUEUE || s->verdict == VERDICT_DROP)
				return false;
			if (s->kind == STATEMENT_VERDICT && s->name &&
				!never_refuses(r, ruleset_chain(r, s->name)))
				return false;
		}
	return c && c->hook == HOOK_NONE;
}

static bool chain_restricts(const struct differences *d, const struct chain_difference *c)
{
	switch (c->change) {
	case CHANGE_NONE:
	case CHANGE_ADDED:
		return false;
	case CHANGE_UPDATED:
		return !same_rules(c->old, c->next, ITS_EFFECT) &&
		       !(always_refuses(d->old, c->old) && always_refuses(d->next, c->next)) &&
		       !(never_refuses(d->old, c->old) && never_refuses(d->next, c->next));
	case CHANGE_REMOVED:
		return !always_refuses(d->old, c->old) && !never_refuses(d->old, c->old);
	case CHANGE_REPLACED:
		return true;
	}
	return true;
}

/* True unless the set of numbers of that name in next has all that old's has. */
static bool numbers_restrict(const struct set *old, const struct ruleset *next)
{
	for (const struct set *s = next->sets; s; s = s->next) {
		struct set_difference d = {.old = old, .next = s};
		if (!same_numbers(old->name, s->name) || s->is_map != old->is_map)
			continue;
		bool restricts = find_numbers(old, s, &d) < 0 || d.going.count;
		free(d.going.items);
		free(d.coming.items);
		return restricts;
	}
	return true;
}

static bool set_restricts(const struct set_difference *d, const struct ruleset *next)
{
	if (d->change == CHANGE_REMOVED)
		return numbers_restrict(d->old, next);
	return d->old && (!d->same_definition || d->going.count ||
				 (d->next->is_judged_again && d->coming.count));
}

struct change_summary changes_summarise(const struct differences *d)
{
	struct change_summary sum = {.any = d->objects};
	for (size_t i = 0; i < d->n_chains; i++) {
		sum.any |= d->chains[i].change != CHANGE_NONE;
		sum.restricts |= chain_restricts(d, &d->chains[i]);
	}
	for (size_t i = 0; i < d->n_sets; i++) {
		sum.any |= d->sets[i].change != CHANGE_NONE;
		sum.restricts |= set_restricts(&d->sets[i], d->next);
	}
	return sum;
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
