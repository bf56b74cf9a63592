/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Both sides go through libnftnl's printing of expressions: what we make of a rule, and what
 * the kernel shows of it, have the same text exactly if they do the same.  Handles, counts
 * of counters, and the room of sets are left out, but for sets that packets fill: with less room
 * they count fewer.
 *
 * A rule's place in its chain matters, so a chain's number is folded rule by rule.  An
 * element's place in its set does not: the kernel shows a hash in its own order, so
 * elements are added up.
 */
#include "nftables/read/fingerprint.h"

#include <stdio.h> /* libnftnl's headers want it */

#include <netinet/in.h> /* before the kernel's headers */

#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/object.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "nftables/encode/elements.h"
#include "nftables/encode/emit.h"
#include "nftables/read/dump.h"

/* Makes each bit depend on all of them.  Sums of plain FNV do not tell who leads where: two ports
 * that swap flows, whose names differ in the last bit, may leave the sum as it was. */
static uint64_t spread(uint64_t hash)
{
	static const uint64_t golden = 0x9e3779b97f4a7c15u; /* 2^64 over the golden ratio, odd */
	for (int round = 0; round < 3; round++)
		hash = (hash ^ hash >> 32) * golden;
	return hash ^ hash >> 32;
}

/* The list. */

void fingerprints_done(struct fingerprints *f)
{
	arena_free(f->arena);
	*f = (struct fingerprints){0};
}

static struct fingerprint *find(const struct fingerprints *f, enum fingerprint_kind kind,
	const char *name)
{
	return index_get(&f->by_name[kind], name);
}

static struct fingerprint *add(struct fingerprints *f, enum fingerprint_kind kind, const char *name)
{
	struct fingerprint *x = arena_alloc(f->arena, sizeof(*x));
	char *copy = x ? arena_strndup(f->arena, name, strlen(name)) : NULL;
	if (!copy || index_put(&f->by_name[kind], f->arena, copy, x) < 0)
		return NULL;
	*x = (struct fingerprint){kind, copy, HASH_START, HASH_START, false, f->first};
	f->first = x;
	return x;
}

/* Objects, whichever side they come from. */

/* type is NULL unless it is a base chain. */
static int add_chain(struct fingerprints *f, const char *name, const char *type, uint32_t hook,
	int32_t priority, uint32_t policy)
{
	struct fingerprint *x = add(f, FINGERPRINT_CHAIN, name);
	if (!x)
		return -ENOMEM;
	if (type) {
		x->value = hash_text(x->value, type);
		x->value = hash_number(x->value, 1 + hook);
		x->value = hash_number(x->value, (uint32_t)priority);
		x->value = hash_number(x->value, policy);
	}
	x->meaning = x->value;
	return 0;
}

struct folding {
	uint64_t hash;
};

static int fold_expression(struct nftnl_expr *e, void *context)
{
	struct folding *x = context;
	char text[1024];
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	/* the kernel shows flags and timeouts of what was made without any */
	if (strcmp(name, "lookup") == 0 && !nftnl_expr_is_set(e, NFTNL_EXPR_LOOKUP_FLAGS))
		nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_FLAGS, 0);
	if (strcmp(name, "dynset") == 0 && !nftnl_expr_is_set(e, NFTNL_EXPR_DYNSET_TIMEOUT))
		nftnl_expr_set_u64(e, NFTNL_EXPR_DYNSET_TIMEOUT, 0);
	int n = nftnl_expr_snprintf(text, sizeof(text), e, NFTNL_OUTPUT_DEFAULT, 0);
	x->hash = hash_bytes(x->hash, name, strlen(name) + 1);
	if (n > 0)
		x->hash = hash_bytes(x->hash, text, strnlen(text, sizeof(text)));
	return 0;
}

/* Our own expressions are always complete: one that is known only in part is somebody else's. */
static int fold_rule(struct fingerprints *f, struct nftnl_rule *rule, bool is_whole)
{
	struct fingerprint *x =
		find(f, FINGERPRINT_CHAIN, nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN));
	struct folding folding = {HASH_START};
	uint32_t length = 0;
	if (!x)
		return -EINTR; /* a rule of a chain that was not there a moment ago */
	nftnl_expr_foreach(rule, fold_expression, &folding);
	if (!is_whole)
		folding.hash = hash_text(folding.hash, "and more");
	x->meaning = hash_bytes(x->meaning, &folding.hash, sizeof(folding.hash));
	const void *comment = nftnl_rule_get_data(rule, NFTNL_RULE_USERDATA, &length);
	if (comment)
		folding.hash = hash_bytes(folding.hash, comment, length);
	x->value = hash_bytes(x->value, &folding.hash, sizeof(folding.hash));
	return 0;
}

/* data is the type of what a map leads to. */
static struct fingerprint *add_set(struct fingerprints *f, const char *name, uint32_t flags,
	uint32_t type, uint32_t length, uint32_t data, uint32_t room)
{
	struct fingerprint *x = add(f, FINGERPRINT_SET, name);
	if (!x)
		return NULL;
	x->value = hash_number(x->value, flags);
	x->value = hash_number(x->value, type);
	x->value = hash_number(x->value, length);
	x->value = hash_number(x->value, data);
	x->ignores_elements = flags & NFT_SET_EVAL;
	if (x->ignores_elements)
		x->value = hash_number(x->value, room);
	return x;
}

static void add_element(struct fingerprint *x, const void *key, size_t length, bool is_end,
	bool has_verdict, uint32_t verdict, const char *chain)
{
	uint64_t hash = hash_number(hash_bytes(HASH_START, key, length), is_end);
	if (has_verdict)
		hash = hash_number(hash, verdict);
	if (chain)
		hash = hash_bytes(hash, chain, strlen(chain));
	if (!x->ignores_elements)
		x->value += spread(hash);
}

/* Both timeouts are only those of a policy of timeouts. */
static int add_object(struct fingerprints *f, const char *name, uint32_t kind, uint32_t syn_sent,
	uint32_t syn_recv)
{
	struct fingerprint *x = add(f, FINGERPRINT_OBJECT, name);
	if (!x)
		return -ENOMEM;
	x->value = hash_number(x->value, kind);
	if (kind == NFT_OBJECT_CT_TIMEOUT) {
		x->value = hash_number(x->value, syn_sent);
		x->value = hash_number(x->value, syn_recv);
	}
	return 0;
}

/* Of a ruleset. */

DEFINE_CLEANUP(free_rule, struct nftnl_rule, nftnl_rule_free)

struct adding {
	struct fingerprint *fingerprint;
	const struct set *set;
};

static void add_own_element(void *context, const struct kernel_element *e)
{
	const struct adding *a = context;
	const struct element *v = e->verdict;
	add_element(a->fingerprint, e->key, type_spec(a->set->type)->length, e->is_end, v != NULL,
		v ? (uint32_t)emit_verdict(v->verdict) : 0, v ? v->chain : NULL);
}

static int add_own_set(struct fingerprints *f, const struct set *s)
{
	struct fingerprint *x = add_set(f, s->name, emit_set_flags(s), type_spec(s->type)->number,
		(uint32_t)type_spec(s->type)->length, s->is_map ? NFT_DATA_VERDICT : 0,
		(uint32_t)s->room);
	struct adding adding = {x, s};
	if (!x)
		return -ENOMEM;
	kernel_elements(s, add_own_element, &adding);
	return 0;
}

static int add_own_chain(struct fingerprints *f, const struct chain *c)
{
	bool is_base = c->hook != HOOK_NONE;
	int r = add_chain(f, c->name, is_base ? "filter" : NULL, is_base ? emit_hook(c->hook) : 0,
		0, NF_DROP);
	if (r < 0)
		return r;
	for (const struct rule *rule = c->first; rule; rule = rule->next) {
		CLEANUP(free_rule) struct nftnl_rule *made = emit_make_rule(c, rule);
		if (!made)
			return -ENOMEM;
		r = fold_rule(f, made, true);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_own(struct fingerprints *f, const struct ruleset *r)
{
	for (const struct chain *c = r->chains; c; c = c->next) {
		int result = add_own_chain(f, c);
		if (result < 0)
			return result;
	}
	for (const struct set *s = r->sets; s; s = s->next) {
		int result = add_own_set(f, s);
		if (result < 0)
			return result;
	}
	for (const struct object *o = r->objects; o; o = o->next) {
		int result = add_object(f, o->name, emit_object_kind(o->kind), HALF_OPEN_SECONDS,
			HALF_OPEN_SECONDS);
		if (result < 0)
			return result;
	}
	return 0;
}

int fingerprints_of(const struct ruleset *r, struct fingerprints *ret)
{
	struct fingerprints f = {.arena = arena_new()};
	int result = f.arena ? add_own(&f, r) : -ENOMEM;
	if (result < 0) {
		fingerprints_done(&f);
		return result;
	}
	*ret = f;
	return 0;
}

/* Of the kernel's table. */

/* A dormant table judges no packet.  The owner's flag does not matter for what the table does. */
static int take_table(void *context, const struct nftnl_table *t)
{
	if (!(nftnl_table_get_u32(t, NFTNL_TABLE_FLAGS) & NFT_TABLE_F_DORMANT))
		return 0;
	return add(context, FINGERPRINT_TABLE, TABLE_NAME) ? 0 : -ENOMEM;
}

static const char *type_of(const struct nftnl_chain *c)
{
	const char *type = nftnl_chain_get_str(c, NFTNL_CHAIN_TYPE);
	return type ? type : "";
}

static int take_chain(void *context, const struct nftnl_chain *c)
{
	return add_chain(context, nftnl_chain_get_str(c, NFTNL_CHAIN_NAME),
		nftnl_chain_is_set(c, NFTNL_CHAIN_HOOKNUM) ? type_of(c) : NULL,
		nftnl_chain_get_u32(c, NFTNL_CHAIN_HOOKNUM),
		nftnl_chain_get_s32(c, NFTNL_CHAIN_PRIO),
		nftnl_chain_get_u32(c, NFTNL_CHAIN_POLICY));
}

static int take_rule(void *context, struct nftnl_rule *rule, bool is_whole)
{
	return fold_rule(context, rule, is_whole);
}

static int take_set(void *context, const struct nftnl_set *s)
{
	bool added = add_set(context, nftnl_set_get_str(s, NFTNL_SET_NAME),
		nftnl_set_get_u32(s, NFTNL_SET_FLAGS), nftnl_set_get_u32(s, NFTNL_SET_KEY_TYPE),
		nftnl_set_get_u32(s, NFTNL_SET_KEY_LEN), nftnl_set_get_u32(s, NFTNL_SET_DATA_TYPE),
		nftnl_set_get_u32(s, NFTNL_SET_DESC_SIZE));
	return added ? 0 : -ENOMEM;
}

static int take_object(void *context, struct nftnl_obj *o)
{
	const char *name = nftnl_obj_get_str(o, NFTNL_OBJ_NAME);
	uint32_t kind = nftnl_obj_get_u32(o, NFTNL_OBJ_TYPE), length = 0;
	const uint32_t *timeouts = NULL;
	if (kind == NFT_OBJECT_CT_TIMEOUT)
		timeouts = nftnl_obj_get_data(o, NFTNL_OBJ_CT_TIMEOUT_ARRAY, &length);
	if (length < (NFTNL_CTTIMEOUT_TCP_SYN_RECV + 1) * sizeof(*timeouts))
		timeouts = NULL;
	return add_object(context, name, kind,
		timeouts ? timeouts[NFTNL_CTTIMEOUT_TCP_SYN_SENT] : 0,
		timeouts ? timeouts[NFTNL_CTTIMEOUT_TCP_SYN_RECV] : 0);
}

static int take_element(void *context, struct nftnl_set_elem *e)
{
	uint32_t length = 0, flags = 0;
	const void *key = nftnl_set_elem_get(e, NFTNL_SET_ELEM_KEY, &length);
	bool has_verdict = nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_VERDICT);
	if (nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_FLAGS))
		flags = nftnl_set_elem_get_u32(e, NFTNL_SET_ELEM_FLAGS);
	add_element(context, key, key ? length : 0, flags & NFT_SET_ELEM_INTERVAL_END, has_verdict,
		has_verdict ? nftnl_set_elem_get_u32(e, NFTNL_SET_ELEM_VERDICT) : 0,
		nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_CHAIN)
			? nftnl_set_elem_get_str(e, NFTNL_SET_ELEM_CHAIN)
			: NULL);
	return 0;
}

static int read_elements(struct nfsock *s, struct fingerprints *f)
{
	for (struct fingerprint *x = f->first; x; x = x->next) {
		if (x->kind != FINGERPRINT_SET || x->ignores_elements)
			continue;
		int r = dump_elements(s, &dump_ours, x->name, take_element, x);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_objects(struct nfsock *s, struct fingerprints *f)
{
	int r = dump_tables(s, &dump_ours, take_table, f);
	if (r < 0)
		return r;
	r = dump_chains(s, &dump_ours, take_chain, f);
	if (r < 0)
		return r;
	r = dump_rules(s, &dump_ours, take_rule, f);
	if (r < 0)
		return r;
	r = dump_sets(s, &dump_ours, take_set, f);
	if (r < 0)
		return r;
	r = dump_objects(s, &dump_ours, take_object, f);
	return r < 0 ? r : read_elements(s, f);
}

/* -EINTR if somebody has changed something meanwhile. */
static int read_all(struct nfsock *s, struct fingerprints *f)
{
	uint32_t before, after;
	int r = nfsock_genid(s, &before);
	if (r < 0)
		return r;
	r = read_objects(s, f);
	if (r < 0)
		return r;
	r = nfsock_genid(s, &after);
	if (r < 0)
		return r;
	return before == after ? 0 : -EINTR;
}

int fingerprints_read(struct nfsock *s, struct fingerprints *ret)
{
	struct fingerprints f = {.arena = arena_new()};
	int r = f.arena ? read_all(s, &f) : -ENOMEM;
	if (r < 0) {
		fingerprints_done(&f);
		return r;
	}
	*ret = f;
	return 0;
}

/* Comparing. */

enum { DIFFERENCES_SHOWN = 8 };

struct comparing {
	struct text *to;
	size_t differences;
};

static const char *change_of(const struct fingerprint *expected, const struct fingerprint *found)
{
	if (!found)
		return "removed";
	if (found->kind == FINGERPRINT_TABLE)
		return "made dormant";
	return expected ? "changed" : "added";
}

static int note(void *context, const struct fingerprint *expected, const struct fingerprint *found)
{
	static const char *const kinds[] = {
		[FINGERPRINT_TABLE] = "table",
		[FINGERPRINT_CHAIN] = "chain",
		[FINGERPRINT_SET] = "set",
		[FINGERPRINT_OBJECT] = "object",
	};
	struct comparing *c = context;
	const struct fingerprint *x = expected ? expected : found;
	if (c->differences++ < DIFFERENCES_SHOWN)
		text_printf(c->to, "%s%s %s %s", c->differences > 1 ? ", " : "", kinds[x->kind],
			x->name, change_of(expected, found));
	return 0;
}

int fingerprints_differences(const struct fingerprints *expected, const struct fingerprints *found,
	int (*f)(void *context, const struct fingerprint *expected,
		const struct fingerprint *found),
	void *context)
{
	for (const struct fingerprint *x = expected->first; x; x = x->next) {
		const struct fingerprint *y = find(found, x->kind, x->name);
		int r = y && y->value == x->value ? 0 : f(context, x, y);
		if (r != 0)
			return r;
	}
	for (const struct fingerprint *y = found->first; y; y = y->next) {
		int r = find(expected, y->kind, y->name) ? 0 : f(context, NULL, y);
		if (r != 0)
			return r;
	}
	return 0;
}

bool fingerprints_compare(const struct fingerprints *expected, const struct fingerprints *found,
	struct text *to)
{
	struct comparing c = {.to = to};
	if (expected->first && !found->first) {
		text_put(to, "the table is gone");
		return false;
	}
	fingerprints_differences(expected, found, note, &c);
	if (c.differences > DIFFERENCES_SHOWN)
		text_printf(to, " and %zu more", c.differences - DIFFERENCES_SHOWN);
	return c.differences == 0;
}
