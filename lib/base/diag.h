/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A diag is one fault in what somebody wrote, with its place.  Code that meets a fault adds it and
 * goes on, so that one run names them all; the caller asks diags_have_errors() once at the end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text.h"

/* Where something was said.  file is borrowed; line and column count from 1, the column
 * in bytes. */
struct place {
	const char *file;
	uint32_t line;
	uint32_t column;
};

enum severity {
	SEVERITY_WARNING,
	SEVERITY_ERROR,
};

struct diag {
	struct place at; /* file is owned by the list */
	enum severity severity;
	char *message;
};

struct diags {
	struct diag *items;
	size_t count;
	size_t allocated;
	size_t errors;
	char **files; /* interned file names */
	size_t n_files;
	bool lost; /* memory ran out while a fault was noted: the list is not whole */
};

void diags_done(struct diags *d);

/* Notes a fault.  at.file is copied.  The message says what is wrong and, after a
 * semicolon, what would be right; no full stop, no newline. */
void diag_error(struct diags *d, struct place at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void diag_warning(struct diags *d, struct place at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* True if an error was noted, or lost for want of memory. */
bool diags_have_errors(const struct diags *d);

/* Orders by first appearance of the file, then line, then column. */
void diags_sort(struct diags *d);

/* One fault, as everybody prints it: "file:line:column: error: message", and a newline. */
void diag_put(const struct diag *x, struct text *to);
void diag_print(const struct diag *x, FILE *to);

/* All, one a line. */
void diags_print(const struct diags *d, FILE *to);
void diags_put(const struct diags *d, struct text *to);

/* Chooses the faults to keep from a list of any length: all if there are at most DIAGS_FIRST,
 * otherwise that many, errors before warnings.  Returns their number. */
enum { DIAGS_FIRST = 20 };
size_t diags_first(const struct diags *d, const struct diag *ret[DIAGS_FIRST]);
/* Prints these, and how many more there are. */
void diags_put_first(const struct diags *d, struct text *to);
