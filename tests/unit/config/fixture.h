/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of lib/config share: a document made from texts, and faults compared as they
 * are printed. */
#pragma once

#include "testing.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/document.h"

struct fixture {
	struct arena *arena;
	struct document document;
	struct diags diags;
};

static inline int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	if (!f || !(f->arena = arena_new()))
		return -1;
	document_init(&f->document, f->arena);
	*state = f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	diags_done(&f->diags);
	arena_free(f->arena);
	free(f);
	return 0;
}

#define FIXTURE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/* Lays a file over the document: a host file if it is called rolewall.conf or lies in a
 * directory, such as host/10.conf; otherwise a role file. */
static inline void add_bytes(struct fixture *f, const char *path, const char *bytes, size_t length)
{
	bool host = strcmp(path, "rolewall.conf") == 0 || strncmp(path, "host/", 5) == 0;
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char *stem = strndup(name, strcspn(name, "."));
	char *copy = malloc(length ? length : 1); /* exact, so that the sanitizer looks */
	assert_non_null(stem);
	assert_non_null(copy);
	memcpy(copy, bytes, length);
	struct source s = {
		.path = path,
		.stem = stem,
		.kind = host ? FILE_HOST : FILE_ROLE,
		.overrides = host || strncmp(path, "own/", 4) == 0,
		.bytes = copy,
		.length = length,
	};
	assert_int_equal(document_add(&f->document, &s, &f->diags), 0);
	free(copy);
	free(stem);
}

static inline void add_text(struct fixture *f, const char *path, const char *text)
{
	add_bytes(f, path, text, strlen(text));
}

/* The key's entry in a section that must be there. */
static inline const struct entry *entry_of(struct fixture *f, enum section_kind kind,
	const char *name, int key)
{
	const struct section *s = document_find(&f->document, kind, name);
	assert_non_null(s);
	return &s->keys[key];
}

/* Faults, sorted, one a line as an admin sees them; then forgotten. */
static inline void expect_faults(struct diags *d, const char *expected, const char *file, int line)
{
	char *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);
	assert_non_null(to);
	diags_sort(d);
	diags_print(d, to);
	fclose(to);
	if (strcmp(text, expected) != 0) {
		print_error("expected these faults:\n%sbut got these:\n%s", expected, text);
		free(text);
		_fail(file, line);
	}
	free(text);
	diags_done(d);
}

/* Warnings are forgotten. */
static inline void expect_no_errors(struct diags *diags, const char *file, int line)
{
	if (diags_have_errors(diags))
		expect_faults(diags, "", file, line);
	diags_done(diags);
}

#define assert_no_errors(diags)        expect_no_errors(diags, __FILE__, __LINE__)
#define assert_faults(diags, expected) expect_faults(diags, expected, __FILE__, __LINE__)
#define assert_no_faults(diags)        expect_faults(diags, "", __FILE__, __LINE__)

static inline void expect_place(struct place at, uint32_t line, uint32_t column, const char *file,
	int source_line)
{
	if (at.line != line || at.column != column) {
		print_error("expected %u:%u but got %u:%u\n", line, column, at.line, at.column);
		_fail(file, source_line);
	}
}

#define assert_place(at, line, column) expect_place(at, line, column, __FILE__, __LINE__)
