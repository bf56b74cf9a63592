/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three kinds of set: a hash, whose keys are values; a tree, whose keys are where intervals
 * begin and end; and concatenations with ranges, whose elements have two keys.
 *
 * Large sets of others mostly hold single addresses, of which hardly one belongs to a peer: the
 * rest is only counted.  A set that is too large all the same counts as matching an unknown part.
 */
#include "others/read_set.h"

#include <stdio.h> /* libnftnl's headers want it */

#include <netinet/in.h> /* before the kernel's headers */

#include <errno.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "others/read_address.h"

enum { CATCHALL = 0x2 }; /* NFT_SET_ELEM_CATCHALL; older headers lack it */

/* Reading. */

static void take_key(struct nftnl_set_elem *e, uint16_t attribute, uint8_t *to)
{
	uint32_t length = 0;
	const void *key = nftnl_set_elem_get(e, attribute, &length);
	if (key)
		memcpy(to, key, length < FOREIGN_KEY_SIZE ? length : FOREIGN_KEY_SIZE);
}

static bool is_wanted(const struct foreign_set *s, const struct foreign_element *e)
{
	struct addr_range run = foreign_address_run(&s->address, e->key, e->key, s->key_length);
	return s->interest->wants(s->interest->context, &run.first);
}

int foreign_set_take(struct foreign_set *s, size_t most, struct arena *arena,
	struct nftnl_set_elem *e)
{
	struct foreign_element x = {0};
	uint32_t flags = 0;
	if (nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_FLAGS))
		flags = nftnl_set_elem_get_u32(e, NFTNL_SET_ELEM_FLAGS);
	x.is_end = flags & NFT_SET_ELEM_INTERVAL_END;
	x.is_default = flags & CATCHALL;
	take_key(e, NFTNL_SET_ELEM_KEY, x.key);
	if (s->interest && !x.is_end && !x.is_default && !is_wanted(s, &x))
		return s->n_left_out++ < FOREIGN_LEFT_OUT_AT_MOST ? 0 : -E2BIG;
	if (s->count >= most)
		return -E2BIG;
	x.has_key_end = nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_KEY_END);
	if (x.has_key_end)
		take_key(e, NFTNL_SET_ELEM_KEY_END, x.key_end);
	if (nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_VERDICT))
		x.verdict = nftnl_set_elem_get_u32(e, NFTNL_SET_ELEM_VERDICT);
	if (nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_CHAIN)) {
		const char *chain = nftnl_set_elem_get_str(e, NFTNL_SET_ELEM_CHAIN);
		x.chain = arena_strndup(arena, chain, strlen(chain));
		if (!x.chain)
			return -ENOMEM;
	}
	int r = array_reserve(&s->items, &s->allocated, s->count + 1);
	if (r < 0)
		return r;
	s->items[s->count++] = x;
	return 0;
}

/* By key; what matches the rest goes last. */
static int order(const void *a, const void *b)
{
	const struct foreign_element *x = a, *y = b;
	if (x->is_default != y->is_default)
		return x->is_default ? 1 : -1;
	return memcmp(x->key, y->key, sizeof(x->key));
}

void foreign_set_sort(struct foreign_set *s)
{
	if (s->count > 1)
		qsort(s->items, s->count, sizeof(*s->items), order);
}

/* Matching. */

/* Up to where the next one begins, or to the end. */
static uint32_t interval_end(const struct foreign_set *s, size_t i, const struct foreign_slot *slot)
{
	static const uint8_t most[FOREIGN_SLOT_SIZE] = {0xff, 0xff, 0xff, 0xff};
	if (i + 1 < s->count && !s->items[i + 1].is_default)
		return foreign_number(slot, s->items[i + 1].key, s->key_length) - 1;
	return foreign_number(slot, most, sizeof(most));
}

/* The addresses of the i-th element, at an offset of its key. */
static struct addr_range address_run(const struct foreign_set *s, size_t i,
	const struct foreign_slot *slot, size_t offset)
{
	const struct foreign_element *e = &s->items[i];
	size_t left = s->key_length - offset;
	struct addr_range run = foreign_address_run(slot, e->key + offset,
		(e->has_key_end ? e->key_end : e->key) + offset, left);
	if (e->has_key_end || !(s->flags & NFT_SET_INTERVAL) || offset > 0 ||
		left > addr_length(&run.first))
		return run;
	if (i + 1 < s->count && !s->items[i + 1].is_default) {
		struct addr next =
			foreign_address_run(slot, s->items[i + 1].key, s->items[i + 1].key, left)
				.first;
		addr_before(&next, &run.last);
	} else {
		memset(run.last.bytes, 0xff, addr_length(&run.last));
	}
	return run;
}

bool foreign_set_box(const struct foreign_set *s, size_t i, const struct foreign_slot *slots,
	struct foreign_box *ret)
{
	const struct foreign_element *e = &s->items[i];
	*ret = foreign_all(FOREIGN_IPV4 | FOREIGN_IPV6);
	if (e->is_default)
		return true;
	if (e->is_end)
		return false;
	bool interval = (s->flags & NFT_SET_INTERVAL) && !e->has_key_end;
	for (size_t k = 0; k * FOREIGN_SLOT_SIZE < s->key_length; k++) {
		size_t offset = k * FOREIGN_SLOT_SIZE, left = s->key_length - offset;
		if (slots[k].field == FOREIGN_ADDRESS) {
			struct addr_range run = address_run(s, i, &slots[k], offset);
			if (!foreign_address_between(&slots[k], &run, ret))
				return false;
			continue;
		}
		if (slots[k].field == FOREIGN_LINK_NAME && left >= IF_NAMESIZE && !interval &&
			!e->has_key_end) {
			if (!foreign_named(&slots[k], e->key + offset, IF_NAMESIZE, ret))
				return false;
			continue;
		}
		uint32_t first = foreign_number(&slots[k], e->key + offset, left), last = first;
		if (e->has_key_end)
			last = foreign_number(&slots[k], e->key_end + offset, left);
		else if (interval && s->key_length <= FOREIGN_SLOT_SIZE)
			last = interval_end(s, i, &slots[k]);
		if (last < first || !foreign_between(&slots[k], first, last, ret))
			return false;
	}
	return true;
}

static int match_all_but(const struct foreign_set *s, size_t i, const struct foreign_slot *slot,
	struct foreign_boxes *boxes)
{
	if (slot->field == FOREIGN_ADDRESS) {
		struct addr_range run = address_run(s, i, slot, 0);
		return foreign_address_outside(slot, &run, boxes);
	}
	uint32_t first = foreign_number(slot, s->items[i].key, s->key_length), last = first;
	if (s->flags & NFT_SET_INTERVAL)
		last = interval_end(s, i, slot);
	return foreign_outside(slot, first, last, boxes);
}

static int match_inverted(const struct foreign_set *s, const struct foreign_slot *slot,
	struct foreign_boxes *boxes)
{
	for (size_t i = 0; i < s->count; i++) {
		struct foreign_box b;
		if (!foreign_set_box(s, i, slot, &b))
			continue;
		int r = match_all_but(s, i, slot, boxes);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Those whose addresses were left out. */
static int add_unknown(const struct foreign_slot *slot, struct foreign_boxes *to)
{
	struct foreign_box b = foreign_all(slot->family == AF_INET ? FOREIGN_IPV4 : FOREIGN_IPV6);
	b.of_unknown[slot->side] = b.is_narrower = true;
	return foreign_add(to, &b);
}

int foreign_set_match(const struct foreign_set *s, bool inverted, const struct foreign_slot *slots,
	struct foreign_boxes *boxes)
{
	CLEANUP(foreign_boxes_done) struct foreign_boxes matching = {0};
	bool known = s->is_whole;
	bool one = s->key_length <= FOREIGN_SLOT_SIZE ||
		   (slots[0].field == FOREIGN_ADDRESS && slots[0].family == AF_INET6 &&
			   s->key_length == sizeof(struct in6_addr));
	if (inverted && known && one)
		return match_inverted(s, slots, boxes);
	if (inverted || !known) {
		for (size_t k = 0; k * FOREIGN_SLOT_SIZE < s->key_length; k++)
			foreign_narrow(&slots[k], boxes);
		return 0;
	}
	for (size_t i = 0; i < s->count; i++) {
		struct foreign_box b;
		int r = foreign_set_box(s, i, slots, &b) ? foreign_add(&matching, &b) : 0;
		if (r < 0)
			return r;
	}
	int r = s->n_left_out ? add_unknown(slots, &matching) : 0;
	return r < 0 ? r : foreign_meet(boxes, &matching);
}

bool foreign_verdict(uint32_t verdict, enum foreign_end *ret)
{
	static const struct {
		int verdict;
		enum foreign_end end;
	} ends[] = {
		{NF_DROP, FOREIGN_DROP},
		{NF_ACCEPT, FOREIGN_ACCEPT},
		{NFT_JUMP, FOREIGN_JUMP},
		{NFT_GOTO, FOREIGN_GOTO},
		{NFT_RETURN, FOREIGN_RETURN},
	};
	if ((int)verdict == NFT_CONTINUE || (int)verdict == NFT_BREAK)
		return false;
	*ret = FOREIGN_UNKNOWN;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i].verdict == (int)verdict)
			*ret = ends[i].end;
	return true;
}
