/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ruleset/changes tells which objects differ; an operator wants to know which flow, which peer, and
 * which addresses.  So differences are gathered by what an object's name is about, and sets that
 * differ are walked to see how.
 *
 * A set of numbers has a hash of its content in its name: if one goes and one comes whose names
 * differ only by the hash, that is one set that changes.
 */
#include "ask/difference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "ruleset/changes.h"

struct gathering {
	const struct ruleset *now, *next;
	struct difference_list *to;
};

void difference_list_done(struct difference_list *d)
{
	arena_free(d->arena);
	*d = (struct difference_list){0};
}

int difference_list_start(struct difference_list *ret)
{
	struct arena *arena = arena_new();
	if (!arena)
		return -ENOMEM;
	*ret = (struct difference_list){.arena = arena};
	return 0;
}

/* Subjects. */

/* The difference for an object's subject; a new one of that kind if there is none yet.  NULL: out
 * of memory. */
static struct difference *about(struct difference_list *l, const char *object,
	enum difference_kind kind)
{
	struct subject s = subject_of(object);
	struct difference **at = &l->first;
	while (*at && subject_order(&(*at)->subject, &s) < 0)
		at = &(*at)->next;
	if (*at && subject_same(&(*at)->subject, &s)) {
		if ((*at)->kind != kind && kind != DIFFERENCE_MOVED)
			(*at)->kind = DIFFERENCE_CHANGED;
		return *at;
	}
	char *name = arena_strndup(l->arena, s.name, s.length);
	struct difference *d = name ? arena_alloc(l->arena, sizeof(*d)) : NULL;
	if (!d)
		return NULL;
	*d = (struct difference){.subject = s, .kind = kind, .next = *at};
	d->subject.name = name;
	*at = d;
	return d;
}

int difference_list_add(struct difference_list *d, const char *object, enum difference_kind kind)
{
	return about(d, object, kind) ? 0 : -ENOMEM;
}

static bool is_about(const char *object, const struct subject *s)
{
	struct subject other = subject_of(object);
	return subject_same(&other, s);
}

static bool has_subject(const struct ruleset *r, const struct subject *s)
{
	for (const struct chain *c = r->chains; c; c = c->next)
		if (is_about(c->name, s))
			return true;
	for (const struct set *x = r->sets; x; x = x->next)
		if (is_about(x->name, s))
			return true;
	for (const struct object *o = r->objects; o; o = o->next)
		if (is_about(o->name, s))
			return true;
	return false;
}

/* An object that is new may be about what was there already. */
static enum difference_kind kind_of(const struct gathering *g, const char *object)
{
	struct subject s = subject_of(object);
	if (!has_subject(g->now, &s))
		return DIFFERENCE_ADDED;
	return has_subject(g->next, &s) ? DIFFERENCE_CHANGED : DIFFERENCE_REMOVED;
}

/* Elements. */

static int order_of_elements(const struct set *a, size_t i, const struct set *b, size_t j)
{
	if (!a->addresses) {
		const struct element *x = &a->elements[i], *y = &b->elements[j];
		int order = element_order(x, y);
		const char *from = x->chain ? x->chain : "";
		return order ? order : strcmp(from, y->chain ? y->chain : "");
	}
	struct addr_range x = addrset_get(a->addresses, a->part, i);
	struct addr_range y = addrset_get(b->addresses, b->part, j);
	int order = addr_compare(&x.first, &y.first);
	return order ? order : addr_compare(&x.last, &y.last);
}

static void put_number(uint32_t n, enum data_type type, struct text *to)
{
	const char *symbol = type_symbol(type, n);
	if (symbol)
		text_put(to, symbol);
	else
		text_printf(to, "%u", n);
}

/* As an admin writes it: an address, a prefix, a port, "8000-8100 flow web". */
static void put_element(const struct set *s, size_t i, struct text *to)
{
	if (s->addresses) {
		struct addr_range range = addrset_get(s->addresses, s->part, i);
		addr_range_print(&range, to);
		return;
	}
	const struct element *e = &s->elements[i];
	put_number(e->first, s->type, to);
	if (e->last != e->first) {
		text_put(to, "-");
		put_number(e->last, s->type, to);
	}
	struct subject leads_to = subject_of(e->chain ? e->chain : "");
	if (leads_to.kind == SUBJECT_FLOW)
		text_printf(to, " flow %.*s", (int)leads_to.length, leads_to.name);
}

static int note_element(struct arena *arena, struct difference *d, const struct set *s, size_t i,
	bool added)
{
	struct text text = {0};
	char *printed;
	*(added ? &d->comes : &d->goes) += 1;
	if (d->n_shown == ELEMENTS_SHOWN)
		return 0;
	put_element(s, i, &text);
	if (text_finish(&text, &printed) < 0)
		return -ENOMEM;
	const char *copy = arena_strndup(arena, printed, strlen(printed));
	free(printed);
	if (!copy)
		return -ENOMEM;
	d->shown[d->n_shown].added = added;
	d->shown[d->n_shown++].text = copy;
	return 0;
}

/* What has been found already: of old and next, which are sorted, the elements that go and come. */
static int note_lists(struct arena *arena, struct difference *d, const struct set_difference *x)
{
	const struct element_list *going = &x->going, *coming = &x->coming;
	for (size_t i = 0, j = 0; i < going->count || j < coming->count;) {
		int order = i == going->count ? 1 : -1;
		if (i < going->count && j < coming->count)
			order = order_of_elements(x->old, going->items[i], x->next,
				coming->items[j]);
		const bool goes = order <= 0; /* before what comes in its place */
		int r = goes ? note_element(arena, d, x->old, going->items[i++], false)
			     : note_element(arena, d, x->next, coming->items[j++], true);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Both are sorted: one walk along both.  One of them may be NULL. */
static int compare_elements(struct arena *arena, struct difference *d, const struct set *old,
	const struct set *next)
{
	size_t n = old ? set_size(old) : 0;
	size_t m = next ? set_size(next) : 0;
	for (size_t i = 0, j = 0; i < n || j < m;) {
		int order = i == n ? 1 : -1, r = 0;
		if (i < n && j < m)
			order = order_of_elements(old, i, next, j);
		if (order < 0)
			r = note_element(arena, d, old, i, false);
		else if (order > 0)
			r = note_element(arena, d, next, j, true);
		if (r < 0)
			return r;
		i += order <= 0;
		j += order >= 0;
	}
	return 0;
}

/* Sets. */

/* Its other version, if it is a set of numbers: same name but for the hash.  NULL: none. */
static const struct set *other_version(const struct ruleset *r, const char *name)
{
	size_t n = subject_base_length(name);
	for (const struct set *s = r->sets; s; s = s->next)
		if (subject_base_length(s->name) == n && strncmp(s->name, name, n) == 0)
			return s;
	return NULL;
}

static bool comparable(const struct set *old, const struct set *next)
{
	return !old || !next ||
	       (old->type == next->type && !old->addresses == !next->addresses &&
		       (!old->addresses || old->part == next->part));
}

/* True if old and next are the two that were compared, so that their elements were, too. */
static bool is_walked(const struct set_difference *x, const struct set *old)
{
	return x->same_definition && old == x->old;
}

/* True if it holds what it held, and its comment is another: its file has another name. */
static bool is_moved(const struct set_difference *x, const struct set *old)
{
	const struct set *next = x->next;
	if (!old || !next || !comparable(old, next) || old->is_map != next->is_map ||
		old->interval != next->interval || old->dynamic != next->dynamic ||
		set_size(old) != set_size(next))
		return false;
	if (is_walked(x, old))
		return x->going.count + x->coming.count == 0;
	for (size_t i = 0; i < set_size(old); i++)
		if (order_of_elements(old, i, next, i) != 0)
			return false;
	return true;
}

static int note_set(struct gathering *g, const struct set_difference *x)
{
	const struct set *old = x->old, *next = x->next, *s = next ? next : old;
	if (!next && !old->dynamic && other_version(g->next, old->name))
		return 0; /* is compared with that */
	if (next && !old)
		old = other_version(g->now, next->name);
	const bool moved = is_moved(x, old);
	struct difference *d =
		about(g->to, s->name, moved ? DIFFERENCE_MOVED : kind_of(g, s->name));
	if (!d)
		return -ENOMEM;
	if (next && !d->at.file)
		d->at = next->at;
	if (s->dynamic)
		return 0; /* elements that packets have added do not count */
	if (s->is_repeated)
		return 0;
	if (is_walked(x, old))
		return note_lists(g->to->arena, d, x);
	if (comparable(old, next))
		return compare_elements(g->to->arena, d, old, next);
	int r = compare_elements(g->to->arena, d, old, NULL);
	return r < 0 ? r : compare_elements(g->to->arena, d, NULL, next);
}

static int note_chain(struct gathering *g, const struct chain_difference *x)
{
	const struct chain *c = x->next ? x->next : x->old;
	bool moved = chain_difference_is_of_comments(x);
	struct difference *d =
		about(g->to, c->name, moved ? DIFFERENCE_MOVED : kind_of(g, c->name));
	if (!d)
		return -ENOMEM;
	if (x->next && !d->at.file)
		d->at = x->next->at;
	return 0;
}

/* Those of one ruleset that the other one lacks. */
static int note_objects(struct gathering *g, const struct ruleset *of, const struct ruleset *other)
{
	for (const struct object *o = of->objects; o; o = o->next) {
		if (ruleset_object(other, o->name))
			continue;
		int r = difference_list_add(g->to, o->name, kind_of(g, o->name));
		if (r < 0)
			return r;
	}
	return 0;
}

/* What a set holds does not tell of what it was learned. */
static int note_names(struct gathering *g, const struct set *old, const struct set *next)
{
	const char *then = old ? old->names : NULL, *now = next ? next->names : NULL;
	if ((!then && !now) || (then && now && strcmp(then, now) == 0))
		return 0;
	const struct set *s = next ? next : old;
	struct difference *d = about(g->to, s->name, kind_of(g, s->name));
	if (!d)
		return -ENOMEM;
	if (next && !d->at.file)
		d->at = next->at;
	d->has_other_names = true;
	d->names_then = then;
	d->names_now = now;
	return 0;
}

static int gather(struct gathering *g, const struct differences *d)
{
	for (size_t i = 0; i < d->n_chains; i++) {
		bool changes = d->chains[i].change != CHANGE_NONE;
		int r = changes ? note_chain(g, &d->chains[i]) : 0;
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < d->n_sets; i++) {
		bool changes = d->sets[i].change != CHANGE_NONE;
		int r = changes ? note_set(g, &d->sets[i]) : 0;
		if (r < 0)
			return r;
		r = note_names(g, d->sets[i].old, d->sets[i].next);
		if (r < 0)
			return r;
	}
	int r = note_objects(g, g->next, g->now);
	return r < 0 ? r : note_objects(g, g->now, g->next);
}

int difference_list_gather(const struct differences *d, struct difference_list *ret)
{
	CLEANUP(difference_list_done) struct difference_list list = {0};
	struct gathering g = {d->old, d->next, &list};
	int r = difference_list_start(&list);
	if (r < 0)
		return r;
	r = gather(&g, d);
	if (r < 0)
		return r;
	*ret = list;
	list = (struct difference_list){0};
	return 0;
}

int difference_list_find(const struct ruleset *now, const struct ruleset *next,
	struct difference_list *ret)
{
	CLEANUP(differences_done) struct differences d = {0};
	int r = differences_find(now, next, NULL, &d);
	return r < 0 ? r : difference_list_gather(&d, ret);
}
