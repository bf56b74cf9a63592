/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The actions, one at a time: first the elements of the sets, all additions before all removals;
 * then messages and questions; then a dump of the tracker.
 */
#include "names/answers_parts.h"

static bool say(struct answers_name *n, struct answers_action *ret)
{
	ret->kind = ANSWERS_SAY;
	if (n->is_failing != n->is_told_failing) {
		n->is_told_failing = n->is_failing;
		ret->word = n->is_failing ? ANSWERS_FAILS : ANSWERS_WORKS;
		ret->error = n->is_failing ? n->failure : ANSWERS_FINE;
		return true;
	}
	if (n->is_full != n->is_told_full) {
		n->is_told_full = n->is_full;
		ret->word = n->is_full ? ANSWERS_IS_FULL : ANSWERS_HAS_ROOM;
		return true;
	}
	return false;
}

static bool next_word(struct answers *a, struct answers_action *ret)
{
	for (size_t i = 0; i < a->n_names && a->has_words; i++) {
		struct answers_name *n = a->names[i];
		*ret = (struct answers_action){.name = answers_text(n), .name_kind = n->kind};
		if (say(n, ret))
			return true;
		if (n->to_ask) {
			ret->kind = ANSWERS_ASK;
			ret->questions = n->to_ask;
			n->to_ask = 0;
			return true;
		}
	}
	a->has_words = false;
	return false;
}

bool answers_next(struct answers *a, struct answers_action *ret)
{
	if (sets_next(&a->sets, a->now, ret) || next_word(a, ret))
		return true;
	if (!a->wants_dump)
		return false;
	a->wants_dump = false;
	a->dumped = a->now;
	*ret = (struct answers_action){.kind = ANSWERS_DUMP};
	return true;
}

uint64_t answers_wake(const struct answers *a)
{
	int64_t wake = ANSWERS_NOT;
	for (size_t i = 0; i < a->n_names; i++)
		if (a->names[i]->wake < wake)
			wake = a->names[i]->wake;
	if (wake == ANSWERS_NOT)
		return ANSWERS_NEVER;
	return wake > 0 ? (uint64_t)wake : 0;
}
