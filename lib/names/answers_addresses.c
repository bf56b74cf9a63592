/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The addresses of a name, as a table: which is there, how many there are, and which one goes first
 * when there is no room.
 *
 * A reader that was taken over tells of as many addresses as the caps allow, again and again, and
 * each of them is looked for.  So what is asked for each address of an answer takes the same time
 * however many there are: they are counted as they change, found by a hash, and put in order of
 * leaving once for an answer.  Nearly all names have a few addresses, which need no hash.  Where
 * there is no memory for one they are found all the same, one by one.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/hash.h"
#include "names/answers_parts.h"

enum {
	FEW = 32,          /* are found as fast without a hash */
	SLOTS_FIRST = 256, /* more than half of the slots are free */
};

static enum answers_family family_of(const struct addr *a)
{
	return a->family == AF_INET ? ANSWERS_IP4 : ANSWERS_IP6;
}

/* Finding. */

static size_t slot_of(const struct answers_name *n, const struct addr *a)
{
	const uint64_t h = hash_bytes(HASH_START, a->bytes, addr_length(a));
	size_t i = (size_t)(h ^ h >> 32) & (n->n_slots - 1);
	while (n->slots[i] && addr_compare(&n->addresses[n->slots[i] - 1].address, a) != 0)
		i = (i + 1) & (n->n_slots - 1);
	return i;
}

static void drop_slots(struct answers_name *n)
{
	free(n->slots);
	n->slots = NULL;
	n->n_slots = 0;
}

/* False: there are few, or there is no memory. */
static bool make_slots(struct answers_name *n)
{
	size_t count = SLOTS_FIRST;
	if (n->n_addresses <= FEW)
		return false;
	while (count < 2 * (n->n_addresses + 1))
		count *= 2;
	if (n->n_slots >= count)
		return true;
	drop_slots(n);
	n->slots = calloc(count, sizeof(*n->slots));
	if (!n->slots)
		return false;
	n->n_slots = count;
	for (size_t i = 0; i < n->n_addresses; i++)
		n->slots[slot_of(n, &n->addresses[i].address)] = (uint32_t)i + 1;
	return true;
}

struct answers_address *addresses_find(struct answers_name *n, const struct addr *a)
{
	if (make_slots(n)) {
		const uint32_t found = n->slots[slot_of(n, a)];
		return found ? &n->addresses[found - 1] : NULL;
	}
	for (size_t i = 0; i < n->n_addresses; i++)
		if (addr_compare(&n->addresses[i].address, a) == 0)
			return &n->addresses[i];
	return NULL;
}

/* Changing. */

static size_t *count_of(struct answers_name *n, const struct answers_address *one)
{
	return one->life.is_retired ? &n->n_retired : &n->n_live[family_of(&one->address)];
}

int addresses_reserve(struct answers_name *n)
{
	return array_reserve(&n->addresses, &n->addresses_allocated, n->n_addresses + 1);
}

void addresses_append(struct answers_name *n, const struct answers_address *one)
{
	n->addresses[n->n_addresses++] = *one;
	++*count_of(n, one);
	if (make_slots(n))
		n->slots[slot_of(n, &one->address)] = (uint32_t)n->n_addresses;
}

void addresses_replace(struct answers_name *n, struct answers_address *known,
	const struct answers_address *by)
{
	--*count_of(n, known);
	*known = *by;
	++*count_of(n, known);
}

void addresses_remove(struct answers_name *n, size_t i)
{
	--*count_of(n, &n->addresses[i]);
	n->addresses[i] = n->addresses[--n->n_addresses];
	drop_slots(n); /* many go together */
}

void addresses_retire(const struct answers *a, struct answers_name *n, struct answers_address *one)
{
	--*count_of(n, one);
	lives_retire(a, &one->life);
	++*count_of(n, one);
}

void addresses_enliven(struct answers_name *n, struct answers_address *one)
{
	--*count_of(n, one);
	one->life.is_retired = false;
	++*count_of(n, one);
}

size_t addresses_count_live(const struct answers_name *n, const struct addr *like)
{
	return n->n_live[family_of(like)];
}

/* Leaving. */

/* One whose life is over goes before one whose life is not; otherwise the one unseen longest. */
static int compare_leaving(const void *a, const void *b)
{
	const struct leaving *x = a, *y = b;
	if (x->is_over != y->is_over)
		return x->is_over ? -1 : 1;
	if (x->seen != y->seen)
		return x->seen < y->seen ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static bool may_leave(const struct answers *a, const struct answers_address *one,
	enum answers_family family)
{
	return family_of(&one->address) == family && !one->life.is_retired && !one->in_hosts &&
	       one->life.seen < a->now;
}

void addresses_forget_leaving(struct answers *a)
{
	for (enum answers_family f = 0; f < ANSWERS_FAMILIES; f++) {
		free(a->leaving[f].items);
		a->leaving[f] = (struct leaving_order){0};
	}
}

static bool put_in_order(const struct answers *a, const struct answers_name *n,
	enum answers_family family, struct leaving_order *o)
{
	if (o->items)
		return true;
	o->items = calloc(n->n_live[family] + 1, sizeof(*o->items));
	if (!o->items)
		return false;
	for (size_t i = 0; i < n->n_addresses; i++) {
		const struct answers_address *one = &n->addresses[i];
		if (may_leave(a, one, family))
			o->items[o->count++] =
				(struct leaving){i, one->life.seen, one->life.until <= a->now};
	}
	qsort(o->items, o->count, sizeof(*o->items), compare_leaving);
	return true;
}

int addresses_leaving(struct answers *a, struct answers_name *n, const struct addr *like,
	size_t *ret)
{
	const enum answers_family family = family_of(like);
	struct leaving_order *o = &a->leaving[family];
	if (!put_in_order(a, n, family, o))
		return -ENOMEM;
	/* some have been seen since, or have left */
	while (o->next < o->count && !may_leave(a, &n->addresses[o->items[o->next].index], family))
		o->next++;
	if (o->next == o->count)
		return 0;
	*ret = o->items[o->next].index;
	return 1;
}
