/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to a ruleset; how one comes about is in build.c and compile.c. */
#include "ruleset/ruleset.h"

#include <stdlib.h>
#include <string.h>

enum { HASH_DIGITS = 8 };

void ruleset_free(struct ruleset *r)
{
	if (r)
		arena_free(r->arena); /* which holds *r as well */
}

struct chain *ruleset_chain(const struct ruleset *r, const char *name)
{
	for (struct chain *c = r->chains; c; c = c->next)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

const struct set *ruleset_set(const struct ruleset *r, const char *name)
{
	for (const struct set *s = r->sets; s; s = s->next)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

const struct object *ruleset_object(const struct ruleset *r, const char *name)
{
	for (const struct object *o = r->objects; o; o = o->next)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
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
