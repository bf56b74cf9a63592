/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list may have a line for each fault of a file.  So its length is bounded here, once for all
 * who fill one.
 */
#include "base/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "base/utf8.h"

void record_done(struct record *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct record_entry *e = &r->entries[i];
		for (size_t n = 0; n < e->n_lines; n++)
			free(e->lines[n]);
		free(e->lines);
		free(e->text);
		free(e->key);
	}
	free(r->entries);
	*r = (struct record){0};
}

/* Writing. */

static char *copy(struct record *r, const char *s)
{
	char *text = r->failed ? NULL : strndup(s, RECORD_TEXT_MOST);
	if (text)
		utf8_mend(text);
	r->failed |= !text;
	return text;
}

static struct record_entry *add(struct record *r, const char *key, enum record_kind kind)
{
	char *name = copy(r, key);
	if (!name)
		return NULL;
	if (array_reserve(&r->entries, &r->allocated, r->count + 1) < 0) {
		free(name);
		r->failed = true;
		return NULL;
	}
	struct record_entry *e = &r->entries[r->count++];
	*e = (struct record_entry){.key = name, .kind = kind};
	return e;
}

void record_text(struct record *r, const char *key, const char *value)
{
	struct record_entry *e = add(r, key, RECORD_TEXT);
	if (e)
		e->text = copy(r, value);
}

void record_number(struct record *r, const char *key, uint64_t value)
{
	struct record_entry *e = add(r, key, RECORD_NUMBER);
	if (e)
		e->number = value;
}

void record_bool(struct record *r, const char *key, bool value)
{
	struct record_entry *e = add(r, key, RECORD_BOOL);
	if (e)
		e->flag = value;
}

static struct record_entry *find(const struct record *r, const char *key)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->entries[i].key, key) == 0)
			return &r->entries[i];
	return NULL;
}

void record_list(struct record *r, const char *key)
{
	if (!find(r, key))
		add(r, key, RECORD_LIST);
}

void record_line(struct record *r, const char *key, const char *line)
{
	struct record_entry *e = find(r, key);
	if (!e)
		e = add(r, key, RECORD_LIST);
	if (!e || r->failed)
		return;
	if (e->n_lines == RECORD_LINES_MOST) {
		e->n_more++;
		return;
	}
	if (array_reserve(&e->lines, &e->allocated, e->n_lines + 1) < 0) {
		r->failed = true;
		return;
	}
	char *text = copy(r, line);
	if (text)
		e->lines[e->n_lines++] = text;
}

void record_replace(struct record *r, const char *key, const char *value)
{
	struct record_entry *e = find(r, key);
	char *text = e && e->kind == RECORD_TEXT ? copy(r, value) : NULL;
	if (!text)
		return;
	free(e->text);
	e->text = text;
}

const struct record_entry *record_find(const struct record *r, const char *key)
{
	return find(r, key);
}

/* Printing. */

enum { INDENT = 2 };

static void put_lines(const struct record_entry *e, size_t width, struct text *to)
{
	if (e->n_lines == 0)
		text_put(to, "none\n");
	for (size_t i = 0; i < e->n_lines; i++) {
		if (i > 0)
			text_pad(to, width);
		text_printf(to, "%s\n", e->lines[i]);
	}
	if (e->n_more) {
		text_pad(to, width);
		text_printf(to, "... and %zu more\n", e->n_more);
	}
}

static void put_entry(const struct record_entry *e, size_t width, struct text *to)
{
	text_printf(to, "%s:", e->key);
	text_pad(to, width - strlen(e->key) - 1);
	switch (e->kind) {
	case RECORD_TEXT:
		text_printf(to, "%s\n", e->text);
		break;
	case RECORD_NUMBER:
		text_printf(to, "%" PRIu64 "\n", e->number);
		break;
	case RECORD_BOOL:
		text_printf(to, "%s\n", e->flag ? "yes" : "no");
		break;
	case RECORD_LIST:
		put_lines(e, width, to);
		break;
	}
}

void record_put_text(const struct record *r, struct text *to)
{
	size_t width = 0;
	to->failed |= r->failed;
	for (size_t i = 0; i < r->count; i++) {
		size_t n = strlen(r->entries[i].key) + 1 + INDENT;
		width = n > width ? n : width;
	}
	for (size_t i = 0; i < r->count && !to->failed; i++)
		put_entry(&r->entries[i], width, to);
}

static void put_json_lines(const struct record_entry *e, struct json *j)
{
	char more[64];
	json_open(j, e->key, '[');
	for (size_t i = 0; i < e->n_lines; i++)
		json_string(j, NULL, e->lines[i]);
	if (e->n_more) {
		snprintf(more, sizeof(more), "... and %zu more", e->n_more);
		json_string(j, NULL, more);
	}
	json_close(j, ']');
}

void record_put_json(const struct record *r, struct text *to)
{
	struct json j = {.to = to};
	to->failed |= r->failed;
	json_open(&j, NULL, '{');
	for (size_t i = 0; i < r->count && !to->failed; i++) {
		const struct record_entry *e = &r->entries[i];
		switch (e->kind) {
		case RECORD_TEXT:
			json_string(&j, e->key, e->text);
			break;
		case RECORD_NUMBER:
			json_number(&j, e->key, e->number);
			break;
		case RECORD_BOOL:
			json_bool(&j, e->key, e->flag);
			break;
		case RECORD_LIST:
			put_json_lines(e, &j);
			break;
		}
	}
	json_close(&j, '}');
	text_put(to, "\n");
}
