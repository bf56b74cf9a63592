/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reader of INI files tells, as text. */
#pragma once

#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/ini.h"

/* What was heard, and the values put together again. */
struct heard {
	struct text events; /* one a line */
	struct text value;  /* the last one */
	struct text faults;
};

static inline void on_section(void *context, struct place at, const char *title)
{
	struct heard *h = context;
	if (!title)
		return; /* a wrong one: a fault tells of it */
	text_printf(&h->events, "%u:%u [%s]\n", at.line, at.column, title);
}

static inline void on_key(void *context, struct place at, const char *key)
{
	struct heard *h = context;
	text_printf(&h->events, "%u:%u key %s\n", at.line, at.column, key);
	text_done(&h->value);
}

static inline void on_piece(void *context, struct place at, const char *piece, bool glued)
{
	struct heard *h = context;
	text_printf(&h->events, "%u:%u %s %s\n", at.line, at.column, glued ? "glue" : "piece",
		piece);
	if (!glued)
		text_put(&h->value, " ");
	text_put(&h->value, piece);
}

static inline void on_broken(void *context)
{
	(void)context; /* a fault tells of it */
}

static inline struct heard hear(const char *bytes, size_t length)
{
	static const struct ini_events events = {on_section, on_key, on_piece, on_broken};
	struct heard h = {0};
	struct diags diags = {0};
	char *copy = malloc(length ? length : 1); /* exact, so that the sanitizer looks */
	assert_non_null(copy);
	memcpy(copy, bytes, length);
	assert_int_equal(ini_read("x.conf", copy, length, &events, &h, &diags), 0);
	free(copy);
	for (size_t i = 0; i < diags.count; i++) {
		assert_string_equal(diags.items[i].at.file, "x.conf");
		text_printf(&h.faults, "%u:%u %s\n", diags.items[i].at.line,
			diags.items[i].at.column, diags.items[i].message);
	}
	diags_done(&diags);
	text_put(&h.events, "");
	text_put(&h.value, "");
	text_put(&h.faults, "");
	return h;
}

static inline void heard_done(struct heard *h)
{
	text_done(&h->events);
	text_done(&h->value);
	text_done(&h->faults);
}

static inline void expect(const char *bytes, size_t length, const char *events, const char *faults,
	const char *file, int line)
{
	struct heard h = hear(bytes, length);
	bool same = strcmp(h.events.data, events) == 0 && strcmp(h.faults.data, faults) == 0;
	if (!same)
		print_error("expected events:\n%sand faults:\n%sbut got events:\n%sand faults:\n%s",
			events, faults, h.events.data, h.faults.data);
	heard_done(&h);
	if (!same)
		_fail(file, line);
}

#define assert_heard(text, events, faults) \
	expect(text, strlen(text), events, faults, __FILE__, __LINE__)
/* For literals with a NUL byte inside. */
#define assert_bytes_heard(bytes, events, faults) \
	expect(bytes, sizeof(bytes) - 1, events, faults, __FILE__, __LINE__)

/* To be freed. */
static inline char *repeat(const char *s, size_t times)
{
	struct text t = {0};
	char *out = NULL;
	while (times--)
		text_put(&t, s);
	assert_int_equal(text_finish(&t, &out), 0);
	return out;
}

/* Reads line; the value of its key must be this, without a fault. */
static inline void check_value(const char *line, const char *value, const char *file,
	int source_line)
{
	struct heard h = hear(line, strlen(line));
	bool same = h.faults.length == 0 && strcmp(h.value.data, value) == 0;
	if (!same)
		print_error("line of %zu bytes: %.300s\nexpected: %.300s\nbut got:  %.300s\n"
			    "faults: %.300s\n",
			strlen(line), line, value, h.value.data, h.faults.data);
	heard_done(&h);
	if (!same)
		_fail(file, source_line);
}

#define assert_value(line, value) check_value(line, value, __FILE__, __LINE__)
