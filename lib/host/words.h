/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of a text, and words of a line, for files of other programs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A part of a text, not ended by NUL. */
struct span {
	const char *text;
	size_t length;
};

/* The next line, without its end and the blanks around it.  *at moves on; false at the end. */
bool line_next(const char **at, struct span *ret);
/* Takes the first word, set off by blanks, from the line.  False: there is none. */
bool word_next(struct span *line, struct span *ret);
/* Whatever the case of its letters. */
bool span_is(const struct span *s, const char *word);
bool span_begins(const struct span *s, const char *with);
/* "KEY = VALUE", blanks around both taken away.  False: there is no such sign. */
bool span_split(const struct span *s, char sign, struct span *ret_key, struct span *ret_value);
