/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON on one line; what is written is valid UTF-8 already, as configuration files must be. */
#include "base/json.h"

static void put_quoted(struct text *to, const char *s)
{
	text_put(to, "\"");
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			text_printf(to, "\\%c", *s);
		else if ((unsigned char)*s < ' ')
			text_printf(to, "\\u%04x", (unsigned char)*s);
		else
			text_bytes(to, s, 1);
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
