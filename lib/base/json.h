/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing JSON (RFC 8259) into a text: commas and escapes take care of themselves.  Strings may
 * have any bytes: one that is not part of valid UTF-8 becomes U+FFFD. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct json {
	struct text *to;
	bool needs_comma;
};

/* Each takes a key inside an object, and NULL for the key inside an array. */
void json_open(struct json *j, const char *key, char bracket);        /* '{' or '[' */
void json_close(struct json *j, char bracket);                        /* '}' or ']' */
void json_string(struct json *j, const char *key, const char *value); /* NULL: null */
void json_number(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
