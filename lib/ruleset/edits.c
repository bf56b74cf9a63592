/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files have the last word: if a ruleset that is compiled from them has an added address
 * itself, the edit is forgotten, and the address goes when it leaves the files.  In the same way
 * the removal of an address is forgotten when the files do not have it.  The edits of a set end
 * with the set.
 *
 * There are few sets, with few edits each: so these are sorted arrays with binary search.
 */
#include "ruleset/edits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "net/splice.h"
#include "ruleset/alteration.h"

enum { FAMILIES = 2 };
static const enum addrset_part families[FAMILIES] = {ADDRSET_HOSTS4, ADDRSET_HOSTS6};

static void edited_done(struct edited *x)
{
	free(x->set);
	addrset_done(&x->in);
	addrset_done(&x->out);
	*x = (struct edited){0};
}

void edits_done(struct edits *e)
{
	for (size_t i = 0; i < e->count; i++)
		edited_done(&e->items[i]);
	free(e->items);
	*e = (struct edits){0};
}

/* Where the set is, or is to be. */
static size_t place(const struct edits *e, const char *set, bool *ret_is_there)
{
	size_t begin = 0, end = e->count;
	while (begin < end) {
		const size_t middle = begin + (end - begin) / 2;
		if (strcmp(e->items[middle].set, set) < 0)
			begin = middle + 1;
		else
			end = middle;
	}
	*ret_is_there = begin < e->count && strcmp(e->items[begin].set, set) == 0;
	return begin;
}

static struct edited *find(const struct edits *e, const char *set)
{
	bool is_there;
	const size_t i = place(e, set, &is_there);
	return is_there ? &e->items[i] : NULL;
}

/* The edits of the set, which may be none yet; NULL: out of memory. */
static struct edited *find_or_add(struct edits *e, const char *set)
{
	bool is_there;
	const size_t i = place(e, set, &is_there);
	if (is_there)
		return &e->items[i];
	if (array_reserve(&e->items, &e->allocated, e->count + 1) < 0)
		return NULL;
	char *name = strdup(set);
	if (!name)
		return NULL;
	memmove(&e->items[i + 1], &e->items[i], (e->count - i) * sizeof(*e->items));
	e->items[i] = (struct edited){.set = name};
	e->count++;
	return &e->items[i];
}

static void remove_at(struct edits *e, size_t i)
{
	edited_done(&e->items[i]);
	e->count--;
	memmove(&e->items[i], &e->items[i + 1], (e->count - i) * sizeof(*e->items));
}

int edits_put(struct edits *e, const char *set, const struct addr *a, bool in)
{
	struct edited *x = find_or_add(e, set);
	int r = x ? splice_add(in ? &x->in : &x->out, a) : -ENOMEM;
	if (r < 0)
		return r;
	splice_remove(in ? &x->out : &x->in, a);
	return 0;
}

void edits_forget(struct edits *e, const char *set)
{
	bool is_there;
	const size_t i = place(e, set, &is_there);
	if (is_there)
		remove_at(e, i);
}

int edits_copy(const struct edits *e, struct edits *ret)
{
	int r = edits_reserve(ret, e);
	if (r < 0) {
		edits_done(ret);
		return r;
	}
	edits_merge(ret, e);
	return 0;
}

size_t edits_addresses(const struct edits *e)
{
	size_t sum = 0;
	for (size_t i = 0; i < e->count; i++)
		sum += addrset_count(&e->items[i].in) + addrset_count(&e->items[i].out);
	return sum;
}

/* More. */

int edits_reserve(struct edits *e, const struct edits *more)
{
	for (size_t i = 0; i < more->count; i++) {
		const struct edited *m = &more->items[i];
		struct edited *x = find_or_add(e, m->set);
		if (!x)
			return -ENOMEM;
		for (size_t f = 0; f < FAMILIES; f++) {
			const enum addrset_part part = families[f];
			int r = splice_reserve(&x->in, part, m->in.count[part]);
			if (r < 0)
				return r;
			r = splice_reserve(&x->out, part, m->out.count[part]);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

void edits_merge(struct edits *e, const struct edits *more)
{
	for (size_t i = 0; i < more->count; i++) {
		const struct edited *m = &more->items[i];
		struct edited *x = find(e, m->set);
		for (size_t f = 0; f < FAMILIES; f++) {
			const enum addrset_part part = families[f];
			splice_out(&x->in, part, &m->out);
			splice_out(&x->out, part, &m->in);
			splice_in(&x->in, part, &m->in);
			splice_in(&x->out, part, &m->out);
		}
	}
}

/* With a ruleset. */

bool edits_fit(const struct edits *e, const struct ruleset *r)
{
	for (size_t i = 0; i < e->count; i++) {
		const struct edited *x = &e->items[i];
		const struct set *s = ruleset_hosts(r, x->set);
		if (!s || x->in.count[s->part] != addrset_count(&x->in) ||
			x->out.count[s->part] != addrset_count(&x->out))
			return false;
	}
	return true;
}

int edits_lay(const struct edits *e, struct ruleset *r)
{
	CLEANUP(alterations_done) struct alterations a = {0};
	int result = e->count ? alterations_find(e, r, &a) : 0;
	if (result < 0)
		return result;
	alterations_make(&a);
	for (size_t i = 0; i < a.count; i++) {
		struct set *s = a.items[i].set;
		if (s->room < set_size(s))
			s->room = set_room(set_size(s));
	}
	return 0;
}

/* False if nothing is left. */
static bool prune(struct edited *x, const struct ruleset *r)
{
	const struct set *s = ruleset_hosts(r, x->set);
	if (!s)
		return false;
	const struct addrset *compiled = set_compiled(s);
	splice_keep(&x->in, s->part, compiled, false);
	splice_keep(&x->out, s->part, compiled, true);
	return x->in.count[s->part] || x->out.count[s->part];
}

void edits_prune(struct edits *e, const struct ruleset *r, const struct edits *only)
{
	if (!only) {
		for (size_t i = e->count; i-- > 0;)
			if (!prune(&e->items[i], r))
				remove_at(e, i);
		return;
	}
	for (size_t i = 0; i < only->count; i++) {
		struct edited *x = find(e, only->items[i].set);
		if (x && !prune(x, r))
			remove_at(e, (size_t)(x - e->items));
	}
}
