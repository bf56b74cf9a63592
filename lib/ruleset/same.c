/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of numbers has a hash of what it holds in its name, so that rules which look up another
 * content name another set.  Whether they do the same all the same is then a question of these
 * sets.
 */
#include "ruleset/same.h"

#include <string.h>

bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool same_numbers(const char *a, const char *b)
{
	size_t n = a ? numbers_name_length(a) : 0;
	size_t m = b ? numbers_name_length(b) : 0;
	return n > 0 && n == m && a[n] && b[m] && memcmp(a, b, n) == 0;
}

static bool same_statement(const struct statement *a, const struct statement *b,
	enum closeness closeness)
{
	return a->kind == b->kind && a->field == b->field && a->value == b->value &&
	       a->mask == b->mask && a->rate == b->rate && a->burst == b->burst &&
	       a->over == b->over && a->length == b->length && a->verdict == b->verdict &&
	       (same_text(a->name, b->name) ||
		       (closeness == SAME_IN_EFFECT &&
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
	return closeness == SAME_IN_EFFECT || same_text(a->comment, b->comment);
}

bool same_rules(const struct chain *a, const struct chain *b, enum closeness closeness)
{
	const struct rule *x = a->first, *y = b->first;
	if (x == y)
		return true;
	for (; x && y; x = x->next, y = y->next)
		if (!same_rule(x, y, closeness))
			return false;
	return !x && !y;
}

bool same_verdict(const struct element *a, const struct element *b)
{
	return a->verdict == b->verdict && same_text(a->chain, b->chain);
}
