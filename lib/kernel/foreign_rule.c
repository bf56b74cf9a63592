/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's registers, followed from expression to expression: which field of the packet is
 * in each.  A comparison with a field that we know narrows the rule's boxes; any other
 * narrows them by an unknown amount.  An expression that nobody here has heard of forgets all
 * registers and narrows too.
 */
#include "kernel/foreign_rule.h"

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

#include "kernel/foreign_xt.h"

enum { REGISTERS = 16, ADDRESS_LENGTH = 16 };

struct decoding {
	struct foreign *foreign;
	struct foreign_chain *chain;
	uint64_t handle;
	const struct foreign_sets *sets;
	struct foreign_slot registers[REGISTERS];
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
	for (size_t k = 1; k * FOREIGN_SLOT_SIZE < length && i + k < REGISTERS; k++)
		d->registers[i + k] = (struct foreign_slot){.field = FOREIGN_REST};
}

static void forget(struct decoding *d)
{
	memset(d->registers, 0, sizeof(d->registers));
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
	} fields[] = {
		{NFT_META_L4PROTO, FOREIGN_L4PROTO},
		{NFT_META_NFPROTO, FOREIGN_NFPROTO},
		{NFT_META_PROTOCOL, FOREIGN_ETHERTYPE},
		{NFT_META_IIFNAME, FOREIGN_LINK_NAME},
		{NFT_META_OIFNAME, FOREIGN_LINK_NAME},
		{NFT_META_IIF, FOREIGN_LINK_INDEX},
		{NFT_META_OIF, FOREIGN_LINK_INDEX},
	};
	uint32_t key = nftnl_expr_get_u32(e, NFTNL_EXPR_META_KEY);
	struct foreign_slot slot = {.field = FOREIGN_OPAQUE};
	if (!nftnl_expr_is_set(e, NFTNL_EXPR_META_DREG))
		return; /* it sets something; nothing that we look at */
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].key == key)
			slot.field = fields[i].field;
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
	else if (key == NFT_CT_PROTOCOL)
		slot.field = FOREIGN_L4PROTO;
	else if (key == NFT_CT_PROTO_DST && original)
		slot = (struct foreign_slot){.field = FOREIGN_PORT, .port = FOREIGN_DIALLED};
	load(d, nftnl_expr_get_u32(e, NFTNL_EXPR_CT_DREG), slot, ADDRESS_LENGTH);
}

static bool has_only_families(const struct decoding *d, uint8_t families)
{
	for (size_t i = 0; i < d->boxes.count; i++)
		if (d->boxes.items[i].families & ~families)
			return false;
	return true;
}

static struct foreign_slot payload_field(const struct decoding *d, uint32_t base, uint32_t offset,
	uint32_t length)
{
	/* where the headers of IPv4 and IPv6 say what comes after them */
	enum { PROTOCOL4 = 9, PROTOCOL6 = 6 };
	if (base == NFT_PAYLOAD_TRANSPORT_HEADER && length == 2 && offset <= 2 && offset % 2 == 0)
		return (struct foreign_slot){
			.field = FOREIGN_PORT, .port = offset ? FOREIGN_DPORT : FOREIGN_SPORT};
	if (base == NFT_PAYLOAD_TRANSPORT_HEADER && length == 4 && offset == 0)
		return (struct foreign_slot){.field = FOREIGN_TWO_PORTS};
	if (base == NFT_PAYLOAD_TRANSPORT_HEADER && offset < 4)
		return (struct foreign_slot){.field = FOREIGN_PORT_BITS};
	if (base == NFT_PAYLOAD_NETWORK_HEADER && length == 1 &&
		((offset == PROTOCOL4 && has_only_families(d, FOREIGN_IPV4)) ||
			(offset == PROTOCOL6 && has_only_families(d, FOREIGN_IPV6))))
		return (struct foreign_slot){.field = FOREIGN_L4PROTO};
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

static void load_bits(struct decoding *d, struct nftnl_expr *e)
{
	const struct foreign_slot *s =
		in_register(d, nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_SREG));
	struct foreign_slot slot = {.field = FOREIGN_OPAQUE};
	uint32_t length = 0, xor_length = 0;
	const void *mask = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_MASK, &length);
	const uint32_t *flip = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_XOR, &xor_length);
	if (foreign_is_port(s)) {
		slot.field = FOREIGN_PORT_BITS;
	} else if (s->field == FOREIGN_STATE && mask && length == sizeof(slot.mask) && flip &&
		   xor_length == sizeof(*flip) && *flip == 0) {
		slot.field = FOREIGN_STATE_BITS;
		memcpy(&slot.mask, mask, sizeof(slot.mask));
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
	d->error = foreign_compare(in_register(d, nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_SREG)),
		nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_OP), data, data ? length : 0, &d->boxes);
}

static void match_range(struct decoding *d, struct nftnl_expr *e)
{
	const struct foreign_slot *s = in_register(d, nftnl_expr_get_u32(e, NFTNL_EXPR_RANGE_SREG));
	uint32_t length = 0, to_length = 0;
	const void *from = nftnl_expr_get(e, NFTNL_EXPR_RANGE_FROM_DATA, &length);
	const void *to = nftnl_expr_get(e, NFTNL_EXPR_RANGE_TO_DATA, &to_length);
	if (!from || !to || length > FOREIGN_SLOT_SIZE) {
		foreign_narrow(s, &d->boxes);
		return;
	}
	uint32_t first = foreign_number(s, from, length), last = foreign_number(s, to, to_length);
	d->error = nftnl_expr_get_u32(e, NFTNL_EXPR_RANGE_OP) == NFT_RANGE_NEQ
			   ? foreign_outside(s, first, last, &d->boxes)
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

/* chain is the foreign's, or NULL */
static void end_by_verdict(struct decoding *d, uint32_t verdict, const char *chain,
	const struct foreign_boxes *boxes)
{
	enum foreign_end end;
	if (foreign_verdict(verdict, &end))
		end_with(d, end, chain, boxes);
}

static void end_immediate(struct decoding *d, struct nftnl_expr *e)
{
	const char *name = NULL;
	uint32_t to = nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_DREG);
	if (to != NFT_REG_VERDICT) {
		load(d, to, (struct foreign_slot){.field = FOREIGN_OPAQUE}, ADDRESS_LENGTH);
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
	const struct foreign_set *s;
	memcpy(slots, &d->registers[first], (REGISTERS - first) * sizeof(slots[0]));
	d->error = d->sets->read(d->sets->context, nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET),
		is_map || wants_elements(d, first), &s);
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
	{"fib", load_other, 0, 0},
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
	{"nat", NULL, FOREIGN_ENDS, FOREIGN_ACCEPT},
	{"notrack", NULL, FOREIGN_CHANGES, 0},
	{"numgen", load_other, 0, 0},
	{"objref", refer, 0, 0},
	{"payload", load_payload, 0, 0},
	{"queue", NULL, FOREIGN_ENDS, FOREIGN_UNKNOWN},
	{"range", match_range, 0, 0},
	{"redir", NULL, FOREIGN_ENDS, FOREIGN_ACCEPT},
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
