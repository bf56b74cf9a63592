/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "did you mean": the nearest of some known words to one that is not known. */
#pragma once

#include <stddef.h>

struct suggestion {
	const char *wrong;
	const char *best; /* NULL while nothing was near enough */
	size_t distance;
};

/* suggest_init() once, suggest_offer() for each known word, then best.  A word is near
 * enough if at most a third of its letters, and at least one, would have to change.
 * Words are borrowed. */
void suggest_init(struct suggestion *s, const char *wrong);
void suggest_offer(struct suggestion *s, const char *known);
