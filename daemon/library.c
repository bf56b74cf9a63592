/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the configurations that the daemon has to do with, and gives equal ones equal numbers.
 *
 * A handful of snapshots, compared one by one: exactly, since a number that two configurations
 * shared would put the wrong one into force.  A configuration that was only read has a number and
 * no place here; it gets one when it comes into force.
 */
#include "library.h"

#include <assert.h>

void library_done(struct library *l)
{
	for (unsigned i = 0; i < l->count; i++)
		snapshot_free(l->books[i].snapshot);
	l->count = 0;
}

struct life_config library_number(struct library *l, const struct snapshot *s)
{
	struct life_config number = {LIFE_NONE, 0};
	for (unsigned i = 0; i < l->count; i++) {
		if (snapshot_equal(l->books[i].snapshot, s, true))
			return l->books[i].number;
		if (snapshot_equal(l->books[i].snapshot, s, false))
			number.files = l->books[i].number.files;
	}
	number.lists = ++l->last;
	if (number.files == LIFE_NONE)
		number.files = l->last;
	return number;
}

struct life_config library_new_number(struct library *l)
{
	l->last++;
	return (struct life_config){l->last, l->last};
}

struct snapshot *library_find(const struct library *l, struct life_config number)
{
	for (unsigned i = 0; i < l->count; i++)
		if (life_same(l->books[i].number, number))
			return l->books[i].snapshot;
	return NULL;
}

struct snapshot *library_take(struct library *l, struct snapshot *s, struct life_config number)
{
	struct snapshot *known = library_find(l, number);
	if (known) {
		if (known != s)
			snapshot_free(s);
		return known;
	}
	/* the machine knows eight at most, and there is one that it does not know */
	assert(l->count < LIBRARY_SIZE);
	l->books[l->count++] = (struct library_book){s, number};
	return s;
}

void library_tidy(struct library *l, const struct life *life, const struct snapshot *but)
{
	unsigned n = 0;
	for (unsigned i = 0; i < l->count; i++) {
		const struct library_book book = l->books[i];
		if (book.snapshot == but || life_knows(life, book.number))
			l->books[n++] = book;
		else
			snapshot_free(book.snapshot);
	}
	l->count = n;
}
