/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's registers, followed from expression to expression: which field of the packet is
 * in each.  A comparison with a field that we know narrows the rule's boxes; any other
 * narrows them by an unknown amount.  An expression that nobody here has heard of forgets all
 * registers and narrows too.
 */
#include "others/read_rule.h"

#include <stdio.h> /* libnftnl's headers want it */

#include <netinet/in.h> /* before the kernel's headers */

#include <errno.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "others/read_address.h"
#include "others/read_xt.h"

enum { REGISTERS = 16, ADDRESS_LENGTH = 16 };

struct decoding {
	struct foreign *foreign;
	struct foreign_chain *chain;
	uint64_t handle;
	const struct foreign_sets *sets;
	struct foreign_slot registers[REGISTERS];
	uint8_t values[REGISTERS *
		       FOREIGN_SLOT_SIZE]; /* of registers that a constant was put into */
	bool is_constant[REGISTERS];
	struct foreign_boxes boxes;
	bool ended;
	int error;
};

/* Registers. */

/* The old registers are 16 bytes wide, the newer ones are quarters of the same. */
static size_t register_index(uint32_t number)
{
	size_t index = number >= NFT_REG32_00 ? number - NFT_REG32_00
					      : (number - NFT_REG_1) * (NFT_REG_SIZE / 4);
	return index < REGISTERS ? index : REGISTERS - 1;
}

static const struct foreign_slot *in_register(const struct decoding *d, uint32_t number)
{
	return &d->registers[register_index(number)];
}

/* length: at most so many bytes; what comes in the register behind is loaded later. */
static void load(struct decoding *d, uint32_t number, struct foreign_slot slot, size_t length)
{
	size_t i = register_index(number);
	d->registers[i] = slot;
	d->is_constant[i] = false;
	for (size_t k = 1; k * FOREIGN_SLOT_SIZE < length && i + k < REGISTERS; k++)
		d->registers[i + k] = (struct foreign_slot){.field = FOREIGN_REST};
}

static void forget(struct decoding *d)
{
	memset(d->registers, 0, sizeof(d->registers));
	memset(d->is_constant, 0, sizeof(d->is_constant));
}

static void narrow(struct decoding *d)
{
	foreign_narrow(&(struct foreign_slot){.field = FOREIGN_OPAQUE}, &d->boxes);
}

/* Loading. */

static void load_meta(struct decoding *d, struct nftnl_expr *e)
{
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
		return; /* it sets something; nothing that we look at */
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].key == key)
			slot = (struct foreign_slot){
				.field = fields[i].field, .way = fields[i].way};
	load(d, nftnl_expr_get_u32(e, NFTNL_EXPR_META_DREG), slot, ADDRESS_LENGTH);
}

static void load_ct(struct decoding *d, struct nftnl_expr *e)
{
	uint32_t key = nftnl_expr_get_u32(e, NFTNL_EXPR_CT_KEY);
	struct foreign_slot slot = {.field = FOREIGN_OPAQUE};
	bool original = nftnl_expr_is_set(e, NFTNL_EXPR_CT_DIR) &&
			nftnl_expr_get_u8(e, NFTNL_EXPR_CT_DIR) == IP_CT_DIR_ORIGINAL;
	if (!nftnl_expr_is_set(e, NFTNL_EXPR_CT_DREG)) {
		d->chain->changes = true;
		return;
	}
	if (key == NFT_CT_STATE)
		slot.field = FOREIGN_STATE;
	else if (key == NFT_CT_STATUS)
		slot.field = FOREIGN_STATUS;
	else if (key == NFT_CT_PROTOCOL)
		slot.field = FOREIGN_L4PROTO;
	else if (key == NFT_CT_PROTO_DST && original)
		slot = (struct foreign_slot){.field = FOREIGN_PORT, .port = FOREIGN_DIALLED};
	load(d, nftnl_expr_get_u32(e, NFTNL_EXPR_CT_DREG), slot, ADDRESS_LENGTH);
}

static uint8_t families_of(const struct decoding *d)
{
	uint8_t families = 0;
	for (size_t i = 0; i < d->boxes.count; i++)
		families |= d->boxes.items[i].families;
	return families;
}

static struct foreign_slot payload_field(const struct decoding *d, uint32_t base, uint32_t offset,
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
		((offset == PROTOCOL4 && families_of(d) == FOREIGN_IPV4) ||
			(offset == PROTOCOL6 && families_of(d) == FOREIGN_IPV6)))
		return (struct foreign_slot){.field = FOREIGN_L4PROTO};
	if (base == NFT_PAYLOAD_NETWORK_HEADER &&
		foreign_address_slot(families_of(d), offset, length, &address))
		return address;
	return (struct foreign_slot){.field = FOREIGN_OPAQUE};
}

static void load_payload(struct decoding *d, struct nftnl_expr *e)
{
	uint32_t length = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_LEN);
	if (!nftnl_expr_is_set(e, NFTNL_EXPR_PAYLOAD_DREG)) {
		d->chain->changes = true;
		return;
	}
	load(d, nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_DREG),
		payload_field(d, nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_BASE),
			nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET), length),
		length);
}

/* Without it, the expression shifts. */
static bool is_zero(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; bytes && i < length; i++)
		if (bytes[i])
			return false;
	return bytes;
}

static void load_bits(struct decoding *d, struct nftnl_expr *e)
{
	const struct foreign_slot *s =
		in_register(d, nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_SREG));
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
	load(d, nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_DREG), slot,
		nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_LEN));
}

/* nft swaps the bytes of single bytes too, in ranges of concatenations. */
static void load_swapped(struct decoding *d, struct nftnl_expr *e)
{
	struct foreign_slot slot =
		*in_register(d, nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_SREG));
	uint32_t length = nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_LEN);
	if (length > 1)
		slot.field = foreign_is_port(&slot) ? FOREIGN_PORT_BITS : FOREIGN_OPAQUE;
	load(d, nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_DREG), slot, length);
}

/* What kind of address it is; anything else of the routing table is not known here. */
static void load_fib(struct decoding *d, struct nftnl_expr *e)
{
	uint32_t flags = nftnl_expr_get_u32(e, NFTNL_EXPR_FIB_FLAGS);
	struct foreign_slot slot = {.field = FOREIGN_OPAQUE};
	if (nftnl_expr_get_u32(e, NFTNL_EXPR_FIB_RESULT) == NFT_FIB_RESULT_ADDRTYPE &&
		(flags == NFTA_FIB_F_SADDR || flags == NFTA_FIB_F_DADDR))
		slot = (struct foreign_slot){.field = FOREIGN_TYPE,
			.side = flags == NFTA_FIB_F_SADDR ? FOREIGN_SOURCE : FOREIGN_DESTINATION};
	load(d, nftnl_expr_get_u32(e, NFTNL_EXPR_FIB_DREG), slot, FOREIGN_SLOT_SIZE);
}

/* It loads something else, who knows where. */
static void load_other(struct decoding *d, struct nftnl_expr *e)
{
	(void)e;
	forget(d);
}

/* Matching. */

static void match_cmp(struct decoding *d, struct nftnl_expr *e)
{
	uint32_t length = 0;
	const void *data = nftnl_expr_get(e, NFTNL_EXPR_CMP_DATA, &length);
	const struct foreign_slot *s = in_register(d, nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_SREG));
	uint32_t op = nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_OP);
	bool is_address = s->field == FOREIGN_ADDRESS || s->field == FOREIGN_TWO_ADDRESSES;
	d->error = (is_address ? foreign_address_compare : foreign_compare)(s, op, data,
		data ? length : 0, &d->boxes);
}

static void match_range(struct decoding *d, struct nftnl_expr *e)
{
	const struct foreign_slot *s = in_register(d, nftnl_expr_get_u32(e, NFTNL_EXPR_RANGE_SREG));
	uint32_t length = 0, to_length = 0;
	const void *from = nftnl_expr_get(e, NFTNL_EXPR_RANGE_FROM_DATA, &length);
	const void *to = nftnl_expr_get(e, NFTNL_EXPR_RANGE_TO_DATA, &to_length);
	bool is_out = nftnl_expr_get_u32(e, NFTNL_EXPR_RANGE_OP) == NFT_RANGE_NEQ;
	if (from && to && length == to_length && s->field == FOREIGN_ADDRESS) {
		struct addr_range run = foreign_address_run(s, from, to, length);
		d->error = (is_out ? foreign_address_outside : foreign_address_inside)(s, &run,
			&d->boxes);
		return;
	}
	if (!from || !to || length > FOREIGN_SLOT_SIZE) {
		foreign_narrow(s, &d->boxes);
		return;
	}
	uint32_t first = foreign_number(s, from, length), last = foreign_number(s, to, to_length);
	d->error = is_out ? foreign_outside(s, first, last, &d->boxes)
			  : foreign_inside(s, first, last, &d->boxes);
}

static void match_xt(struct decoding *d, struct nftnl_expr *e)
{
	uint32_t length = 0;
	const void *info = nftnl_expr_get(e, NFTNL_EXPR_MT_INFO, &length);
	d->error = foreign_xt_match(nftnl_expr_get_str(e, NFTNL_EXPR_MT_NAME),
		nftnl_expr_get_u32(e, NFTNL_EXPR_MT_REV), info, info ? length : 0, &d->boxes);
}

static void match_other(struct decoding *d)
{
	forget(d);
	narrow(d);
}

/* Ending. */

static void end_with(struct decoding *d, enum foreign_end end, const char *target,
	const struct foreign_boxes *boxes)
{
	struct foreign_rule r = {.handle = d->handle,
		.end = end,
		.target_name = target,
		.boxes = boxes->items,
		.n_boxes = boxes->count};
	if (d->error == 0 && boxes->count)
		d->error = foreign_add_rule(d->foreign, d->chain, &r);
}

/* Leads the connection elsewhere. */
static void end_with_target(struct decoding *d, const struct foreign_target *to)
{
	struct foreign_rule r = {.handle = d->handle,
		.end = FOREIGN_ACCEPT,
		.translates = true,
		.to = *to,
		.boxes = d->boxes.items,
		.n_boxes = d->boxes.count};
	if (d->error == 0 && d->boxes.count)
		d->error = foreign_add_rule(d->foreign, d->chain, &r);
	d->ended = true;
}

/* What was put into the register of that attribute; NULL: it is no constant. */
static const uint8_t *constant(const struct decoding *d, struct nftnl_expr *e, uint16_t attribute)
{
	size_t i = register_index(nftnl_expr_get_u32(e, attribute));
	return d->is_constant[i] ? &d->values[i * FOREIGN_SLOT_SIZE] : NULL;
}

static uint16_t port_at(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void end_nat(struct decoding *d, struct nftnl_expr *e)
{
	bool has_address = nftnl_expr_is_set(e, NFTNL_EXPR_NAT_REG_ADDR_MIN);
	bool has_port = nftnl_expr_is_set(e, NFTNL_EXPR_NAT_REG_PROTO_MIN);
	const uint8_t *address = has_address ? constant(d, e, NFTNL_EXPR_NAT_REG_ADDR_MIN) : NULL;
	const uint8_t *port = has_port ? constant(d, e, NFTNL_EXPR_NAT_REG_PROTO_MIN) : NULL;
	struct foreign_target to = {.is_known = !has_address == !address && !has_port == !port};
	if (nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_TYPE) != NFT_NAT_DNAT) {
		end_with(d, FOREIGN_ACCEPT, NULL, &d->boxes);
		d->ended = true;
		return;
	}
	if (address) {
		bool is_ip4 = nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_FAMILY) == NFPROTO_IPV4;
		to.address.family = is_ip4 ? AF_INET : AF_INET6;
		for (size_t i = 0; i < d->boxes.count; i++) /* others it leaves alone */
			d->boxes.items[i].families &= is_ip4 ? FOREIGN_IPV4 : FOREIGN_IPV6;
		memcpy(to.address.bytes, address, addr_length(&to.address));
	}
	if (port)
		to.port = port_at(port);
	end_with_target(d, &to);
}

static void end_redirect(struct decoding *d, struct nftnl_expr *e)
{
	bool has_port = nftnl_expr_is_set(e, NFTNL_EXPR_REDIR_REG_PROTO_MIN);
	const uint8_t *port = has_port ? constant(d, e, NFTNL_EXPR_REDIR_REG_PROTO_MIN) : NULL;
	struct foreign_target to = {
		.is_known = !has_port == !port, .port = port ? port_at(port) : 0};
	end_with_target(d, &to);
}

/* chain is the foreign's, or NULL */
static void end_by_verdict(struct decoding *d, uint32_t verdict, const char *chain,
	const struct foreign_boxes *boxes)
{
	enum foreign_end end;
	if (foreign_verdict(verdict, &end))
		end_with(d, end, chain, boxes);
}

static void keep_constant(struct decoding *d, uint32_t number, struct nftnl_expr *e)
{
	uint32_t length = 0;
	const void *data = nftnl_expr_get(e, NFTNL_EXPR_IMM_DATA, &length);
	size_t i = register_index(number);
	if (!data || i * FOREIGN_SLOT_SIZE + length > sizeof(d->values))
		return;
	memcpy(&d->values[i * FOREIGN_SLOT_SIZE], data, length);
	d->is_constant[i] = true;
}

static void end_immediate(struct decoding *d, struct nftnl_expr *e)
{
	const char *name = NULL;
	uint32_t to = nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_DREG);
	if (to != NFT_REG_VERDICT) {
		load(d, to, (struct foreign_slot){.field = FOREIGN_OPAQUE}, ADDRESS_LENGTH);
		keep_constant(d, to, e);
		return;
	}
	if (nftnl_expr_is_set(e, NFTNL_EXPR_IMM_CHAIN)) {
		const char *chain = nftnl_expr_get_str(e, NFTNL_EXPR_IMM_CHAIN);
		name = arena_strndup(d->foreign->arena, chain, strlen(chain));
		if (!name) {
			d->error = -ENOMEM;
			return;
		}
	}
	end_by_verdict(d, nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_VERDICT), name, &d->boxes);
	d->ended = true;
}

static void end_by_map(struct decoding *d, const struct foreign_set *s,
	const struct foreign_slot *slots)
{
	if (!s->is_whole) {
		foreign_set_match(s, false, slots, &d->boxes);
		end_with(d, FOREIGN_UNKNOWN, NULL, &d->boxes);
		d->ended = true;
		return;
	}
	for (size_t i = 0; i < s->count && d->error == 0; i++) {
		struct foreign_boxes one = {0};
		struct foreign_box b;
		if (!foreign_set_box(s, i, slots, &b))
			continue;
		d->error = foreign_add(&one, &b);
		if (d->error == 0)
			d->error = foreign_meet(&one, &d->boxes);
		if (d->error == 0)
			end_by_verdict(d, s->items[i].verdict, s->items[i].chain, &one);
		free(one.items);
	}
	d->ended = true;
}

/* A set whose elements say nothing to us need not be read. */
static bool wants_elements(const struct decoding *d, size_t first)
{
	for (size_t i = first; i < REGISTERS; i++)
		if (d->registers[i].field != FOREIGN_OPAQUE &&
			d->registers[i].field != FOREIGN_REST)
			return true;
	return false;
}

static void look_up(struct decoding *d, struct nftnl_expr *e)
{
	size_t first = register_index(nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_SREG));
	struct foreign_slot slots[FOREIGN_KEY_SIZE / FOREIGN_SLOT_SIZE] = {0};
	bool has_result = nftnl_expr_is_set(e, NFTNL_EXPR_LOOKUP_DREG);
	uint32_t to = has_result ? nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_DREG) : NFT_REG_VERDICT;
	bool is_map = has_result && to == NFT_REG_VERDICT;
	bool inverted = nftnl_expr_is_set(e, NFTNL_EXPR_LOOKUP_FLAGS) &&
			(nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_FLAGS) & NFT_LOOKUP_F_INV);
	enum foreign_wish wish = is_map                     ? FOREIGN_ELEMENTS
				 : wants_elements(d, first) ? FOREIGN_MEMBERS
							    : FOREIGN_SHAPE;
	const struct foreign_set *s;
	memcpy(slots, &d->registers[first], (REGISTERS - first) * sizeof(slots[0]));
	d->error = d->sets->read(d->sets->context, nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET),
		wish, &slots[0], &s);
	if (d->error < 0)
		return;
	if (is_map)
		end_by_map(d, s, slots);
	else
		d->error = foreign_set_match(s, inverted, slots, &d->boxes);
	if (has_result && !is_map)
		load(d, to, (struct foreign_slot){.field = FOREIGN_OPAQUE}, ADDRESS_LENGTH);
}

static void do_deed(struct decoding *d, enum foreign_deed deed, enum foreign_end how)
{
	switch (deed) {
	case FOREIGN_DOES_NOTHING:
		return;
	case FOREIGN_CHANGES:
		d->chain->changes = true;
		return;
	case FOREIGN_ENDS:
		end_with(d, how, NULL, &d->boxes);
		d->ended = true;
		return;
	}
}

static void do_xt(struct decoding *d, struct nftnl_expr *e)
{
	uint32_t length = 0;
	const void *info = nftnl_expr_get(e, NFTNL_EXPR_TG_INFO, &length);
	struct foreign_target to;
	if (foreign_xt_leads(nftnl_expr_get_str(e, NFTNL_EXPR_TG_NAME),
		    nftnl_expr_get_u32(e, NFTNL_EXPR_TG_REV), info, info ? length : 0,
		    d->chain->families, &to)) {
		end_with_target(d, &to);
		return;
	}
	enum foreign_end how = FOREIGN_UNKNOWN;
	enum foreign_deed deed = foreign_xt_target(nftnl_expr_get_str(e, NFTNL_EXPR_TG_NAME), &how);
	do_deed(d, deed, how);
}

/* Everything else. */

/* A counter matches everything; a quota does not, and a helper is the connection's. */
static void refer(struct decoding *d, struct nftnl_expr *e)
{
	uint32_t type = nftnl_expr_is_set(e, NFTNL_EXPR_OBJREF_IMM_TYPE)
				? nftnl_expr_get_u32(e, NFTNL_EXPR_OBJREF_IMM_TYPE)
				: NFT_OBJECT_UNSPEC;
	if (type == NFT_OBJECT_COUNTER)
		return;
	if (type == NFT_OBJECT_CT_HELPER)
		d->chain->changes = true;
	else
		narrow(d);
}

static const struct {
	const char *name;
	void (*f)(struct decoding *d, struct nftnl_expr *e); /* or */
	enum foreign_deed deed;
	enum foreign_end end;
} expressions[] = {
	{"bitwise", load_bits, 0, 0},
	{"byteorder", load_swapped, 0, 0},
	{"cmp", match_cmp, 0, 0},
	{"counter", NULL, FOREIGN_DOES_NOTHING, 0},
	{"ct", load_ct, 0, 0},
	{"dup", NULL, FOREIGN_DOES_NOTHING, 0},
	{"fib", load_fib, 0, 0},
	{"flow_offload", NULL, FOREIGN_CHANGES, 0},
	{"fwd", NULL, FOREIGN_ENDS, FOREIGN_UNKNOWN},
	{"hash", load_other, 0, 0},
	{"immediate", end_immediate, 0, 0},
	{"last", NULL, FOREIGN_DOES_NOTHING, 0},
	{"log", NULL, FOREIGN_DOES_NOTHING, 0},
	{"lookup", look_up, 0, 0},
	{"masq", NULL, FOREIGN_ENDS, FOREIGN_ACCEPT},
	{"match", match_xt, 0, 0},
	{"meta", load_meta, 0, 0},
	{"nat", end_nat, 0, 0},
	{"notrack", NULL, FOREIGN_CHANGES, 0},
	{"numgen", load_other, 0, 0},
	{"objref", refer, 0, 0},
	{"payload", load_payload, 0, 0},
	{"queue", NULL, FOREIGN_ENDS, FOREIGN_UNKNOWN},
	{"range", match_range, 0, 0},
	{"redir", end_redirect, 0, 0},
	{"reject", NULL, FOREIGN_ENDS, FOREIGN_REJECT},
	{"rt", load_other, 0, 0},
	{"socket", load_other, 0, 0},
	{"synproxy", NULL, FOREIGN_ENDS, FOREIGN_UNKNOWN},
	{"target", do_xt, 0, 0},
	{"tproxy", NULL, FOREIGN_CHANGES, 0},
};

static int take_expression(struct nftnl_expr *e, void *context)
{
	struct decoding *d = context;
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	size_t i = 0, n = sizeof(expressions) / sizeof(expressions[0]);
	if (d->ended || d->error < 0 || d->boxes.count == 0)
		return 0;
	while (i < n && strcmp(expressions[i].name, name) != 0)
		i++;
	if (i == n)
		match_other(d);
	else if (expressions[i].f)
		expressions[i].f(d, e);
	else
		do_deed(d, expressions[i].deed, expressions[i].end);
	return 0;
}

int foreign_rule_take(struct foreign *f, struct foreign_chain *chain,
	const struct foreign_source *source, const struct foreign_sets *sets)
{
	struct decoding d = {.foreign = f,
		.chain = chain,
		.handle = nftnl_rule_get_u64(source->rule, NFTNL_RULE_HANDLE),
		.sets = sets};
	struct foreign_box all = foreign_all(chain->families);
	d.error = foreign_add(&d.boxes, &all);
	nftnl_expr_foreach(source->rule, take_expression, &d);
	if (!source->is_whole && !d.ended && d.boxes.count && d.error == 0) {
		narrow(&d);
		do_deed(&d, FOREIGN_ENDS, FOREIGN_UNKNOWN);
		if (d.error == 0)
			d.error = foreign_add_gap(f,
				"table %s, chain %s: rule with handle %llu has "
				"something that is not known here",
				chain->table, chain->name, (unsigned long long)d.handle);
	}
	free(d.boxes.items);
	return d.error;
}
