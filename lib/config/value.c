/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values and lists: see the header.  "389 636", "389, 636" and "389,636" are the same. */
#include "config/value.h"

#include <string.h>

struct place value_place(const struct value *v, size_t offset)
{
	size_t low = 0, high = v->n_segments;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (v->segments[middle].offset <= offset)
			low = middle;
		else
			high = middle;
	}
	const struct segment *s = &v->segments[low];
	return (struct place){v->file, s->line, s->column + (uint32_t)(offset - s->offset)};
}

struct items items_of(const struct value *v)
{
	return (struct items){.value = v};
}

static bool is_separator(char c)
{
	return c == ',' || c == ' ' || c == '\t';
}

bool items_next(struct items *i, struct item *ret, struct diags *diags)
{
	const struct value *v = i->value;
	bool comma = i->offset == 0; /* a comma before the first item is one too many */
	while (i->offset < v->length && is_separator(v->text[i->offset])) {
		if (v->text[i->offset] == ',') {
			if (comma)
				diag_error(diags, value_place(v, i->offset),
					"an empty item; write one comma between two items");
			else
				i->expects_item = true;
			comma = true;
		}
		i->offset++;
	}
	if (i->offset == v->length) {
		if (i->expects_item && v->length)
			diag_error(diags, value_place(v, v->length - 1),
				"an empty item; end the list without a comma");
		i->expects_item = false;
		return false;
	}
	size_t start = i->offset;
	while (i->offset < v->length && !is_separator(v->text[i->offset]))
		i->offset++;
	i->expects_item = false;
	*ret = (struct item){v->text + start, i->offset - start, value_place(v, start)};
	return true;
}

bool item_is(const struct item *i, const char *word)
{
	return strlen(word) == i->length && memcmp(i->text, word, i->length) == 0;
}
