/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a change restricts anything is judged on the safe side: elements, chains and sets
 * that only come do not; whatever goes or is written anew does, unless only comments differ (a
 * line was inserted further up in the file), or a map was made anew because something came, or it
 * is about how to refuse: a chain that refuses each packet before and after.
 */
#include "ruleset/change_summary.h"

#include "ruleset/same.h"

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
		return !same_rules(c->old, c->next, SAME_IN_EFFECT) &&
		       !(always_refuses(d->old, c->old) && always_refuses(d->next, c->next)) &&
		       !(never_refuses(d->old, c->old) && never_refuses(d->next, c->next));
	case CHANGE_REMOVED:
		return !always_refuses(d->old, c->old) && !never_refuses(d->old, c->old);
	case CHANGE_REPLACED:
		return true;
	}
	return true;
}

/* True if the other set of numbers has all that this one has. */
static bool has_all_of(const struct set *other, const struct set *s)
{
	size_t j = 0;
	for (size_t i = 0; i < s->n_elements; i++) {
		while (j < other->n_elements &&
			element_order(&other->elements[j], &s->elements[i]) < 0)
			j++;
		if (j == other->n_elements ||
			element_order(&other->elements[j], &s->elements[i]) != 0 ||
			!same_verdict(&other->elements[j], &s->elements[i]))
			return false;
	}
	return true;
}

/* True unless the set of numbers of that name in next has all that old's has. */
static bool numbers_restrict(const struct set *old, const struct ruleset *next)
{
	for (const struct set *s = next->sets; s; s = s->next)
		if (same_numbers(old->name, s->name) && s->is_map == old->is_map)
			return !has_all_of(s, old);
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
