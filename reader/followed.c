/* SPDX-License-Identifier: GPL-2.0-or-later */
/* There are few names, and they seldom change; but each word of a long hosts file and each copy of
 * an answer is looked up.  So this is a sorted array. */
#include "followed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

static int compare(const struct followed_name *n, const char *name, enum name_kind kind)
{
	if (n->kind != kind)
		return n->kind < kind ? -1 : 1;
	return strcmp(n->name, name);
}

/* Where the name is, or should be. */
static size_t place_of(const struct followed *f, const char *name, enum name_kind kind)
{
	size_t first = 0, end = f->count;
	while (first < end) {
		const size_t middle = first + (end - first) / 2;
		if (compare(f->names[middle], name, kind) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

static bool is_at(const struct followed *f, size_t place, const char *name, enum name_kind kind)
{
	return place < f->count && compare(f->names[place], name, kind) == 0;
}

static void free_name(struct followed_name *n)
{
	free(n->told);
	free(n->found);
	free(n);
}

int followed_add(struct followed *f, const char *name, enum name_kind kind)
{
	const size_t place = place_of(f, name, kind);
	if (is_at(f, place, name, kind)) {
		f->names[place]->is_told = false; /* the daemon may take now what it refused */
		return 0;
	}
	int r = array_reserve(&f->names, &f->allocated, f->count + 1);
	struct followed_name *n = r == 0 ? calloc(1, sizeof(*n)) : NULL;
	if (!n)
		return -ENOMEM;
	memcpy(n->name, name, strlen(name) + 1);
	n->kind = kind;
	memmove(f->names + place + 1, f->names + place, (f->count - place) * sizeof(*f->names));
	f->names[place] = n;
	f->count++;
	return 0;
}

void followed_remove(struct followed *f, const char *name, enum name_kind kind)
{
	const size_t place = place_of(f, name, kind);
	if (!is_at(f, place, name, kind))
		return;
	free_name(f->names[place]);
	f->count--;
	memmove(f->names + place, f->names + place + 1, (f->count - place) * sizeof(*f->names));
}

struct followed_name *followed_find(const struct followed *f, const char *name, enum name_kind kind)
{
	const size_t place = place_of(f, name, kind);
	return is_at(f, place, name, kind) ? f->names[place] : NULL;
}

void followed_done(struct followed *f)
{
	for (size_t i = 0; i < f->count; i++)
		free_name(f->names[i]);
	free(f->names);
	*f = (struct followed){0};
}
