/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses are removed and added in their order, so that each part is a piece of a set from one
 * address to another: its removals and additions overlap only with each other.  A cut is made
 * where no run that goes or comes lies on both sides.  So each address changes in one of the
 * parts, as it would in the whole; and those that are in the set before and after are never out of
 * it.
 *
 * It does not matter that one address comes a moment before another goes, or goes before the
 * generation moves: only addresses change in parts, and never rules.
 *
 * The kernel goes through all intervals of a set with each commit that changes some.  Were a part
 * always as small, a million prefixes would take 500 commits of a hundredth of a second and more.
 * So a part of intervals grows with what is there, as far as the memory of this machine allows: for
 * each element of a transaction the kernel keeps a notification, if anybody listens.
 */
#include "nftables/change/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SHARE_OF_SET = 4,
	SHARE_OF_MEMORY = 32,
	NOTIFICATION_SIZE = 8192, /* bytes, measured: 230 MB for 30,000 */
};

static size_t most_at_once(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	if (pages <= 0 || size <= 0)
		return PART_ELEMENTS;
	return (size_t)pages / SHARE_OF_MEMORY * (size_t)size / NOTIFICATION_SIZE;
}

size_t parts_room(const struct set *s, size_t already)
{
	size_t room = already / SHARE_OF_SET;
	if (!s->interval || room <= PART_ELEMENTS)
		return PART_ELEMENTS;
	size_t most = most_at_once();
	room = room < most ? room : most;
	return room > PART_ELEMENTS ? room : PART_ELEMENTS;
}

int parts_start(struct parts *p, const struct differences *whole)
{
	size_t n = whole->n_sets ? whole->n_sets : 1;
	*p = (struct parts){.whole = whole, .part = *whole};
	p->part.n_chains = 0;
	p->part.objects = false;
	p->part.sets = calloc(n, sizeof(*p->part.sets));
	p->taken = calloc(n, sizeof(*p->taken));
	if (p->part.sets && p->taken)
		return 0;
	parts_done(p);
	return -ENOMEM;
}

void parts_done(struct parts *p)
{
	free(p->part.sets);
	free(p->taken);
	*p = (struct parts){0};
}

static struct addr_range range_of(const struct set *s, const struct element_list *l, size_t i)
{
	return addrset_get(s->addresses, s->part, l->items[i]);
}

/* Takes from a set until it has so many, and what overlaps with them.  How many it took. */
static size_t take(const struct set_difference *x, size_t *going, size_t *coming, size_t most)
{
	struct addr last = {0};
	size_t n = 0, i = *going, j = *coming;
	for (; i < x->going.count || j < x->coming.count; n++) {
		struct addr_range a = {0}, b = {0};
		bool has_a = i < x->going.count, has_b = j < x->coming.count;
		if (has_a)
			a = range_of(x->old, &x->going, i);
		if (has_b)
			b = range_of(x->next, &x->coming, j);
		bool goes = has_a && (!has_b || addr_compare(&a.first, &b.first) <= 0);
		const struct addr_range *r = goes ? &a : &b;
		if (n >= most && addr_compare(&r->first, &last) > 0)
			break;
		if (n == 0 || addr_compare(&last, &r->last) < 0)
			last = r->last;
		i += goes;
		j += !goes;
	}
	*going = i;
	*coming = j;
	return n;
}

static struct element_list slice(const struct element_list *l, size_t first, size_t end)
{
	return (struct element_list){
		.items = end > first ? l->items + first : NULL, .count = end - first};
}

const struct differences *parts_next(struct parts *p)
{
	size_t sum = 0;
	for (size_t i = 0; i < p->whole->n_sets; i++) {
		const struct set_difference *whole = &p->whole->sets[i];
		struct set_difference *x = &p->part.sets[i];
		size_t going = p->taken[i].going, coming = p->taken[i].coming;
		*x = (struct set_difference){.old = whole->old, .next = whole->next};
		if (whole->change != CHANGE_UPDATED)
			continue;
		size_t room = parts_room(whole->old, set_size(whole->old));
		if (sum >= room)
			continue;
		x->continues = going + coming > 0;
		size_t n = take(whole, &p->taken[i].going, &p->taken[i].coming, room - sum);
		x->change = n ? CHANGE_UPDATED : CHANGE_NONE;
		x->same_definition = true;
		x->going = slice(&whole->going, going, p->taken[i].going);
		x->coming = slice(&whole->coming, coming, p->taken[i].coming);
		sum += n;
	}
	return sum ? &p->part : NULL;
}
