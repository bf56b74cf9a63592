/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When one of a million addresses goes and another comes, the set is not sorted again: both places
 * are found by binary search, and what lies between them is moved in one piece.
 *
 * Only hosts are looked at, and not the runs of the same set: in the kernel hosts and runs are
 * different sets.
 */
#include "net/splice.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* The hosts of a family as they lie in a set: numbers of 4 or 16 bytes, in order. */
struct hosts {
	char *items;
	size_t count, size;
	int (*order)(const void *a, const void *b);
};

static int order4(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static int order6(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct in6_addr));
}

static struct hosts hosts_of(const struct addrset *s, enum addrset_part part)
{
	assert(part == ADDRSET_HOSTS4 || part == ADDRSET_HOSTS6);
	if (part == ADDRSET_HOSTS4)
		return (struct hosts){
			(char *)s->hosts4, s->count[part], sizeof(*s->hosts4), order4};
	return (struct hosts){(char *)s->hosts6, s->count[part], sizeof(*s->hosts6), order6};
}

static char *at(const struct hosts *h, size_t i)
{
	return h->items + i * h->size;
}

/* The first from begin on that is not below the item: its place, if it is there. */
static size_t place(const struct hosts *h, size_t begin, size_t end, const void *item)
{
	while (begin < end) {
		const size_t middle = begin + (end - begin) / 2;
		if (h->order(at(h, middle), item) < 0)
			begin = middle + 1;
		else
			end = middle;
	}
	return begin;
}

static bool is_at(const struct hosts *h, size_t i, const void *item)
{
	return i < h->count && h->order(at(h, i), item) == 0;
}

static bool has(const struct hosts *h, const void *item)
{
	return is_at(h, place(h, 0, h->count, item), item);
}

static void move(const struct hosts *h, size_t to, size_t from, size_t n)
{
	if (n && to != from)
		memmove(at(h, to), at(h, from), n * h->size);
}

/* The address as the one item of a set. */
union item {
	uint32_t number;
	struct in6_addr address;
};

static struct addrset only(const struct addr *a, union item *item)
{
	struct addrset s = {0};
	if (a->family == AF_INET) {
		memcpy(&item->number, a->bytes, sizeof(item->number));
		item->number = ntohl(item->number);
		s.hosts4 = &item->number;
	} else {
		memcpy(&item->address, a->bytes, sizeof(item->address));
		s.hosts6 = &item->address;
	}
	s.count[splice_part(a)] = 1;
	return s;
}

enum addrset_part splice_part(const struct addr *a)
{
	return a->family == AF_INET ? ADDRSET_HOSTS4 : ADDRSET_HOSTS6;
}

bool splice_has(const struct addrset *s, const struct addr *a)
{
	union item item;
	const struct addrset one = only(a, &item);
	const struct hosts all = hosts_of(s, splice_part(a)),
			   wanted = hosts_of(&one, splice_part(a));
	return has(&all, wanted.items);
}

int splice_add(struct addrset *s, const struct addr *a)
{
	union item item;
	const struct addrset coming = only(a, &item);
	int r = splice_reserve(s, splice_part(a), 1);
	if (r < 0)
		return r;
	splice_in(s, splice_part(a), &coming);
	return 0;
}

void splice_remove(struct addrset *s, const struct addr *a)
{
	union item item;
	const struct addrset going = only(a, &item);
	splice_out(s, splice_part(a), &going);
}

int splice_reserve(struct addrset *s, enum addrset_part part, size_t more)
{
	const size_t need = s->count[part] + more;
	assert(part == ADDRSET_HOSTS4 || part == ADDRSET_HOSTS6);
	if (part == ADDRSET_HOSTS4)
		return array_reserve(&s->hosts4, &s->allocated[part], need);
	return array_reserve(&s->hosts6, &s->allocated[part], need);
}

int splice_copy(struct addrset *s, enum addrset_part part, const struct addrset *from, size_t more)
{
	const struct hosts all = hosts_of(from, part);
	assert(s->count[part] == 0);
	int r = splice_reserve(s, part, all.count + more);
	if (r < 0)
		return r;
	if (all.count)
		memcpy(hosts_of(s, part).items, all.items, all.count * all.size);
	s->count[part] = all.count;
	return 0;
}

void splice_in(struct addrset *s, enum addrset_part part, const struct addrset *coming)
{
	const struct hosts h = hosts_of(s, part), new = hosts_of(coming, part);
	size_t fresh = 0, end = h.count;
	for (size_t i = 0; i < new.count; i++)
		fresh += !has(&h, at(&new, i));
	assert(h.count + fresh <= s->allocated[part] || fresh == 0);
	/* from the back, so that everything is moved once, to where it stays */
	size_t to = h.count + fresh;
	for (size_t i = new.count; i-- > 0 && to > end;) {
		const size_t here = place(&h, 0, end, at(&new, i));
		const bool is_there = here < end && is_at(&h, here, at(&new, i));
		to -= end - here;
		move(&h, to, here, end - here);
		end = here;
		if (!is_there)
			memcpy(at(&h, --to), at(&new, i), h.size);
	}
	s->count[part] += fresh;
}

void splice_out(struct addrset *s, enum addrset_part part, const struct addrset *going)
{
	const struct hosts h = hosts_of(s, part), old = hosts_of(going, part);
	size_t to = 0, from = 0;
	for (size_t i = 0; i < old.count; i++) {
		const size_t here = place(&h, from, h.count, at(&old, i));
		move(&h, to, from, here - from);
		to += here - from;
		from = here + is_at(&h, here, at(&old, i));
	}
	move(&h, to, from, h.count - from);
	s->count[part] = to + (h.count - from);
}

void splice_keep(struct addrset *s, enum addrset_part part, const struct addrset *other,
	bool if_other_has)
{
	const struct hosts h = hosts_of(s, part), o = hosts_of(other, part);
	size_t to = 0;
	for (size_t i = 0; i < h.count; i++)
		if (has(&o, at(&h, i)) == if_other_has)
			move(&h, to++, i, 1);
	s->count[part] = to;
}
