/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether parts of two rulesets are the same. */
#pragma once

#include "ruleset/ruleset.h"

/* How closely rules are compared. */
enum closeness {
	SAME_IN_ALL,
	SAME_IN_EFFECT, /* without comments; and what sets of numbers hold is looked at elsewhere */
};

bool same_text(const char *a, const char *b); /* NULL is only NULL */
/* The names of two sets of numbers that differ only in what they hold. */
bool same_numbers(const char *a, const char *b);
bool same_verdict(const struct element *a, const struct element *b);
/* The same rules in the same order. */
bool same_rules(const struct chain *a, const struct chain *b, enum closeness closeness);
