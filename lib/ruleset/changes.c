/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Differences between two rulesets, object by object and element by element.
 *
 * A peer file of a hundred thousand lines of which ten change is ten elements.  Both sides
 * are sorted, so the difference is one walk along both.
 *
 * Whether a change restricts anything is judged on the safe side: elements, chains and sets
 * that only come do not; whatever goes or is written anew does, unless only the comments
 * differ (a line was inserted further up in the file).
 */
#include "ruleset/changes.h"

#include <assert.h>
#include <string.h>

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Rules. */

static bool same_statement(const struct statement *a, const struct statement *b)
{
	return a->kind == b->kind && a->field == b->field && a->value == b->value &&
	       a->mask == b->mask && a->rate == b->rate && a->burst == b->burst &&
	       a->over == b->over && a->verdict == b->verdict && same_text(a->name, b->name);
}

static bool same_rule(const struct rule *a, const struct rule *b)
{
	if (a->n_statements != b->n_statements)
		return false;
	for (size_t i = 0; i < a->n_statements; i++)
		if (!same_statement(&a->statements[i], &b->statements[i]))
			return false;
	return true;
}

/* The same rules in the same order; comments are looked at if they matter. */
static bool same_rules(const struct chain *a, const struct chain *b, bool with_comments)
{
	const struct rule *x = a->first, *y = b->first;
	for (; x && y; x = x->next, y = y->next)
		if (!same_rule(x, y) || (with_comments && !same_text(x->comment, y->comment)))
			return false;
	return !x && !y;
}

enum change chain_change(const struct chain *old, const struct chain *next)
{
	if (!old || !next)
		return old ? CHANGE_REMOVED : next ? CHANGE_ADDED : CHANGE_NONE;
	if (old->hook != next->hook)
		return CHANGE_REPLACED;
	return same_rules(old, next, true) ? CHANGE_NONE : CHANGE_UPDATED;
}

/* Elements. */

static int compare_ranges(const struct addr_range *a, const struct addr_range *b)
{
	int first = addr_compare(&a->first, &b->first);
	return first ? first : addr_compare(&a->last, &b->last);
}

static bool same_verdict(const struct element *a, const struct element *b)
{
	return a->verdict == b->verdict && same_text(a->chain, b->chain);
}

typedef int difference_fn(void *context, bool added, const struct addr_range *range,
	const struct element *e);

static int address_differences(const struct set *old, const struct set *next, difference_fn *f,
	void *context)
{
	size_t i = 0, j = 0, n = set_size(old), m = set_size(next);
	int r = 0;
	while (r == 0 && (i < n || j < m)) {
		struct addr_range a, b;
		if (i < n && j < m &&
			addrset_same(old->addresses, i, next->addresses, j, next->part)) {
			i++;
			j++;
			continue;
		}
		if (i < n)
			a = addrset_get(old->addresses, old->part, i);
		if (j < m)
			b = addrset_get(next->addresses, next->part, j);
		int order = i == n ? 1 : j == m ? -1 : compare_ranges(&a, &b);
		if (order < 0)
			r = f(context, false, &a, NULL);
		else if (order > 0)
			r = f(context, true, &b, NULL);
		i += order <= 0;
		j += order >= 0;
	}
	return r;
}

static int number_differences(const struct set *old, const struct set *next, difference_fn *f,
	void *context)
{
	size_t i = 0, j = 0, n = old->n_elements, m = next->n_elements;
	int r = 0;
	while (r == 0 && (i < n || j < m)) {
		const struct element *a = &old->elements[i], *b = &next->elements[j];
		int order = i == n ? 1 : j == m ? -1 : element_order(a, b);
		bool goes = order<0, comes = order> 0;
		if (order == 0 && !same_verdict(a, b))
			goes = comes = true;
		if (goes)
			r = f(context, false, NULL, a);
		if (comes && r == 0)
			r = f(context, true, NULL, b);
		i += order <= 0;
		j += order >= 0;
	}
	return r;
}

int set_differences(const struct set *old, const struct set *next,
	int (*f)(void *context, bool added, const struct addr_range *range,
		const struct element *e),
	void *context)
{
	assert(!old->addresses == !next->addresses);
	return old->addresses ? address_differences(old, next, f, context)
			      : number_differences(old, next, f, context);
}

/* Sets. */

static int stop_at_first(void *context, bool added, const struct addr_range *range,
	const struct element *e)
{
	(void)context;
	(void)added;
	(void)range;
	(void)e;
	return 1;
}

static bool same_definition(const struct set *old, const struct set *next)
{
	return old->type == next->type && old->is_map == next->is_map &&
	       old->interval == next->interval && old->dynamic == next->dynamic &&
	       !old->addresses == !next->addresses && same_text(old->comment, next->comment);
}

enum change set_change(const struct set *old, const struct set *next)
{
	if (!old || !next)
		return old ? CHANGE_REMOVED : next ? CHANGE_ADDED : CHANGE_NONE;
	/* the kernel holds a hash to the size that it was made with */
	if (!same_definition(old, next) || (!next->interval && set_size(next) > old->room))
		return CHANGE_REPLACED;
	return set_differences(old, next, stop_at_first, NULL) ? CHANGE_UPDATED : CHANGE_NONE;
}

/* Summaries. */

static bool chain_restricts(const struct chain *old, const struct chain *next)
{
	switch (chain_change(old, next)) {
	case CHANGE_NONE:
	case CHANGE_ADDED:
		return false;
	case CHANGE_UPDATED:
		return !same_rules(old, next, false);
	case CHANGE_REMOVED:
	case CHANGE_REPLACED:
		return true;
	}
	return true;
}

static int note_difference(void *context, bool added, const struct addr_range *range,
	const struct element *e)
{
	struct change_summary *sum = context;
	(void)range;
	(void)e;
	sum->any = true;
	sum->restricts |= !added;
	return sum->restricts; /* nothing worse can follow */
}

/* One walk along both. */
static void summarise_set(const struct set *old, const struct set *next, struct change_summary *sum)
{
	if (next && same_definition(old, next)) {
		set_differences(old, next, note_difference, sum);
		return;
	}
	sum->any = sum->restricts = true;
}

static bool counters_differ(const struct ruleset *a, const struct ruleset *b)
{
	for (const struct counter *c = a->counters; c; c = c->next)
		if (!ruleset_counter(b, c->name))
			return true;
	return false;
}

struct change_summary changes_summarise(const struct ruleset *old, const struct ruleset *next)
{
	struct change_summary sum = {
		.any = counters_differ(old, next) || counters_differ(next, old)};
	for (const struct chain *c = old->chains; c; c = c->next) {
		const struct chain *other = ruleset_chain(next, c->name);
		sum.any |= chain_change(c, other) != CHANGE_NONE;
		sum.restricts |= chain_restricts(c, other);
	}
	for (const struct chain *c = next->chains; c; c = c->next)
		sum.any |= !ruleset_chain(old, c->name);
	for (const struct set *s = old->sets; s; s = s->next) {
		summarise_set(s, ruleset_set(next, s->name), &sum);
	}
	for (const struct set *s = next->sets; s; s = s->next)
		sum.any |= !ruleset_set(old, s->name);
	return sum;
}

void changes_keep_room(struct ruleset *next, const struct ruleset *old)
{
	for (struct set *s = next->sets; s; s = s->next) {
		const struct set *before = ruleset_set(old, s->name);
		enum change change = set_change(before, s);
		if (change == CHANGE_NONE || change == CHANGE_UPDATED)
			s->room = before->room;
	}
}
