/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A generation stands in three places of a ruleset: in the statement that stamps it, in the rules
 * that let live connections of it through, and in the set that tells it to the next start.  The
 * name of that set does not depend on it: it is the only set of numbers without a hash in its
 * name.  The mark 0 belongs to connections that nothing has allowed, and to no generation.
 */
#include "ruleset/move.h"

#include <assert.h>
#include <string.h>

#include "ruleset/copy.h"
#include "ruleset/generation.h"

static void move_statement(struct statement *s, uint32_t mask, uint32_t old, uint32_t next)
{
	const bool stamps = s->kind == STATEMENT_MARK;
	const bool matches = s->kind == STATEMENT_MASKED && s->field == FIELD_CT_MARK;
	if ((stamps && s->mask == ~mask && s->value == old) ||
		(matches && s->mask == mask && s->value == old))
		s->value = next;
}

void ruleset_move(struct ruleset *r, uint16_t generation)
{
	const uint32_t old = mark_of_generation(r->mark_mask, r->generation);
	const uint32_t next = mark_of_generation(r->mark_mask, generation);
	assert(r->generation > 0);
	assert(generation > 0 && generation <= generation_last(r->mark_mask));
	for (struct chain *c = r->chains; c; c = c->next)
		for (struct rule *rule = c->first; rule; rule = rule->next)
			for (size_t i = 0; i < rule->n_statements; i++)
				move_statement(&rule->statements[i], r->mark_mask, old, next);
	for (struct set *s = r->sets; s; s = s->next)
		if (strcmp(s->name, GENERATION_SET) == 0)
			*s->elements = (struct element){.first = next, .last = next};
	r->generation = generation;
}

int ruleset_moved(const struct ruleset *r, uint16_t generation, struct ruleset **ret)
{
	int result = ruleset_copy(r, ret);
	if (result < 0)
		return result;
	ruleset_move(*ret, generation);
	return 0;
}

void ruleset_follow(struct ruleset *to, const struct ruleset *from)
{
	const struct set *s = from->sets;
	for (struct set *x = to->sets; x; x = x->next, s = s->next) {
		assert(s && strcmp(x->name, s->name) == 0);
		x->room = s->room;
	}
	ruleset_move(to, from->generation);
}
