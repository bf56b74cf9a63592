/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The value of a key, which may go over several lines, and its items: every letter of it
 * still knows its place.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"

/* From offset on, the value stands at this line and column. */
struct segment {
	size_t offset;
	uint32_t line;
	uint32_t column;
};

/* Text and segments are the arena's that the value was read into. */
struct value {
	const char *file;
	const char *text; /* NUL at the end, blanks around stripped */
	size_t length;
	const struct segment *segments; /* at least one */
	size_t n_segments;
};

/* The place of the letter at offset; with 0, of the value. */
struct place value_place(const struct value *v, size_t offset);

/* Lists: items set off by commas, blanks, or both. */
struct item {
	const char *text; /* not ended by a NUL */
	size_t length;
	struct place at;
};

struct items {
	const struct value *value;
	size_t offset;
	bool expects_item; /* a comma stood last */
};

struct items items_of(const struct value *v);
/* The next item, or false.  An empty item (", ,") is a fault, and stepped over. */
bool items_next(struct items *i, struct item *ret, struct diags *diags);
bool item_is(const struct item *i, const char *word);
