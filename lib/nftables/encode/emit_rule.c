/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules as expressions.
 *
 * Each statement loads its field into register 1 and works on it there, as nft does.  A
 * field of a header is only read where that header is: nft makes sure of the family and
 * the transport protocol first, once in a rule, and so do we.
 *
 * The expression maker is sticky.  libnftnl's number setters cannot fail; those of strings
 * and data allocate, and are checked.
 */
#include <stdio.h> /* libnftnl/expr.h wants it */

#include <arpa/inet.h>
#include <assert.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <string.h>
#include <syslog.h>

#include "nftables/encode/emit.h"
#include "nftables/encode/field.h"

struct maker {
	struct nftnl_rule *rule;
	uint8_t nfproto; /* what the rule has made sure of so far; 0: nothing */
	uint8_t l4proto;
	bool failed;
};

/* A new expression at the end of the rule, or NULL. */
static struct nftnl_expr *expression(struct maker *m, const char *name)
{
	struct nftnl_expr *e = m->failed ? NULL : nftnl_expr_alloc(name);
	if (e)
		nftnl_rule_add_expr(m->rule, e);
	else
		m->failed = true;
	return e;
}

static void set_string(struct maker *m, struct nftnl_expr *e, uint16_t attribute, const char *s)
{
	if (nftnl_expr_set_str(e, attribute, s) < 0)
		m->failed = true;
}

static void set_bytes(struct maker *m, struct nftnl_expr *e, uint16_t attribute, const void *bytes,
	size_t length)
{
	if (nftnl_expr_set(e, attribute, bytes, (uint32_t)length) < 0)
		m->failed = true;
}

static void compare(struct maker *m, uint32_t comparison, const void *value, size_t length)
{
	struct nftnl_expr *e = expression(m, "cmp");
	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, comparison);
	set_bytes(m, e, NFTNL_EXPR_CMP_DATA, value, length);
}

static void bitwise(struct maker *m, const void *mask, const void *flip, size_t length)
{
	struct nftnl_expr *e = expression(m, "bitwise");
	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_OP, NFT_BITWISE_BOOL);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_LEN, (uint32_t)length);
	set_bytes(m, e, NFTNL_EXPR_BITWISE_MASK, mask, length);
	set_bytes(m, e, NFTNL_EXPR_BITWISE_XOR, flip, length);
}

static void load_meta(struct maker *m, uint32_t key)
{
	struct nftnl_expr *e = expression(m, "meta");
	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
}

static void load_ct(struct maker *m, uint32_t key, bool original)
{
	struct nftnl_expr *e = expression(m, "ct");
	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_DREG, NFT_REG_1);
	if (original)
		nftnl_expr_set_u8(e, NFTNL_EXPR_CT_DIR, 0); /* IP_CT_DIR_ORIGINAL */
}

static void load_payload(struct maker *m, const struct field_load *l, size_t length)
{
	struct nftnl_expr *e = expression(m, "payload");
	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, l->key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, l->offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, (uint32_t)length);
}

/* meta KEY VALUE, unless the rule has made sure of it */
static void require(struct maker *m, uint32_t key, uint8_t value, uint8_t *known)
{
	if (value == 0 || *known == value)
		return;
	load_meta(m, key);
	compare(m, NFT_CMP_EQ, &value, sizeof(value));
	*known = value;
}

static size_t field_length(enum field f)
{
	return type_spec(field_spec(f)->type)->length;
}

static void load(struct maker *m, enum field f)
{
	const struct field_load *l = field_load(f);
	require(m, NFT_META_NFPROTO, l->nfproto, &m->nfproto);
	require(m, NFT_META_L4PROTO, l->l4proto, &m->l4proto);
	switch (l->loader) {
	case LOAD_META:
		load_meta(m, l->key);
		return;
	case LOAD_CT:
		load_ct(m, l->key, l->original);
		return;
	case LOAD_PAYLOAD:
		load_payload(m, l, field_length(f));
		return;
	}
	assert(!"a field of no loader");
}

/* A number as the field has it in a register. */
struct packed {
	uint8_t bytes[4];
};

static struct packed pack(enum field f, uint32_t value)
{
	struct packed p = {0};
	size_t length = field_length(f);
	assert(length <= sizeof(p.bytes));
	if (type_spec(field_spec(f)->type)->big_endian) {
		value = htonl(value);
		memcpy(p.bytes, (const uint8_t *)&value + (sizeof(value) - length), length);
	} else if (length == 1) {
		p.bytes[0] = (uint8_t)value;
	} else {
		memcpy(p.bytes, &value, sizeof(value));
	}
	return p;
}

/* field & mask ==/!= value */
static void match_bits(struct maker *m, enum field f, uint32_t mask, uint32_t comparison,
	uint32_t value)
{
	struct packed bits = pack(f, mask), zero = {0}, right = pack(f, value);
	load(m, f);
	bitwise(m, &bits, &zero, field_length(f));
	compare(m, comparison, &right, field_length(f));
}

static void match_value(struct maker *m, enum field f, uint32_t comparison, uint32_t value)
{
	struct packed right = pack(f, value);
	load(m, f);
	compare(m, comparison, &right, field_length(f));
}

static void make_equal(struct maker *m, const struct statement *s)
{
	bool unequal = s->kind == STATEMENT_UNEQUAL;
	match_value(m, s->field, unequal ? NFT_CMP_NEQ : NFT_CMP_EQ, s->value);
	if (s->field == FIELD_L4PROTO && !unequal)
		m->l4proto = (uint8_t)s->value;
}

/* The kernel compares all of a name's 16 bytes. */
static void make_name(struct maker *m, const struct statement *s)
{
	char name[IFNAMSIZ] = {0};
	strncpy(name, s->name, sizeof(name) - 1);
	load(m, s->field);
	compare(m, NFT_CMP_EQ, name, sizeof(name));
}

static void make_prefix6(struct maker *m, const struct statement *s)
{
	static const uint8_t prefix[16] = {0xfe, 0x80}, mask[16] = {0xff, 0xc0}, zero[16] = {0};
	load(m, s->field);
	bitwise(m, mask, zero, sizeof(mask));
	compare(m, NFT_CMP_EQ, prefix, sizeof(prefix));
}

static void make_lookup(struct maker *m, const struct statement *s)
{
	load(m, s->field);
	struct nftnl_expr *e = expression(m, "lookup");
	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	if (s->kind == STATEMENT_VMAP)
		nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_DREG, NFT_REG_VERDICT);
	set_string(m, e, NFTNL_EXPR_LOOKUP_SET, s->name);
}

static void fill_limit(struct nftnl_expr *e, const struct statement *s)
{
	nftnl_expr_set_u64(e, NFTNL_EXPR_LIMIT_RATE, s->rate);
	nftnl_expr_set_u64(e, NFTNL_EXPR_LIMIT_UNIT, 1); /* second */
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_BURST, s->burst);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_TYPE, NFT_LIMIT_PKTS);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_FLAGS, s->over ? NFT_LIMIT_F_INV : 0);
}

static void make_limit(struct maker *m, const struct statement *s)
{
	struct nftnl_expr *e = expression(m, "limit");
	if (e)
		fill_limit(e, s);
}

/* An expression for each of a set's elements, which take it over. */
static struct nftnl_expr *make_dynamic(struct maker *m, const struct statement *s,
	uint32_t operation, const char *kind)
{
	load(m, s->field);
	struct nftnl_expr *e = expression(m, "dynset");
	struct nftnl_expr *inner = e ? nftnl_expr_alloc(kind) : NULL;
	if (!inner) {
		m->failed = true;
		return NULL;
	}
	nftnl_expr_set_u32(e, NFTNL_EXPR_DYNSET_SREG_KEY, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_DYNSET_OP, operation);
	nftnl_expr_set(e, NFTNL_EXPR_DYNSET_EXPR, inner, 0);
	set_string(m, e, NFTNL_EXPR_DYNSET_SET_NAME, s->name);
	return inner;
}

static void make_sessions(struct maker *m, const struct statement *s)
{
	struct nftnl_expr *count = make_dynamic(m, s, NFT_DYNSET_OP_ADD, "connlimit");
	if (!count)
		return;
	nftnl_expr_set_u32(count, NFTNL_EXPR_CONNLIMIT_COUNT, s->value);
	nftnl_expr_set_u32(count, NFTNL_EXPR_CONNLIMIT_FLAGS, NFT_CONNLIMIT_F_INV); /* over */
}

/* An update: the element stays for as long again. */
static void make_rate(struct maker *m, const struct statement *s)
{
	struct nftnl_expr *rate = make_dynamic(m, s, NFT_DYNSET_OP_UPDATE, "limit");
	if (rate)
		fill_limit(rate, s);
}

static void make_mark(struct maker *m, const struct statement *s)
{
	load(m, FIELD_CT_MARK);
	bitwise(m, &s->mask, &s->value, sizeof(s->mask));
	struct nftnl_expr *e = expression(m, "ct");
	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, NFT_CT_MARK);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_SREG, NFT_REG_1);
}

static void make_object(struct maker *m, const struct statement *s)
{
	bool counts = s->kind == STATEMENT_COUNTER;
	struct nftnl_expr *e = expression(m, "objref");
	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_OBJREF_IMM_TYPE,
		emit_object_kind(counts ? OBJECT_COUNTER : OBJECT_HALF_OPEN));
	set_string(m, e, NFTNL_EXPR_OBJREF_IMM_NAME, s->name);
}

static void make_log(struct maker *m, const struct statement *s)
{
	struct nftnl_expr *e = expression(m, "log");
	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOG_LEVEL, LOG_INFO);
	set_string(m, e, NFTNL_EXPR_LOG_PREFIX, s->name);
}

/* log group 7 snaplen 512 queue-threshold 1
 *
 * By default the kernel keeps copies back for a second, or until there are a hundred. */
static void make_copy(struct maker *m, const struct statement *s)
{
	struct nftnl_expr *e = expression(m, "log");
	if (!e)
		return;
	nftnl_expr_set_u16(e, NFTNL_EXPR_LOG_GROUP, (uint16_t)s->value);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOG_SNAPLEN, s->length);
	nftnl_expr_set_u16(e, NFTNL_EXPR_LOG_QTHRESHOLD, 1);
}

/* queue num 5
 *
 * Never with `bypass`: without a listener it would accept, past all our other rules. */
static void make_queue(struct maker *m, const struct statement *s)
{
	struct nftnl_expr *e = expression(m, "queue");
	if (!e)
		return;
	nftnl_expr_set_u16(e, NFTNL_EXPR_QUEUE_NUM, (uint16_t)s->value);
	nftnl_expr_set_u16(e, NFTNL_EXPR_QUEUE_TOTAL, 1);
	nftnl_expr_set_u16(e, NFTNL_EXPR_QUEUE_FLAGS, 0);
}

static void make_reject(struct maker *m, const struct statement *s)
{
	bool tcp = s->kind == STATEMENT_REJECT_TCP;
	struct nftnl_expr *e = expression(m, "reject");
	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_REJECT_TYPE,
		tcp ? NFT_REJECT_TCP_RST : NFT_REJECT_ICMPX_UNREACH);
	nftnl_expr_set_u8(e, NFTNL_EXPR_REJECT_CODE, tcp ? 0 : NFT_REJECT_ICMPX_ADMIN_PROHIBITED);
}

static void make_verdict(struct maker *m, const struct statement *s)
{
	struct nftnl_expr *e = expression(m, "immediate");
	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, (uint32_t)emit_verdict(s->verdict));
	if (s->name)
		set_string(m, e, NFTNL_EXPR_IMM_CHAIN, s->name);
}

static void make_statement(struct maker *m, const struct statement *s)
{
	switch (s->kind) {
	case STATEMENT_EQUAL:
	case STATEMENT_UNEQUAL:
		make_equal(m, s);
		return;
	case STATEMENT_MASKED:
		match_bits(m, s->field, s->mask, NFT_CMP_EQ, s->value);
		return;
	case STATEMENT_ANY_BIT:
		match_bits(m, s->field, s->value, NFT_CMP_NEQ, 0);
		return;
	case STATEMENT_NAME:
		make_name(m, s);
		return;
	case STATEMENT_PREFIX6:
		make_prefix6(m, s);
		return;
	case STATEMENT_LOOKUP:
	case STATEMENT_VMAP:
		make_lookup(m, s);
		return;
	case STATEMENT_LIMIT:
		make_limit(m, s);
		return;
	case STATEMENT_SESSIONS:
		make_sessions(m, s);
		return;
	case STATEMENT_RATE:
		make_rate(m, s);
		return;
	case STATEMENT_MARK:
		make_mark(m, s);
		return;
	case STATEMENT_COUNTER:
	case STATEMENT_TIMEOUTS:
		make_object(m, s);
		return;
	case STATEMENT_LOG:
		make_log(m, s);
		return;
	case STATEMENT_COPY:
		make_copy(m, s);
		return;
	case STATEMENT_QUEUE:
		make_queue(m, s);
		return;
	case STATEMENT_REJECT_TCP:
	case STATEMENT_REJECT:
		make_reject(m, s);
		return;
	case STATEMENT_VERDICT:
		make_verdict(m, s);
		return;
	}
	assert(!"a statement of no kind");
}

static bool set_comment(struct nftnl_rule *n, const char *comment)
{
	struct nftnl_udata_buf *u = nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);
	bool good = u && nftnl_udata_put_strz(u, NFTNL_UDATA_RULE_COMMENT, comment) &&
		    nftnl_rule_set_data(n, NFTNL_RULE_USERDATA, nftnl_udata_buf_data(u),
			    nftnl_udata_buf_len(u)) == 0;
	if (u)
		nftnl_udata_buf_free(u);
	return good;
}

struct nftnl_rule *emit_make_rule(const struct chain *c, const struct rule *r)
{
	struct maker m = {.rule = nftnl_rule_alloc()};
	m.failed = !m.rule || nftnl_rule_set_str(m.rule, NFTNL_RULE_TABLE, TABLE_NAME) < 0 ||
		   nftnl_rule_set_str(m.rule, NFTNL_RULE_CHAIN, c->name) < 0 ||
		   !set_comment(m.rule, r->comment);
	for (size_t i = 0; i < r->n_statements && !m.failed; i++)
		make_statement(&m, &r->statements[i]);
	if (m.failed && m.rule) {
		nftnl_rule_free(m.rule);
		return NULL;
	}
	return m.rule;
}
