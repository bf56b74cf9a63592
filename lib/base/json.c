/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON on one line.
 *
 * Configuration files are UTF-8, but the names of files are whatever bytes the file system holds,
 * and so are the names of other people's tables.  JSON has no way to say such a byte: U+FFFD,
 * the replacement character, stands for it, as every reader of bad UTF-8 would show it.
 */
#include "base/json.h"

#include <string.h>

#include "base/utf8.h"

/* Of valid UTF-8. */
static void put_escaped(struct text *to, const char *s, size_t length)
{
	for (const char *end = s + length; s < end; s++) {
		if (*s == '"' || *s == '\\')
			text_printf(to, "\\%c", *s);
		else if ((unsigned char)*s < ' ')
			text_printf(to, "\\u%04x", (unsigned char)*s);
		else
			text_bytes(to, s, 1);
	}
}

static void put_quoted(struct text *to, const char *s)
{
	size_t left = strlen(s);
	text_put(to, "\"");
	while (left > 0) {
		size_t valid = utf8_valid_length(s, left);
		put_escaped(to, s, valid);
		if (valid < left) {
			text_put(to, "\\ufffd");
			valid++;
		}
		s += valid;
		left -= valid;
	}
	text_put(to, "\"");
}

static void put_key(struct json *j, const char *key)
{
	if (j->needs_comma)
		text_put(j->to, ",");
	j->needs_comma = true;
	if (key) {
		put_quoted(j->to, key);
		text_put(j->to, ":");
	}
}

void json_open(struct json *j, const char *key, char bracket)
{
	put_key(j, key);
	text_bytes(j->to, &bracket, 1);
	j->needs_comma = false;
}

void json_close(struct json *j, char bracket)
{
	text_bytes(j->to, &bracket, 1);
	j->needs_comma = true;
}

void json_string(struct json *j, const char *key, const char *value)
{
	put_key(j, key);
	if (value)
		put_quoted(j->to, value);
	else
		text_put(j->to, "null");
}

void json_number(struct json *j, const char *key, uint64_t value)
{
	put_key(j, key);
	text_printf(j->to, "%llu", (unsigned long long)value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	put_key(j, key);
	text_put(j->to, value ? "true" : "false");
}
