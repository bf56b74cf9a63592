/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fields and numbers.
 *
 * The packets in question do not come over the loopback.  So a match of the interface "lo" matches
 * none of them, and a match of anything but "lo" matches all.
 */
#include "others/read_field.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum { LOOPBACK_INDEX = 1 };

static const struct {
	size_t width;
	bool big_endian;
	uint32_t most;
} forms[] = {
	[FOREIGN_OPAQUE] = {4, false, UINT32_MAX},
	[FOREIGN_REST] = {4, false, UINT32_MAX},
	[FOREIGN_L4PROTO] = {1, true, UINT8_MAX},
	[FOREIGN_PORT] = {2, true, UINT16_MAX},
	[FOREIGN_TWO_PORTS] = {4, true, UINT32_MAX},
	[FOREIGN_PORT_BITS] = {4, false, UINT32_MAX},
	[FOREIGN_STATE] = {4, false, UINT32_MAX},
	[FOREIGN_STATE_BITS] = {4, false, UINT32_MAX},
	[FOREIGN_NFPROTO] = {1, true, UINT8_MAX},
	[FOREIGN_ETHERTYPE] = {2, true, UINT16_MAX},
	[FOREIGN_LINK_NAME] = {4, true, UINT32_MAX},
	[FOREIGN_LINK_INDEX] = {4, false, UINT32_MAX},
	[FOREIGN_ADDRESS] = {4, true, UINT32_MAX},
	[FOREIGN_TWO_ADDRESSES] = {4, true, UINT32_MAX},
	[FOREIGN_TYPE] = {4, false, UINT32_MAX},
	[FOREIGN_STATUS] = {4, false, UINT32_MAX},
	[FOREIGN_STATUS_BITS] = {4, false, UINT32_MAX},
};

uint32_t foreign_number(const struct foreign_slot *s, const uint8_t *bytes, size_t length)
{
	size_t width = forms[s->field].width < length ? forms[s->field].width : length;
	uint32_t number = 0;
	if (forms[s->field].big_endian)
		/* a name cut short is the beginning of many */
		for (size_t i = 0; i < forms[s->field].width; i++)
			number = number << 8 | (i < width ? bytes[i] : UINT8_MAX);
	else
		memcpy(&number, bytes, width);
	return number;
}

static bool only_families(struct foreign_box *b, uint8_t families)
{
	b->families &= families;
	return b->families;
}

static bool only_ports(struct foreign_box *b, enum foreign_port port, uint32_t first, uint32_t last)
{
	b->ports[port] = (struct port_range){(uint16_t)first, (uint16_t)last};
	b->names_port = true;
	return true;
}

/* The name's first four letters: enough for "lo" and its end. */
static bool is_loopback(uint32_t name)
{
	return name >> 8 == ('l' << 16 | 'o' << 8);
}

static void only_link(struct foreign_box *b, enum foreign_way way, const char *name,
	bool is_beginning)
{
	struct foreign_link *l = &b->links[way];
	*l = (struct foreign_link){.is_beginning = is_beginning};
	memcpy(l->name, name, strnlen(name, sizeof(l->name) - 1));
}

/* False if it is the loopback. */
static bool only_index(struct foreign_box *b, enum foreign_way way, uint32_t index)
{
	char name[IF_NAMESIZE];
	if (index == LOOPBACK_INDEX)
		return false;
	if (if_indextoname(index, name))
		only_link(b, way, name, false);
	else
		b->is_narrower = true;
	return true;
}

static bool only_types(struct foreign_box *b, enum foreign_side side, uint32_t first, uint32_t last)
{
	uint16_t types = 0;
	for (uint32_t type = first; type <= last && type < 16; type++)
		types |= (uint16_t)(1U << type);
	b->types[side] &= types;
	return b->types[side];
}

bool foreign_named(const struct foreign_slot *s, const uint8_t *bytes, size_t length,
	struct foreign_box *b)
{
	char name[IF_NAMESIZE] = "";
	size_t n = strnlen((const char *)bytes, length);
	bool is_beginning = n == length && length < IF_NAMESIZE;
	if (n == 2 && !is_beginning && memcmp(bytes, "lo", 2) == 0)
		return false;
	memcpy(name, bytes, n < sizeof(name) - 1 ? n : sizeof(name) - 1);
	if (n == 0)
		b->is_narrower = true;
	else
		only_link(b, s->way, name, is_beginning);
	return true;
}

bool foreign_between(const struct foreign_slot *s, uint32_t first, uint32_t last,
	struct foreign_box *b)
{
	switch (s->field) {
	case FOREIGN_REST:
		return true;
	case FOREIGN_L4PROTO:
		foreign_only_protocols(b, (uint8_t)first, (uint8_t)last);
		return true;
	case FOREIGN_PORT:
		return only_ports(b, s->port, first, last);
	case FOREIGN_TWO_PORTS:
		if (first != last)
			break;
		only_ports(b, FOREIGN_SPORT, first >> 16, first >> 16);
		return only_ports(b, FOREIGN_DPORT, first & UINT16_MAX, first & UINT16_MAX);
	case FOREIGN_STATE:
		if (first != last)
			break;
		b->states &= first;
		return b->states;
	case FOREIGN_NFPROTO:
		return only_families(b,
			(uint8_t)((first <= NFPROTO_IPV4 && NFPROTO_IPV4 <= last ? FOREIGN_IPV4
										 : 0) |
				  (first <= NFPROTO_IPV6 && NFPROTO_IPV6 <= last ? FOREIGN_IPV6
										 : 0)));
	case FOREIGN_ETHERTYPE:
		return only_families(b,
			(uint8_t)((first <= ETHERTYPE_IP && ETHERTYPE_IP <= last ? FOREIGN_IPV4
										 : 0) |
				  (first <= ETHERTYPE_IPV6 && ETHERTYPE_IPV6 <= last ? FOREIGN_IPV6
										     : 0)));
	case FOREIGN_LINK_NAME:
		if (first == last && is_loopback(first))
			return false;
		break;
	case FOREIGN_LINK_INDEX:
		if (first == last)
			return only_index(b, s->way, first);
		break;
	case FOREIGN_TYPE:
		return only_types(b, s->side, first, last);
	case FOREIGN_ADDRESS:
	case FOREIGN_TWO_ADDRESSES:
	case FOREIGN_STATUS:
	case FOREIGN_STATUS_BITS:
	case FOREIGN_OPAQUE:
	case FOREIGN_PORT_BITS:
	case FOREIGN_STATE_BITS:
		break;
	}
	b->is_narrower = true;
	b->names_port |= foreign_is_port(s);
	return true;
}

bool foreign_is_port(const struct foreign_slot *s)
{
	return s->field == FOREIGN_PORT || s->field == FOREIGN_TWO_PORTS ||
	       s->field == FOREIGN_PORT_BITS;
}

void foreign_narrow(const struct foreign_slot *s, struct foreign_boxes *boxes)
{
	for (size_t i = 0; i < boxes->count; i++) {
		boxes->items[i].is_narrower = true;
		boxes->items[i].names_port |= foreign_is_port(s);
	}
}

static int add_between(const struct foreign_slot *s, uint32_t first, uint32_t last,
	struct foreign_boxes *to)
{
	struct foreign_box b = foreign_all(FOREIGN_IPV4 | FOREIGN_IPV6);
	return foreign_between(s, first, last, &b) ? foreign_add(to, &b) : 0;
}

int foreign_inside(const struct foreign_slot *s, uint32_t first, uint32_t last,
	struct foreign_boxes *boxes)
{
	CLEANUP(foreign_boxes_done) struct foreign_boxes others = {0};
	int r = first <= last ? add_between(s, first, last, &others) : 0;
	return r < 0 ? r : foreign_meet(boxes, &others);
}

/* True if what is not equal to the value can be said in other ways than by ranges; then *boxes
 * is done. */
static bool is_unlike(const struct foreign_slot *s, uint32_t value, struct foreign_boxes *boxes)
{
	bool is_lo = (s->field == FOREIGN_LINK_NAME && is_loopback(value)) ||
		     (s->field == FOREIGN_LINK_INDEX && value == LOOPBACK_INDEX);
	if (is_lo)
		return true;
	switch (s->field) {
	case FOREIGN_L4PROTO:
	case FOREIGN_PORT:
	case FOREIGN_NFPROTO:
	case FOREIGN_ETHERTYPE:
	case FOREIGN_STATE:
	case FOREIGN_TYPE:
		return false;
	case FOREIGN_ADDRESS:
	case FOREIGN_TWO_ADDRESSES:
	case FOREIGN_STATUS:
	case FOREIGN_STATUS_BITS:
	case FOREIGN_OPAQUE:
	case FOREIGN_REST:
	case FOREIGN_TWO_PORTS:
	case FOREIGN_PORT_BITS:
	case FOREIGN_STATE_BITS:
	case FOREIGN_LINK_NAME:
	case FOREIGN_LINK_INDEX:
		foreign_narrow(s, boxes);
		return true;
	}
	abort();
}

int foreign_outside(const struct foreign_slot *s, uint32_t first, uint32_t last,
	struct foreign_boxes *boxes)
{
	CLEANUP(foreign_boxes_done) struct foreign_boxes others = {0};
	const uint32_t most = forms[s->field].most;
	if (first == last && is_unlike(s, first, boxes))
		return 0;
	if (s->field == FOREIGN_STATE) {
		if (first == last)
			return foreign_inside(s, ~first, ~first, boxes);
		foreign_narrow(s, boxes);
		return 0;
	}
	int r = first > 0 ? add_between(s, 0, first - 1, &others) : 0;
	if (r < 0)
		return r;
	r = last < most ? add_between(s, last + 1, most, &others) : 0;
	return r < 0 ? r : foreign_meet(boxes, &others);
}

/* (ct state & mask) is, or is not, value */
static int compare_bits(const struct foreign_slot *s, uint32_t op, uint32_t value,
	struct foreign_boxes *boxes)
{
	static const struct foreign_slot state = {.field = FOREIGN_STATE};
	bool one_bit = value && (value & (value - 1)) == 0;
	if (op == NFT_CMP_NEQ && value == 0)
		return foreign_inside(&state, s->mask, s->mask, boxes);
	if (op == NFT_CMP_EQ && value == 0)
		return foreign_inside(&state, ~s->mask, ~s->mask, boxes);
	if (op == NFT_CMP_EQ && one_bit)
		return foreign_inside(&state, value & s->mask, value & s->mask, boxes);
	foreign_narrow(s, boxes);
	return 0;
}

/* Was the connection led elsewhere? */
static int compare_status(const struct foreign_slot *s, uint32_t op, uint32_t value,
	struct foreign_boxes *boxes)
{
	struct foreign_box b = foreign_all(FOREIGN_IPV4 | FOREIGN_IPV6);
	CLEANUP(foreign_boxes_done) struct foreign_boxes others = {0};
	bool is_unset = (op == NFT_CMP_EQ) == (value == 0);
	if (s->mask != IPS_DST_NAT || (op != NFT_CMP_EQ && op != NFT_CMP_NEQ)) {
		foreign_narrow(s, boxes);
		return 0;
	}
	b.dnat = is_unset ? FOREIGN_AS_DIALLED : FOREIGN_DNATED;
	int r = foreign_add(&others, &b);
	return r < 0 ? r : foreign_meet(boxes, &others);
}

/* The interface, or with NFT_CMP_NEQ any but that. */
static int compare_link(const struct foreign_slot *s, uint32_t op, const uint8_t *bytes,
	size_t length, struct foreign_boxes *boxes)
{
	struct foreign_box b = foreign_all(FOREIGN_IPV4 | FOREIGN_IPV6);
	CLEANUP(foreign_boxes_done) struct foreign_boxes others = {0};
	bool some = s->field == FOREIGN_LINK_NAME
			    ? foreign_named(s, bytes, length, &b)
			    : only_index(&b, s->way, foreign_number(s, bytes, length));
	b.links[s->way].inverted = op == NFT_CMP_NEQ && some && !b.is_narrower;
	if (op == NFT_CMP_NEQ && !some)
		return 0;
	int r = some ? foreign_add(&others, &b) : 0;
	return r < 0 ? r : foreign_meet(boxes, &others);
}

int foreign_compare(const struct foreign_slot *s, uint32_t op, const uint8_t *bytes, size_t length,
	struct foreign_boxes *boxes)
{
	uint32_t value = foreign_number(s, bytes, length), most = forms[s->field].most;
	bool is_link = s->field == FOREIGN_LINK_NAME || s->field == FOREIGN_LINK_INDEX;
	if (s->field == FOREIGN_STATE_BITS)
		return compare_bits(s, op, value, boxes);
	if (s->field == FOREIGN_STATUS_BITS)
		return compare_status(s, op, value, boxes);
	if (is_link && (op == NFT_CMP_EQ || op == NFT_CMP_NEQ))
		return compare_link(s, op, bytes, length, boxes);
	switch (op) {
	case NFT_CMP_EQ:
		return foreign_inside(s, value, value, boxes);
	case NFT_CMP_NEQ:
		return foreign_outside(s, value, value, boxes);
	case NFT_CMP_LT:
		return value ? foreign_inside(s, 0, value - 1, boxes)
			     : foreign_inside(s, 1, 0, boxes);
	case NFT_CMP_LTE:
		return foreign_inside(s, 0, value, boxes);
	case NFT_CMP_GT:
		return value < most ? foreign_inside(s, value + 1, most, boxes)
				    : foreign_inside(s, 1, 0, boxes);
	case NFT_CMP_GTE:
		return foreign_inside(s, value, most, boxes);
	default: /* no enum of ours */
		foreign_narrow(s, boxes);
		return 0;
	}
}
