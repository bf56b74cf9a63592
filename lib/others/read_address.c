/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses in registers and keys of sets.  nft loads as many bytes of an address as the prefix
 * has, or all of them and masks; and the source and the destination at once where a rule asks for
 * both.
 */
#include "others/read_address.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <linux/netfilter/nf_tables.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

bool foreign_address_slot(uint8_t families, uint32_t offset, uint32_t length,
	struct foreign_slot *ret)
{
	static const struct {
		uint8_t families;
		sa_family_t family;
		uint32_t source, size;
	} headers[] = {
		{FOREIGN_IPV4, AF_INET, offsetof(struct iphdr, saddr), 4},
		{FOREIGN_IPV6, AF_INET6, offsetof(struct ip6_hdr, ip6_src), 16},
	};
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		uint32_t source = headers[i].source, size = headers[i].size;
		if (families != headers[i].families ||
			(offset != source && offset != source + size))
			continue;
		*ret = (struct foreign_slot){
			.field = FOREIGN_ADDRESS,
			.side = offset == source ? FOREIGN_SOURCE : FOREIGN_DESTINATION,
			.family = headers[i].family,
			.bits = length * 8,
		};
		if (offset == source && length == 2 * size)
			ret->field = FOREIGN_TWO_ADDRESSES;
		return length <= size || ret->field == FOREIGN_TWO_ADDRESSES;
	}
	return false;
}

void foreign_address_mask(struct foreign_slot *s, const uint8_t *mask, size_t length)
{
	uint32_t bits = 0;
	while (bits < length * 8 && (mask[bits / 8] >> (7 - bits % 8) & 1))
		bits++;
	for (uint32_t i = bits; i < length * 8; i++)
		if (mask[i / 8] >> (7 - i % 8) & 1)
			s->field = FOREIGN_OPAQUE;
	if (s->field == FOREIGN_TWO_ADDRESSES)
		s->field = FOREIGN_OPAQUE;
	if (bits < s->bits)
		s->bits = bits;
}

/* The rest of what is known of an address is filled up with bits. */
static struct addr fill(const struct foreign_slot *s, const uint8_t *bytes, size_t length, bool up)
{
	struct addr a = {.family = s->family};
	size_t size = addr_length(&a), bits = s->bits < length * 8 ? s->bits : length * 8;
	for (size_t i = 0; i < size; i++) {
		size_t known = bits < i * 8 ? 0 : bits - i * 8;
		uint8_t mask = known >= 8 ? 0xff : (uint8_t) ~(0xff >> known);
		a.bytes[i] = (uint8_t)((mask ? bytes[i] & mask : 0) | (up ? (uint8_t)~mask : 0));
	}
	return a;
}

struct addr_range foreign_address_run(const struct foreign_slot *s, const uint8_t *first,
	const uint8_t *last, size_t length)
{
	return (struct addr_range){fill(s, first, length, false), fill(s, last, length, true)};
}

bool foreign_address_between(const struct foreign_slot *s, const struct addr_range *run,
	struct foreign_box *b)
{
	b->addresses[s->side] = *run;
	b->families &= s->family == AF_INET ? FOREIGN_IPV4 : FOREIGN_IPV6;
	return b->families && addr_compare(&run->first, &run->last) <= 0;
}

static int add(const struct foreign_slot *s, const struct addr_range *run, struct foreign_boxes *to)
{
	struct foreign_box b = foreign_all(FOREIGN_IPV4 | FOREIGN_IPV6);
	return foreign_address_between(s, run, &b) ? foreign_add(to, &b) : 0;
}

int foreign_address_inside(const struct foreign_slot *s, const struct addr_range *run,
	struct foreign_boxes *boxes)
{
	CLEANUP(foreign_boxes_done) struct foreign_boxes others = {0};
	int r = add(s, run, &others);
	return r < 0 ? r : foreign_meet(boxes, &others);
}

int foreign_address_outside(const struct foreign_slot *s, const struct addr_range *run,
	struct foreign_boxes *boxes)
{
	CLEANUP(foreign_boxes_done) struct foreign_boxes others = {0};
	struct addr_range below = {{.family = s->family}, run->first};
	struct addr_range above = {run->last, {.family = s->family}};
	memset(above.last.bytes, 0xff, addr_length(&above.last));
	int r = addr_before(&run->first, &below.last) ? add(s, &below, &others) : 0;
	if (r < 0)
		return r;
	r = addr_after(&run->last, &above.first) ? add(s, &above, &others) : 0;
	return r < 0 ? r : foreign_meet(boxes, &others);
}

/* Source and destination at once. */
static int compare_two(const struct foreign_slot *s, uint32_t op, const uint8_t *bytes,
	size_t length, struct foreign_boxes *boxes)
{
	struct foreign_slot one = *s;
	one.field = FOREIGN_ADDRESS;
	size_t size = length / 2;
	if (op != NFT_CMP_EQ || length * 8 != s->bits) {
		foreign_narrow(s, boxes);
		return 0;
	}
	struct addr_range run = foreign_address_run(&one, bytes, bytes, size);
	int r = foreign_address_inside(&one, &run, boxes);
	one.side = FOREIGN_DESTINATION;
	run = foreign_address_run(&one, bytes + size, bytes + size, size);
	return r < 0 ? r : foreign_address_inside(&one, &run, boxes);
}

int foreign_address_compare(const struct foreign_slot *s, uint32_t op, const uint8_t *bytes,
	size_t length, struct foreign_boxes *boxes)
{
	if (s->field == FOREIGN_TWO_ADDRESSES)
		return compare_two(s, op, bytes, length, boxes);
	struct addr_range run = foreign_address_run(s, bytes, bytes, length);
	struct addr_range least = {{.family = s->family}, run.first}, most = {run.first, run.first};
	memset(most.last.bytes, 0xff, addr_length(&most.last));
	switch (op) {
	case NFT_CMP_EQ:
		return foreign_address_inside(s, &run, boxes);
	case NFT_CMP_NEQ:
		return foreign_address_outside(s, &run, boxes);
	case NFT_CMP_LTE: /* as nft has the ends of a run */
		least.last = run.last;
		return foreign_address_inside(s, &least, boxes);
	case NFT_CMP_GTE:
		return foreign_address_inside(s, &most, boxes);
	case NFT_CMP_LT:
		return foreign_address_outside(s, &most, boxes);
	case NFT_CMP_GT:
		least.last = run.last;
		return foreign_address_outside(s, &least, boxes);
	default: /* no enum of ours */
		foreign_narrow(s, boxes);
		return 0;
	}
}
