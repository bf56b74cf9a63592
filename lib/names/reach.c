/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A resolver that knows the first part of a chain asks for the rest of it alone, and so does one
 * that shortens chains for its clients.  The answer names the end of the chain only, and the
 * followed name that leads there must be remembered from an earlier answer.
 *
 * A hash of entries, and for each followed name the list of its own.
 */
#include "names/reach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { BUCKETS = 1024 };

struct followed {
	struct reach_entry self;   /* the first member: an entry of it is it */
	struct reach_entry *leads; /* by next_of_followed */
	size_t count;
	struct followed *next, *before;
};

struct reach {
	struct reach_entry *buckets[BUCKETS];
	struct followed *followed;
};

struct reach *reach_new(void)
{
	return calloc(1, sizeof(struct reach));
}

static size_t bucket_of(const char *name)
{
	uint64_t h = hash_text(HASH_START, name);
	return (h ^ h >> 32) % BUCKETS;
}

static void link_in(struct reach *r, struct reach_entry *e)
{
	struct reach_entry **bucket = &r->buckets[bucket_of(e->name)];
	e->next = *bucket;
	*bucket = e;
}

static void take_out(struct reach *r, struct reach_entry *e)
{
	struct reach_entry **at = &r->buckets[bucket_of(e->name)];
	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
}

static struct followed *find(const struct reach *r, const char *name, enum name_kind kind)
{
	for (struct reach_entry *e = r->buckets[bucket_of(name)]; e; e = e->next)
		if (e->name == e->followed && e->kind == kind && strcmp(e->name, name) == 0)
			return (struct followed *)e;
	return NULL;
}

int reach_follow(struct reach *r, const char *name, enum name_kind kind)
{
	if (find(r, name, kind))
		return 0;
	struct followed *f = calloc(1, sizeof(*f));
	char *copy = f ? strdup(name) : NULL;
	if (!copy) {
		free(f);
		return -ENOMEM;
	}
	f->self = (struct reach_entry){
		.name = copy, .followed = copy, .kind = kind, .until = UINT64_MAX};
	link_in(r, &f->self);
	f->next = r->followed;
	if (f->next)
		f->next->before = f;
	r->followed = f;
	return 0;
}

static void free_entry(struct reach *r, struct reach_entry *e)
{
	take_out(r, e);
	free((char *)e->name);
	free(e);
}

static void forget(struct reach *r, struct followed *f)
{
	for (struct reach_entry *e = f->leads, *next; e; e = next) {
		next = e->next_of_followed;
		free_entry(r, e);
	}
	if (f->next)
		f->next->before = f->before;
	*(f->before ? &f->before->next : &r->followed) = f->next;
	free_entry(r, &f->self);
}

void reach_forget(struct reach *r, const char *name, enum name_kind kind)
{
	struct followed *f = find(r, name, kind);
	if (f)
		forget(r, f);
}

void reach_free(struct reach *r)
{
	if (!r)
		return;
	while (r->followed)
		forget(r, r->followed);
	free(r);
}

const struct reach_entry *reach_next(const struct reach *r, const char *name,
	const struct reach_entry *before)
{
	const struct reach_entry *e = before ? before->next : r->buckets[bucket_of(name)];
	while (e && strcmp(e->name, name) != 0)
		e = e->next;
	return e;
}

const struct reach_entry *reach_next_followed(const struct reach *r,
	const struct reach_entry *before)
{
	const struct followed *f = before ? ((const struct followed *)before)->next : r->followed;
	return f ? &f->self : NULL;
}

/* Takes the entry of this name to the front of the list; NULL: there is none. */
static struct reach_entry *to_the_front(struct followed *f, const char *to)
{
	for (struct reach_entry **at = &f->leads; *at; at = &(*at)->next_of_followed) {
		struct reach_entry *e = *at;
		if (strcmp(e->name, to) != 0)
			continue;
		*at = e->next_of_followed;
		e->next_of_followed = f->leads;
		f->leads = e;
		return e;
	}
	return NULL;
}

static void drop_last(struct reach *r, struct followed *f)
{
	struct reach_entry **at = &f->leads;
	while ((*at)->next_of_followed)
		at = &(*at)->next_of_followed;
	struct reach_entry *last = *at;
	*at = NULL;
	f->count--;
	free_entry(r, last);
}

int reach_lead(struct reach *r, const struct reach_entry *followed, const char *to, uint64_t until)
{
	struct followed *f = (struct followed *)followed;
	struct reach_entry *e = to_the_front(f, to);
	if (e) {
		if (e->until < until)
			e->until = until;
		return 0;
	}
	e = calloc(1, sizeof(*e));
	char *copy = e ? strdup(to) : NULL;
	if (!copy) {
		free(e);
		return -ENOMEM;
	}
	*e = (struct reach_entry){.name = copy,
		.followed = f->self.name,
		.kind = f->self.kind,
		.until = until,
		.next_of_followed = f->leads};
	link_in(r, e);
	f->leads = e;
	if (++f->count > REACH_NAMES_MOST)
		drop_last(r, f);
	return 0;
}
