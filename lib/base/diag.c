/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of faults of one run.
 *
 * File names are interned: a list of a million bad lines names its file once, and a
 * diag outlives the configuration whose text it points into.  Running out of memory
 * here is remembered and counts as an error, so that a configuration is never taken for
 * good because its faults could not be written down.
 */
#include "base/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void diags_done(struct diags *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->items[i].message);
	for (size_t i = 0; i < d->n_files; i++)
		free(d->files[i]);
	free(d->items);
	free(d->files);
	*d = (struct diags){0};
}

static const char *intern(struct diags *d, const char *file)
{
	/* backwards: faults come file by file */
	for (size_t i = d->n_files; i-- > 0;)
		if (strcmp(d->files[i], file) == 0)
			return d->files[i];
	char **files = reallocarray(d->files, d->n_files + 1, sizeof(*files));
	if (!files)
		return NULL;
	d->files = files;
	char *copy = strdup(file);
	if (!copy)
		return NULL;
	d->files[d->n_files++] = copy;
	return copy;
}

static void add(struct diags *d, struct place at, enum severity severity, const char *format,
	va_list args)
{
	char *message = NULL;
	if (severity == SEVERITY_ERROR)
		d->errors++;
	if (vasprintf(&message, format, args) < 0) {
		d->lost = true;
		return;
	}
	at.file = intern(d, at.file ? at.file : "-");
	if (!at.file || array_reserve(&d->items, &d->allocated, d->count + 1) < 0) {
		d->lost = true;
		free(message);
		return;
	}
	d->items[d->count++] = (struct diag){at, severity, message};
}

void diag_error(struct diags *d, struct place at, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add(d, at, SEVERITY_ERROR, format, args);
	va_end(args);
}

void diag_warning(struct diags *d, struct place at, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add(d, at, SEVERITY_WARNING, format, args);
	va_end(args);
}

bool diags_have_errors(const struct diags *d)
{
	return d->errors > 0 || d->lost;
}

static size_t file_order(const struct diags *d, const char *file)
{
	for (size_t i = 0; i < d->n_files; i++)
		if (d->files[i] == file)
			return i;
	return d->n_files;
}

static int compare(const void *a, const void *b, void *list)
{
	const struct diag *x = a, *y = b;
	if (x->at.file != y->at.file)
		return file_order(list, x->at.file) < file_order(list, y->at.file) ? -1 : 1;
	if (x->at.line != y->at.line)
		return x->at.line < y->at.line ? -1 : 1;
	if (x->at.column != y->at.column)
		return x->at.column < y->at.column ? -1 : 1;
	return strcmp(x->message, y->message);
}

void diags_sort(struct diags *d)
{
	if (d->count > 1)
		qsort_r(d->items, d->count, sizeof(*d->items), compare, d);
}

void diag_put(const struct diag *x, struct text *to)
{
	text_printf(to, "%s:%u:%u: %s: %s\n", x->at.file, x->at.line, x->at.column,
		x->severity == SEVERITY_ERROR ? "error" : "warning", x->message);
}

void diag_print(const struct diag *x, FILE *to)
{
	struct text line = {0};
	diag_put(x, &line);
	/* what is wrong is said even if there is no memory to say where */
	fputs(line.failed ? x->message : line.data, to);
	if (line.failed)
		fputc('\n', to);
	text_done(&line);
}

void diags_put(const struct diags *d, struct text *to)
{
	for (size_t i = 0; i < d->count; i++)
		diag_put(&d->items[i], to);
	if (d->lost)
		text_put(to, "error: out of memory; some faults could not be listed\n");
}

void diags_print(const struct diags *d, FILE *to)
{
	/* one at a time: what there is no memory for as a whole is still said */
	for (size_t i = 0; i < d->count; i++)
		diag_print(&d->items[i], to);
	if (d->lost)
		fprintf(to, "error: out of memory; some faults could not be listed\n");
}

size_t diags_first(const struct diags *d, const struct diag *ret[DIAGS_FIRST])
{
	static const enum severity order[] = {SEVERITY_ERROR, SEVERITY_WARNING};
	size_t n = 0;
	if (d->count <= DIAGS_FIRST) {
		for (; n < d->count; n++)
			ret[n] = &d->items[n];
		return n;
	}
	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < d->count && n < DIAGS_FIRST; i++)
			if (d->items[i].severity == order[pass])
				ret[n++] = &d->items[i];
	return n;
}

void diags_put_first(const struct diags *d, struct text *to)
{
	const struct diag *first[DIAGS_FIRST];
	size_t n = diags_first(d, first);
	for (size_t i = 0; i < n; i++)
		diag_put(first[i], to);
	if (d->count > n)
		text_printf(to, "... and %zu more; `rolewallctl check` names them all\n",
			d->count - n);
	if (d->lost)
		text_put(to, "error: out of memory; some faults could not be listed\n");
}
