/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record: keys with values, in the order in which they were added.  What the daemon says of
 * itself is one; it is printed for people or programs, and sent over the control socket.
 *
 * The writer is sticky: after a failure the rest does nothing, and `failed` says so.  Texts are
 * copied; of one that is too long the beginning is kept, and of a list the first lines and how many
 * more there were.  All of it is valid UTF-8, whatever was put in.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum record_kind { RECORD_TEXT, RECORD_NUMBER, RECORD_BOOL, RECORD_LIST };

enum {
	RECORD_LINES_MOST = 1000,
	RECORD_TEXT_MOST = 1000, /* bytes of a text or line */
};

struct record_entry {
	char *key;
	enum record_kind kind;
	char *text;
	uint64_t number;
	bool flag;
	char **lines;
	size_t n_lines, allocated;
	size_t n_more; /* lines that were left out */
};

struct record {
	struct record_entry *entries;
	size_t count, allocated;
	bool failed;
};

void record_done(struct record *r);

/* Writing.  Keys are small letters and hyphens. */
void record_text(struct record *r, const char *key, const char *value);
void record_number(struct record *r, const char *key, uint64_t value);
void record_bool(struct record *r, const char *key, bool value);
/* A list that may be empty, before its lines. */
void record_list(struct record *r, const char *key);
/* One more line of a list, which is begun if it is not there yet. */
void record_line(struct record *r, const char *key, const char *line);

/* Another text of a key that is there, as a text. */
void record_replace(struct record *r, const char *key, const char *value);

/* Reading.  NULL if there is no such key. */
const struct record_entry *record_find(const struct record *r, const char *key);

/* Printing: "key:   value", a list's lines below each other; or one JSON object. */
void record_put_text(const struct record *r, struct text *to);
void record_put_json(const struct record *r, struct text *to);
