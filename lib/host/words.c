/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files are ASCII as far as we look at them; no locale has a say in what a blank is. */
#include "host/words.h"

#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static struct span strip(const char *text, size_t length)
{
	while (length > 0 && is_blank(text[0])) {
		text++;
		length--;
	}
	while (length > 0 && is_blank(text[length - 1]))
		length--;
	return (struct span){text, length};
}

bool line_next(const char **at, struct span *ret)
{
	if (!**at)
		return false;
	const size_t length = strcspn(*at, "\n");
	*ret = strip(*at, length);
	*at += length + ((*at)[length] == '\n');
	return true;
}

bool word_next(struct span *line, struct span *ret)
{
	*line = strip(line->text, line->length);
	size_t length = 0;
	while (length < line->length && !is_blank(line->text[length]))
		length++;
	*ret = (struct span){line->text, length};
	*line = (struct span){line->text + length, line->length - length};
	return length > 0;
}

bool span_is(const struct span *s, const char *word)
{
	return s->length == strlen(word) && strncasecmp(s->text, word, s->length) == 0;
}

bool span_begins(const struct span *s, const char *with)
{
	const size_t length = strlen(with);
	return s->length >= length && strncasecmp(s->text, with, length) == 0;
}

bool span_split(const struct span *s, char sign, struct span *ret_key, struct span *ret_value)
{
	const char *at = s->length > 0 ? memchr(s->text, sign, s->length) : NULL;
	if (!at)
		return false;
	const size_t before = (size_t)(at - s->text);
	*ret_key = strip(s->text, before);
	*ret_value = strip(at + 1, s->length - before - 1);
	return true;
}
