/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An expression loads a field that we know, or something opaque.  One that is unknown, and may
 * write to any register, makes all registers unknown.
 */
#include "others/read_load.h"

#include <stdio.h> /* libnftnl's headers want it */

#include <netinet/in.h> /* before the kernel's headers */

#include <libnftnl/expr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "others/read_address.h"

static enum load load_meta(struct registers *r, struct nftnl_expr *e, uint8_t families)
{
	(void)families;
	static const struct {
		uint32_t key;
		enum foreign_field field;
		enum foreign_way way;
	} fields[] = {
		{NFT_META_L4PROTO, FOREIGN_L4PROTO, 0},
		{NFT_META_NFPROTO, FOREIGN_NFPROTO, 0},
		{NFT_META_PROTOCOL, FOREIGN_ETHERTYPE, 0},
		{NFT_META_IIFNAME, FOREIGN_LINK_NAME, FOREIGN_IN},
		{NFT_META_OIFNAME, FOREIGN_LINK_NAME, FOREIGN_OUT},
		{NFT_META_IIF, FOREIGN_LINK_INDEX, FOREIGN_IN},
		{NFT_META_OIF, FOREIGN_LINK_INDEX, FOREIGN_OUT},
	};
	uint32_t key = nftnl_expr_get_u32(e, NFTNL_EXPR_META_KEY);
	struct foreign_slot slot = {.field = FOREIGN_OPAQUE};
	if (!nftnl_expr_is_set(e, NFTNL_EXPR_META_DREG))
		return LOAD_GOOD; /* it sets something; nothing that we look at */
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].key == key)
			slot = (struct foreign_slot){
				.field = fields[i].field, .way = fields[i].way};
	register_load(r, nftnl_expr_get_u32(e, NFTNL_EXPR_META_DREG), slot, ADDRESS_LENGTH);
	return LOAD_GOOD;
}

static enum load load_ct(struct registers *r, struct nftnl_expr *e, uint8_t families)
{
	(void)families;
	uint32_t key = nftnl_expr_get_u32(e, NFTNL_EXPR_CT_KEY);
	struct foreign_slot slot = {.field = FOREIGN_OPAQUE};
	bool original = nftnl_expr_is_set(e, NFTNL_EXPR_CT_DIR) &&
			nftnl_expr_get_u8(e, NFTNL_EXPR_CT_DIR) == IP_CT_DIR_ORIGINAL;
	if (!nftnl_expr_is_set(e, NFTNL_EXPR_CT_DREG)) {
		return LOAD_CHANGES;
	}
	if (key == NFT_CT_STATE)
		slot.field = FOREIGN_STATE;
	else if (key == NFT_CT_STATUS)
		slot.field = FOREIGN_STATUS;
	else if (key == NFT_CT_PROTOCOL)
		slot.field = FOREIGN_L4PROTO;
	else if (key == NFT_CT_PROTO_DST && original)
		slot = (struct foreign_slot){.field = FOREIGN_PORT, .port = FOREIGN_DIALLED};
	register_load(r, nftnl_expr_get_u32(e, NFTNL_EXPR_CT_DREG), slot, ADDRESS_LENGTH);
	return LOAD_GOOD;
}

static struct foreign_slot payload_field(uint8_t families, uint32_t base, uint32_t offset,
	uint32_t length)
{
	/* where the headers of IPv4 and IPv6 say what comes after them */
	enum { PROTOCOL4 = 9, PROTOCOL6 = 6 };
	struct foreign_slot address;
	if (base == NFT_PAYLOAD_TRANSPORT_HEADER && length == 2 && offset <= 2 && offset % 2 == 0)
		return (struct foreign_slot){
			.field = FOREIGN_PORT, .port = offset ? FOREIGN_DPORT : FOREIGN_SPORT};
	if (base == NFT_PAYLOAD_TRANSPORT_HEADER && length == 4 && offset == 0)
		return (struct foreign_slot){.field = FOREIGN_TWO_PORTS};
	if (base == NFT_PAYLOAD_TRANSPORT_HEADER && offset < 4)
		return (struct foreign_slot){.field = FOREIGN_PORT_BITS};
	if (base == NFT_PAYLOAD_NETWORK_HEADER && length == 1 &&
		((offset == PROTOCOL4 && families == FOREIGN_IPV4) ||
			(offset == PROTOCOL6 && families == FOREIGN_IPV6)))
		return (struct foreign_slot){.field = FOREIGN_L4PROTO};
	if (base == NFT_PAYLOAD_NETWORK_HEADER &&
		foreign_address_slot(families, offset, length, &address))
		return address;
	return (struct foreign_slot){.field = FOREIGN_OPAQUE};
}

static enum load load_payload(struct registers *r, struct nftnl_expr *e, uint8_t families)
{
	uint32_t length = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_LEN);
	if (!nftnl_expr_is_set(e, NFTNL_EXPR_PAYLOAD_DREG)) {
		return LOAD_CHANGES;
	}
	register_load(r, nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_DREG),
		payload_field(families, nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_BASE),
			nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET), length),
		length);
	return LOAD_GOOD;
}

/* Without it, the expression shifts. */
static bool is_zero(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; bytes && i < length; i++)
		if (bytes[i])
			return false;
	return bytes;
}

static enum load load_bits(struct registers *r, struct nftnl_expr *e, uint8_t families)
{
	(void)families;
	const struct foreign_slot *s =
		register_slot(r, nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_SREG));
	struct foreign_slot slot = {.field = FOREIGN_OPAQUE};
	uint32_t length = 0, xor_length = 0;
	const void *mask = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_MASK, &length);
	const void *flip = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_XOR, &xor_length);
	if (foreign_is_port(s)) {
		slot.field = FOREIGN_PORT_BITS;
	} else if ((s->field == FOREIGN_STATE || s->field == FOREIGN_STATUS) && mask &&
		   length == sizeof(slot.mask) && is_zero(flip, xor_length)) {
		slot.field = s->field == FOREIGN_STATE ? FOREIGN_STATE_BITS : FOREIGN_STATUS_BITS;
		memcpy(&slot.mask, mask, sizeof(slot.mask));
	} else if ((s->field == FOREIGN_ADDRESS || s->field == FOREIGN_TWO_ADDRESSES) && mask &&
		   is_zero(flip, xor_length)) {
		slot = *s;
		foreign_address_mask(&slot, mask, length);
	}
	register_load(r, nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_DREG), slot,
		nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_LEN));
	return LOAD_GOOD;
}

/* nft swaps the bytes of single bytes too, in ranges of concatenations. */
static enum load load_swapped(struct registers *r, struct nftnl_expr *e, uint8_t families)
{
	(void)families;
	struct foreign_slot slot =
		*register_slot(r, nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_SREG));
	uint32_t length = nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_LEN);
	if (length > 1)
		slot.field = foreign_is_port(&slot) ? FOREIGN_PORT_BITS : FOREIGN_OPAQUE;
	register_load(r, nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_DREG), slot, length);
	return LOAD_GOOD;
}

/* The kind of an address; other results of a route look-up are unknown here. */
static enum load load_fib(struct registers *r, struct nftnl_expr *e, uint8_t families)
{
	(void)families;
	uint32_t flags = nftnl_expr_get_u32(e, NFTNL_EXPR_FIB_FLAGS);
	struct foreign_slot slot = {.field = FOREIGN_OPAQUE};
	if (nftnl_expr_get_u32(e, NFTNL_EXPR_FIB_RESULT) == NFT_FIB_RESULT_ADDRTYPE &&
		(flags == NFTA_FIB_F_SADDR || flags == NFTA_FIB_F_DADDR))
		slot = (struct foreign_slot){.field = FOREIGN_TYPE,
			.side = flags == NFTA_FIB_F_SADDR ? FOREIGN_SOURCE : FOREIGN_DESTINATION};
	register_load(r, nftnl_expr_get_u32(e, NFTNL_EXPR_FIB_DREG), slot, FOREIGN_SLOT_SIZE);
	return LOAD_GOOD;
}

/* It loads something else, who knows where. */
static enum load load_other(struct registers *r, struct nftnl_expr *e, uint8_t families)
{
	(void)families;
	(void)e;
	registers_forget(r);
	return LOAD_GOOD;
}

enum load read_load(struct registers *r, struct nftnl_expr *e, uint8_t families)
{
	static const struct {
		const char *name;
		enum load (*f)(struct registers *r, struct nftnl_expr *e, uint8_t families);
	} loads[] = {
		{"bitwise", load_bits},
		{"byteorder", load_swapped},
		{"ct", load_ct},
		{"fib", load_fib},
		{"meta", load_meta},
		{"payload", load_payload},
	};
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		if (strcmp(loads[i].name, name) == 0)
			return loads[i].f(r, e, families);
	return load_other(r, e, families);
}
