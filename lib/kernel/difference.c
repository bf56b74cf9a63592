/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fingerprints tell which objects are different; an operator wants to know which flow, which
 * peer, and which addresses.  So differences are gathered by what an object's name is about,
 * and sets that are different are read to see how.
 *
 * A map may have a hash of its content in its name: one that goes and one that comes, of the
 * same name but for that, are one that changes.
 */
#include "kernel/difference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/contents.h"
#include "kernel/fingerprint.h"

struct gathering {
	struct nfsock *socket;
	const struct ruleset *next;
	struct fingerprints expected, found;
	struct arena *arena;
	struct difference *first;
};

void difference_list_done(struct difference_list *d)
{
	arena_free(d->arena);
	*d = (struct difference_list){0};
}

/* Subjects. */

static bool has_subject(const struct fingerprints *f, const struct subject *s)
{
	for (const struct fingerprint *x = f->first; x; x = x->next) {
		struct subject other = subject_of(x->name);
		if (subject_same(&other, s))
			return true;
	}
	return false;
}

/* The difference about an object's subject, a new one if there is none so far. */
static struct difference *about(struct gathering *g, const char *object)
{
	struct subject s = subject_of(object);
	struct difference **at = &g->first;
	while (*at && subject_order(&(*at)->subject, &s) < 0)
		at = &(*at)->next;
	if (*at && subject_same(&(*at)->subject, &s))
		return *at;
	char *copy = arena_strndup(g->arena, s.name, s.length);
	struct difference *d = copy ? arena_alloc(g->arena, sizeof(*d)) : NULL;
	if (!d)
		return NULL;
	*d = (struct difference){.subject = s, .is_moved_only = true, .next = *at};
	d->subject.name = copy;
	d->kind = !has_subject(&g->found, &s)      ? DIFFERENCE_ADDED
		  : !has_subject(&g->expected, &s) ? DIFFERENCE_REMOVED
						   : DIFFERENCE_CHANGED;
	*at = d;
	return d;
}

static void note_place(const struct gathering *g, struct difference *d,
	const struct fingerprint *expected)
{
	const struct chain *c = NULL;
	const struct set *s = NULL;
	if (!expected || d->at.file)
		return;
	if (expected->kind == FINGERPRINT_CHAIN)
		c = ruleset_chain(g->next, expected->name);
	else if (expected->kind == FINGERPRINT_SET)
		s = ruleset_set(g->next, expected->name);
	d->at = c ? c->at : s ? s->at : d->at;
}

/* Elements. */

struct noting {
	struct gathering *gathering;
	struct difference *difference;
	enum data_type type;
	bool failed;
};

static const char *describe(struct noting *n, const struct run *run)
{
	struct text text = {0};
	char *printed, *copy = NULL;
	run_print(run, n->type, &text);
	if (run->chain) {
		struct subject to = subject_of(run->chain);
		if (to.kind == SUBJECT_FLOW)
			text_printf(&text, " flow %.*s", (int)to.length, to.name);
	}
	if (text_finish(&text, &printed) == 0) {
		copy = arena_strndup(n->gathering->arena, printed, strlen(printed));
		free(printed);
	}
	return copy;
}

static void note_run(void *context, bool added, const struct run *run)
{
	struct noting *n = context;
	struct difference *d = n->difference;
	*(added ? &d->comes : &d->goes) += 1;
	if (d->n_shown == ELEMENTS_SHOWN)
		return;
	const char *text = describe(n, run);
	if (!text) {
		n->failed = true;
		return;
	}
	d->shown[d->n_shown].added = added;
	d->shown[d->n_shown++].text = text;
}

/* old is the set's name in the kernel, or NULL. */
static int compare_elements(struct gathering *g, struct difference *d, const char *old,
	const struct set *next, enum data_type type)
{
	struct contents before = {0}, after = {0};
	struct noting noting = {g, d, type, false};
	int r = old ? contents_read(g->socket, old, type_spec(type)->length, &before) : 0;
	if (r == 0 && next)
		r = contents_of(next, &after);
	if (r == 0)
		contents_differences(&before, &after, note_run, &noting);
	contents_done(&before);
	contents_done(&after);
	return noting.failed ? -ENOMEM : r;
}

/* The other version of a set: same name but for the hash.  NULL if there is none. */
static const char *same_base(const struct fingerprints *f, const char *name)
{
	size_t n = subject_base_length(name);
	for (const struct fingerprint *x = f->first; x; x = x->next)
		if (x->kind == FINGERPRINT_SET && subject_base_length(x->name) == n &&
			strncmp(x->name, name, n) == 0)
			return x->name;
	return NULL;
}

/* The type of a set that only the kernel has; its name says of what it is. */
static bool type_of_name(const char *name, enum data_type *ret)
{
	static const struct {
		const char *end;
		enum data_type type;
	} ends[] = {
		{"hosts4", TYPE_IPV4_ADDR},
		{"ranges4", TYPE_IPV4_ADDR},
		{"hosts6", TYPE_IPV6_ADDR},
		{"ranges6", TYPE_IPV6_ADDR},
		{"ports", TYPE_INET_SERVICE},
		{"ranges", TYPE_INET_SERVICE},
		{"protocols", TYPE_INET_PROTO},
	};
	size_t n = subject_base_length(name);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t length = strlen(ends[i].end);
		if (n > length && strncmp(name + n - length, ends[i].end, length) == 0) {
			*ret = ends[i].type;
			return true;
		}
	}
	return false;
}

static int note_elements(struct gathering *g, struct difference *d,
	const struct fingerprint *expected, const struct fingerprint *found)
{
	enum data_type type;
	/* the same ports again */
	if (strncmp((expected ? expected : found)->name, "reversed-", strlen("reversed-")) == 0)
		return 0;
	if (expected) {
		const struct set *next = ruleset_set(g->next, expected->name);
		const char *old = found ? found->name : same_base(&g->found, expected->name);
		return next->dynamic ? 0 : compare_elements(g, d, old, next, next->type);
	}
	/* one that has another version was compared with that */
	if (found->ignores_elements || same_base(&g->expected, found->name) ||
		!type_of_name(found->name, &type))
		return 0;
	return compare_elements(g, d, found->name, NULL, type);
}

static int note(void *context, const struct fingerprint *expected, const struct fingerprint *found)
{
	struct gathering *g = context;
	const struct fingerprint *x = expected ? expected : found;
	struct difference *d = about(g, x->name);
	if (!d)
		return -ENOMEM;
	note_place(g, d, expected);
	if (!expected || !found || x->kind != FINGERPRINT_CHAIN ||
		expected->meaning != found->meaning)
		d->is_moved_only = false;
	return x->kind == FINGERPRINT_SET ? note_elements(g, d, expected, found) : 0;
}

int difference_list_read(struct nfsock *s, const struct ruleset *next, struct difference_list *ret)
{
	struct gathering g = {.socket = s, .next = next, .arena = arena_new()};
	int r = g.arena ? fingerprints_of(next, &g.expected) : -ENOMEM;
	if (r == 0)
		r = fingerprints_read(s, &g.found);
	if (r == 0)
		r = fingerprints_differences(&g.expected, &g.found, note, &g);
	for (struct difference *d = g.first; d && r == 0; d = d->next)
		if (d->is_moved_only && d->kind == DIFFERENCE_CHANGED)
			d->kind = DIFFERENCE_MOVED;
	fingerprints_done(&g.expected);
	fingerprints_done(&g.found);
	if (r < 0)
		arena_free(g.arena);
	else
		*ret = (struct difference_list){g.arena, g.first};
	return r;
}
