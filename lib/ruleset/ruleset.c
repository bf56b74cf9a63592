/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to a ruleset; how one comes about is in build.c and compile.c. */
#include "ruleset/ruleset.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/splice.h"

enum { HASH_DIGITS = 8 };

void ruleset_free(struct ruleset *r)
{
	if (!r)
		return;
	for (struct own_addresses *o = r->own; o; o = o->next)
		addrset_done(&o->addresses);
	arena_free(r->arena); /* which holds *r as well */
}

int ruleset_add_object(struct ruleset *r, struct object *o)
{
	o->next = NULL;
	*(r->last_object ? &r->last_object->next : &r->objects) = o;
	r->last_object = o;
	return index_put(&r->objects_by_name, r->arena, o->name, o);
}

int ruleset_add_set(struct ruleset *r, struct set *s)
{
	s->next = NULL;
	*(r->last_set ? &r->last_set->next : &r->sets) = s;
	r->last_set = s;
	return index_put(&r->sets_by_name, r->arena, s->name, s);
}

int ruleset_add_chain(struct ruleset *r, struct chain *c)
{
	c->next = NULL;
	*(r->last_chain ? &r->last_chain->next : &r->chains) = c;
	r->last_chain = c;
	return index_put(&r->chains_by_name, r->arena, c->name, c);
}

/* A ruleset that was put together by hand has no index, so its list is walked. */
#define FIND(list, index, wanted) \
	({ \
		__typeof__(*(list)) *x_ = (list); \
		if ((index)->room) \
			x_ = index_get((index), (wanted)); \
		else \
			while (x_ && strcmp(x_->name, (wanted)) != 0) \
				x_ = x_->next; \
		x_; \
	})

struct chain *ruleset_chain(const struct ruleset *r, const char *name)
{
	return FIND(r->chains, &r->chains_by_name, name);
}

const struct set *ruleset_set(const struct ruleset *r, const char *name)
{
	return FIND(r->sets, &r->sets_by_name, name);
}

const struct object *ruleset_object(const struct ruleset *r, const char *name)
{
	return FIND(r->objects, &r->objects_by_name, name);
}

struct set *ruleset_hosts(const struct ruleset *r, const char *name)
{
	struct set *s = FIND(r->sets, &r->sets_by_name, name);
	return s && s->addresses && !s->interval ? s : NULL;
}

int ruleset_own(struct ruleset *r, struct set *s, size_t more)
{
	assert(s->addresses && !s->interval);
	if (s->own && s->own->owner == r)
		return splice_reserve(&s->own->addresses, s->part, more);
	struct own_addresses *own = arena_alloc(r->arena, sizeof(*own));
	if (!own || splice_copy(&own->addresses, s->part, s->addresses, more) < 0)
		return -ENOMEM;
	own->compiled = set_compiled(s);
	own->owner = r;
	own->next = r->own;
	r->own = s->own = own;
	s->addresses = &own->addresses;
	return 0;
}

const struct addrset *set_compiled(const struct set *s)
{
	return s->own ? s->own->compiled : s->addresses;
}

size_t numbers_name_length(const char *set)
{
	size_t n = strlen(set);
	if (n <= 1 + HASH_DIGITS || set[n - HASH_DIGITS - 1] != '-' ||
		strspn(set + n - HASH_DIGITS, "0123456789abcdef") != HASH_DIGITS)
		return n;
	return n - HASH_DIGITS - 1;
}

const struct set *ruleset_numbers(const struct ruleset *r, const char *name)
{
	size_t n = strlen(name);
	for (const struct set *s = r->sets; s; s = s->next)
		if (strncmp(s->name, name, n) == 0 && s->name[n] &&
			numbers_name_length(s->name) == n)
			return s;
	return NULL;
}

uint32_t mark_of_generation(uint32_t mask, uint16_t generation)
{
	return (uint32_t)generation << __builtin_ctz(mask);
}

uint16_t mark_generation(uint32_t mask, uint32_t mark)
{
	return (uint16_t)((mark & mask) >> __builtin_ctz(mask));
}

size_t set_size(const struct set *s)
{
	return s->addresses ? s->addresses->count[s->part] : s->n_elements;
}

/* The kernel makes a hash for so many elements and takes no more: some room to grow spares
 * it the work of making another one. */
size_t set_room(size_t n)
{
	return n + n / 8 + 8;
}

int element_order(const void *a, const void *b)
{
	const struct element *x = a, *y = b;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return (x->last > y->last) - (x->last < y->last);
}

size_t ruleset_elements(const struct ruleset *r)
{
	size_t sum = 0;
	for (const struct set *s = r->sets; s; s = s->next)
		sum += set_size(s);
	return sum;
}

bool set_has_number(const struct set *s, uint32_t value, const struct element **ret)
{
	for (size_t i = 0; i < s->n_elements; i++)
		if (s->elements[i].first <= value && value <= s->elements[i].last) {
			*ret = &s->elements[i];
			return true;
		}
	return false;
}

const char *hook_name(enum hook h)
{
	switch (h) {
	case HOOK_NONE:
		return "";
	case HOOK_INPUT:
		return "input";
	case HOOK_FORWARD:
		return "forward";
	case HOOK_OUTPUT:
		return "output";
	}
	abort();
}
