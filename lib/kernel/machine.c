/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An interpreter of nf_tables' bytecode, as far as rules of ours use it.
 *
 * The twin of ruleset/evaluate.c, one floor down: that one walks what was compiled, this one
 * what the kernel has, whoever wrote it and with whatever version of the compiler.  Both
 * ask the same packet for its fields.  Rates and session counts are taken to be below their
 * limits.
 */
#include "kernel/machine.h"

#include <stdio.h> /* libnftnl's headers want it */

#include <netinet/in.h> /* before the kernel's headers */

#include <errno.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/elements.h"
#include "kernel/field.h"

/* Registers.  The kernel shows 16 bytes as one register, or 4 bytes of it as one of sixteen. */

static uint8_t *register_at(struct machine *m, uint32_t number, uint32_t length)
{
	size_t at = number >= NFT_REG32_00 ? MACHINE_REGISTER + (number - NFT_REG32_00) * 4u
					   : number * MACHINE_REGISTER;
	if (at < MACHINE_REGISTER || at > sizeof(m->registers) ||
		length > sizeof(m->registers) - at)
		return NULL;
	return m->registers + at;
}

static bool matches_load(const struct nftnl_expr *e, enum loader loader, enum field f)
{
	const struct field_load *l = field_load(f);
	if (l->loader != loader)
		return false;
	switch (loader) {
	case LOAD_META:
		return nftnl_expr_get_u32(e, NFTNL_EXPR_META_KEY) == l->key;
	case LOAD_CT:
		return nftnl_expr_get_u32(e, NFTNL_EXPR_CT_KEY) == l->key &&
		       nftnl_expr_is_set(e, NFTNL_EXPR_CT_DIR) == l->original &&
		       (!l->original || nftnl_expr_get_u8(e, NFTNL_EXPR_CT_DIR) == 0);
	case LOAD_PAYLOAD:
		return nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_BASE) == l->key &&
		       nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET) == l->offset &&
		       nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_LEN) ==
			       type_spec(field_spec(f)->type)->length;
	}
	return false;
}

/* The packet's field as it stands in a register; false if it has none. */
static bool field_key(const struct packet *p, enum field f, uint8_t key[KEY_MAX])
{
	enum data_type type = field_spec(f)->type;
	struct addr a;
	uint32_t n;
	memset(key, 0, KEY_MAX);
	if (type == TYPE_INTERFACE_NAME) {
		strncpy((char *)key, p->loopback ? "lo" : p->interface ? p->interface : "",
			KEY_MAX);
		return true;
	}
	if (type == TYPE_IPV4_ADDR || type == TYPE_IPV6_ADDR) {
		if (!packet_address(p, f, &a))
			return false;
		memcpy(key, a.bytes, KEY_MAX);
		return true;
	}
	if (!packet_number(p, f, &n))
		return false;
	kernel_key(type, n, key);
	return true;
}

static int load(struct machine *m, const struct nftnl_expr *e, enum loader loader, uint32_t to)
{
	uint8_t *reg = register_at(m, to, KEY_MAX), key[KEY_MAX];
	bool known = false;
	if (!reg)
		return -ENOTSUP;
	for (enum field f = 0; f < FIELDS; f++) {
		if (!matches_load(e, loader, f))
			continue;
		known = true;
		if (field_key(m->packet, f, key)) {
			memcpy(reg, key, KEY_MAX);
			m->loaded = to;
			m->loaded_length = (uint32_t)type_spec(field_spec(f)->type)->length;
			return MACHINE_HOLDS;
		}
	}
	return known ? MACHINE_FAILS : -ENOTSUP;
}

static int load_meta(struct machine *m, const struct nftnl_expr *e)
{
	if (!nftnl_expr_is_set(e, NFTNL_EXPR_META_DREG))
		return MACHINE_HOLDS; /* it sets something */
	uint32_t to = nftnl_expr_get_u32(e, NFTNL_EXPR_META_DREG);
	uint8_t *reg = register_at(m, to, 1);
	if (nftnl_expr_get_u32(e, NFTNL_EXPR_META_KEY) != NFT_META_NFPROTO)
		return load(m, e, LOAD_META, to);
	if (!reg)
		return -ENOTSUP;
	*reg = m->packet->source.family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6;
	return MACHINE_HOLDS;
}

static int load_ct(struct machine *m, const struct nftnl_expr *e)
{
	if (!nftnl_expr_is_set(e, NFTNL_EXPR_CT_DREG))
		return MACHINE_HOLDS;
	return load(m, e, LOAD_CT, nftnl_expr_get_u32(e, NFTNL_EXPR_CT_DREG));
}

static int load_payload(struct machine *m, const struct nftnl_expr *e)
{
	return load(m, e, LOAD_PAYLOAD, nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_DREG));
}

/* Working on them. */

static int run_bitwise(struct machine *m, const struct nftnl_expr *e)
{
	uint32_t length = nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_LEN), n_mask = 0, n_flip = 0;
	const uint8_t *from =
		register_at(m, nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_SREG), length);
	uint8_t *to = register_at(m, nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_DREG), length);
	const uint8_t *mask = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_MASK, &n_mask);
	const uint8_t *flip = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_XOR, &n_flip);
	if (nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_OP) != NFT_BITWISE_BOOL || !from || !to ||
		!mask || !flip || n_mask < length || n_flip < length)
		return -ENOTSUP;
	for (uint32_t i = 0; i < length; i++)
		to[i] = (uint8_t)((from[i] & mask[i]) ^ flip[i]);
	return MACHINE_HOLDS;
}

static int run_cmp(struct machine *m, const struct nftnl_expr *e)
{
	uint32_t length = 0;
	const void *right = nftnl_expr_get(e, NFTNL_EXPR_CMP_DATA, &length);
	const uint8_t *left = register_at(m, nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_SREG), length);
	if (!left || !right)
		return -ENOTSUP;
	int order = memcmp(left, right, length);
	switch (nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_OP)) {
	case NFT_CMP_EQ:
		return order == 0 ? MACHINE_HOLDS : MACHINE_FAILS;
	case NFT_CMP_NEQ:
		return order != 0 ? MACHINE_HOLDS : MACHINE_FAILS;
	case NFT_CMP_LT:
		return order < 0 ? MACHINE_HOLDS : MACHINE_FAILS;
	case NFT_CMP_LTE:
		return order <= 0 ? MACHINE_HOLDS : MACHINE_FAILS;
	case NFT_CMP_GT:
		return order > 0 ? MACHINE_HOLDS : MACHINE_FAILS;
	case NFT_CMP_GTE:
		return order >= 0 ? MACHINE_HOLDS : MACHINE_FAILS;
	}
	return -ENOTSUP;
}

/* Sets. */

static int run_lookup(struct machine *m, const struct nftnl_expr *e)
{
	struct fate found = {.kind = NFT_CONTINUE};
	const char *set = nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET);
	uint32_t from = nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_SREG);
	const uint8_t *key = register_at(m, from, KEY_MAX);
	bool inverted = nftnl_expr_is_set(e, NFTNL_EXPR_LOOKUP_FLAGS) &&
			(nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_FLAGS) & NFT_LOOKUP_F_INV);
	if (!key || !set || from != m->loaded)
		return -ENOTSUP;
	int r = m->find(m->context, set, key, m->loaded_length, &found);
	if (r < 0)
		return r == -EINVAL ? -ENOTSUP : r; /* a key of another kind */
	if (!nftnl_expr_is_set(e, NFTNL_EXPR_LOOKUP_DREG))
		return !!r != inverted ? MACHINE_HOLDS : MACHINE_FAILS;
	if (r > 0)
		m->fate = found;
	return r == 0 ? MACHINE_FAILS : found.kind != NFT_CONTINUE ? MACHINE_DECIDED : -ENOTSUP;
}

/* Verdicts. */

static int decide(struct machine *m, int32_t kind, const char *chain)
{
	m->fate = (struct fate){kind, chain};
	return MACHINE_DECIDED;
}

static int run_immediate(struct machine *m, const struct nftnl_expr *e)
{
	if (nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_DREG) != NFT_REG_VERDICT)
		return -ENOTSUP;
	return decide(m, (int32_t)nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_VERDICT),
		nftnl_expr_get_str(e, NFTNL_EXPR_IMM_CHAIN));
}

static int run_reject(struct machine *m, const struct nftnl_expr *e)
{
	(void)e;
	return decide(m, NF_DROP, NULL);
}

static int run_objref(struct machine *m, const struct nftnl_expr *e)
{
	if (nftnl_expr_is_set(e, NFTNL_EXPR_OBJREF_IMM_NAME))
		m->counter = nftnl_expr_get_str(e, NFTNL_EXPR_OBJREF_IMM_NAME);
	return MACHINE_HOLDS;
}

static int run_limit(struct machine *m, const struct nftnl_expr *e)
{
	(void)m;
	return nftnl_expr_get_u32(e, NFTNL_EXPR_LIMIT_FLAGS) & NFT_LIMIT_F_INV ? MACHINE_FAILS
									       : MACHINE_HOLDS;
}

/* The count of sessions: holds above its number. */
static int run_dynset(struct machine *m, const struct nftnl_expr *e)
{
	(void)m;
	return nftnl_expr_is_set(e, NFTNL_EXPR_DYNSET_EXPR) ? MACHINE_FAILS : MACHINE_HOLDS;
}

static int go_on(struct machine *m, const struct nftnl_expr *e)
{
	(void)m;
	(void)e;
	return MACHINE_HOLDS;
}

static const struct {
	const char *name;
	int (*run)(struct machine *m, const struct nftnl_expr *e);
} expressions[] = {
	{"meta", load_meta},
	{"ct", load_ct},
	{"payload", load_payload},
	{"bitwise", run_bitwise},
	{"cmp", run_cmp},
	{"lookup", run_lookup},
	{"immediate", run_immediate},
	{"reject", run_reject},
	{"objref", run_objref},
	{"limit", run_limit},
	{"dynset", run_dynset},
	{"counter", go_on},
	{"log", go_on},
};

static int run_expression(struct machine *m, const struct nftnl_expr *e)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++)
		if (strcmp(expressions[i].name, name) == 0)
			return expressions[i].run(m, e);
	return -ENOTSUP;
}

int machine_run(struct machine *m, const struct nftnl_rule *rule)
{
	struct nftnl_expr_iter *i = nftnl_expr_iter_create(rule);
	const struct nftnl_expr *e;
	int r = MACHINE_HOLDS;
	if (!i)
		return -ENOMEM;
	while (r == MACHINE_HOLDS && (e = nftnl_expr_iter_next(i)))
		r = run_expression(m, e);
	nftnl_expr_iter_destroy(i);
	return r;
}
