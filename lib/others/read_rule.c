/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's registers, followed from expression to expression: which field of the packet is in
 * each.  A comparison with a field that we know narrows the rule's boxes; any other narrows them
 * by an unknown amount.  An unknown expression makes all registers unknown, and narrows the boxes,
 * too.
 */
#include "others/read_rule.h"

#include <stdio.h> /* libnftnl's headers want it */

#include <netinet/in.h> /* before the kernel's headers */

#include <errno.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "others/read_address.h"
#include "others/read_load.h"
#include "others/read_xt.h"

struct decoding {
	struct foreign *foreign;
	struct foreign_chain *chain;
	uint64_t handle;
	const struct foreign_sets *sets;
	struct registers registers;
	struct foreign_boxes boxes;
	bool ended;
	int error;
};

static void narrow(struct decoding *d)
{
	foreign_narrow(&(struct foreign_slot){.field = FOREIGN_OPAQUE}, &d->boxes);
}

static void load(struct decoding *d, struct nftnl_expr *e)
{
	uint8_t families = 0;
	for (size_t i = 0; i < d->boxes.count; i++)
		families |= d->boxes.items[i].families;
	if (read_load(&d->registers, e, families) == LOAD_CHANGES)
		d->chain->changes = true;
}

/* Matching. */

static void match_cmp(struct decoding *d, struct nftnl_expr *e)
{
	uint32_t length = 0;
	const void *data = nftnl_expr_get(e, NFTNL_EXPR_CMP_DATA, &length);
	const struct foreign_slot *s =
		register_slot(&d->registers, nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_SREG));
	uint32_t op = nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_OP);
	bool is_address = s->field == FOREIGN_ADDRESS || s->field == FOREIGN_TWO_ADDRESSES;
	d->error = (is_address ? foreign_address_compare : foreign_compare)(s, op, data,
		data ? length : 0, &d->boxes);
}

static void match_range(struct decoding *d, struct nftnl_expr *e)
{
	const struct foreign_slot *s =
		register_slot(&d->registers, nftnl_expr_get_u32(e, NFTNL_EXPR_RANGE_SREG));
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
	registers_forget(&d->registers);
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

/* The constant in the register of that attribute; NULL: it has none. */
static const uint8_t *constant(const struct decoding *d, struct nftnl_expr *e, uint16_t attribute)
{
	return register_constant(&d->registers, nftnl_expr_get_u32(e, attribute));
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

static void end_immediate(struct decoding *d, struct nftnl_expr *e)
{
	const char *name = NULL;
	uint32_t to = nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_DREG);
	if (to != NFT_REG_VERDICT) {
		uint32_t length = 0;
		const void *data = nftnl_expr_get(e, NFTNL_EXPR_IMM_DATA, &length);
		register_load(&d->registers, to, (struct foreign_slot){.field = FOREIGN_OPAQUE},
			ADDRESS_LENGTH);
		register_keep(&d->registers, to, data, length);
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
		if (d->registers.slots[i].field != FOREIGN_OPAQUE &&
			d->registers.slots[i].field != FOREIGN_REST)
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
	memcpy(slots, &d->registers.slots[first], (REGISTERS - first) * sizeof(slots[0]));
	d->error = d->sets->read(d->sets->context, nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET),
		wish, &slots[0], &s);
	if (d->error < 0)
		return;
	if (is_map)
		end_by_map(d, s, slots);
	else
		d->error = foreign_set_match(s, inverted, slots, &d->boxes);
	if (has_result && !is_map)
		register_load(&d->registers, to, (struct foreign_slot){.field = FOREIGN_OPAQUE},
			ADDRESS_LENGTH);
}

static void do_action(struct decoding *d, enum foreign_action action, enum foreign_end how)
{
	switch (action) {
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
	enum foreign_action action =
		foreign_xt_target(nftnl_expr_get_str(e, NFTNL_EXPR_TG_NAME), &how);
	do_action(d, action, how);
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
	enum foreign_action action;
	enum foreign_end end;
} expressions[] = {
	{"bitwise", load, 0, 0},
	{"byteorder", load, 0, 0},
	{"cmp", match_cmp, 0, 0},
	{"counter", NULL, FOREIGN_DOES_NOTHING, 0},
	{"ct", load, 0, 0},
	{"dup", NULL, FOREIGN_DOES_NOTHING, 0},
	{"fib", load, 0, 0},
	{"flow_offload", NULL, FOREIGN_CHANGES, 0},
	{"fwd", NULL, FOREIGN_ENDS, FOREIGN_UNKNOWN},
	{"hash", load, 0, 0},
	{"immediate", end_immediate, 0, 0},
	{"last", NULL, FOREIGN_DOES_NOTHING, 0},
	{"log", NULL, FOREIGN_DOES_NOTHING, 0},
	{"lookup", look_up, 0, 0},
	{"masq", NULL, FOREIGN_ENDS, FOREIGN_ACCEPT},
	{"match", match_xt, 0, 0},
	{"meta", load, 0, 0},
	{"nat", end_nat, 0, 0},
	{"notrack", NULL, FOREIGN_CHANGES, 0},
	{"numgen", load, 0, 0},
	{"objref", refer, 0, 0},
	{"payload", load, 0, 0},
	{"queue", NULL, FOREIGN_ENDS, FOREIGN_UNKNOWN},
	{"range", match_range, 0, 0},
	{"redir", end_redirect, 0, 0},
	{"reject", NULL, FOREIGN_ENDS, FOREIGN_REJECT},
	{"rt", load, 0, 0},
	{"socket", load, 0, 0},
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
		do_action(d, expressions[i].action, expressions[i].end);
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
		do_action(&d, FOREIGN_ENDS, FOREIGN_UNKNOWN);
		if (d.error == 0)
			d.error = foreign_add_gap(f,
				"table %s, chain %s: rule with handle %llu has an expression that "
				"rolewall does not know",
				chain->table, chain->name, (unsigned long long)d.handle);
	}
	free(d.boxes.items);
	return d.error;
}
