/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables, chains, objects and sets; what rules are made of is in emit_rule.c, elements are in
 * emit_elements.c.
 *
 * The messages are those that nft makes of show_nft.c's text, down to the user data by which
 * nft knows comments and byte orders again.
 */
#include "nftables/encode/emit.h"

#include <arpa/inet.h>
#include <libnftnl/chain.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <stdlib.h>
#include <string.h>

/* nft's numbers of byte orders in user data (nftables include/datatype.h) */
enum { BYTEORDER_HOST = 1, BYTEORDER_NETWORK = 2 };

/* The data type of verdicts, as kernel and nft have it. */
#define DATA_VERDICT NFT_DATA_VERDICT

void emit_table(struct batch *b, uint32_t flags)
{
	struct nlmsghdr *nlh = batch_message(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	if (!nlh)
		return;
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, TABLE_NAME);
	mnl_attr_put_u32(nlh, NFTA_TABLE_FLAGS, htonl(flags));
	batch_add(b, (struct origin){.what = "table", .name = TABLE_NAME});
}

uint32_t emit_hook(enum hook h)
{
	switch (h) {
	case HOOK_INPUT:
		return NF_INET_LOCAL_IN;
	case HOOK_FORWARD:
		return NF_INET_FORWARD;
	case HOOK_OUTPUT:
		return NF_INET_LOCAL_OUT;
	case HOOK_NONE:
		break;
	}
	abort(); /* the chain is in none */
}

void emit_chain(struct batch *b, const struct chain *c)
{
	struct nftnl_chain *n = nftnl_chain_alloc();
	struct nlmsghdr *nlh = batch_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	bool good = n && nftnl_chain_set_str(n, NFTNL_CHAIN_TABLE, TABLE_NAME) == 0 &&
		    nftnl_chain_set_str(n, NFTNL_CHAIN_NAME, c->name) == 0;
	if (good && c->hook != HOOK_NONE) {
		nftnl_chain_set_u32(n, NFTNL_CHAIN_HOOKNUM, emit_hook(c->hook));
		nftnl_chain_set_s32(n, NFTNL_CHAIN_PRIO, 0);
		nftnl_chain_set_u32(n, NFTNL_CHAIN_POLICY, NF_DROP);
		good = nftnl_chain_set_str(n, NFTNL_CHAIN_TYPE, "filter") == 0;
	}
	if (good && nlh) {
		nftnl_chain_nlmsg_build_payload(nlh, n);
		batch_add(b, (struct origin){"chain", c->name, c->at, NULL});
	} else {
		batch_fail(b);
	}
	if (n)
		nftnl_chain_free(n);
}

static const char *const object_words[] = {
	[OBJECT_COUNTER] = "counter",
	[OBJECT_HALF_OPEN] = "policy of timeouts",
};

uint32_t emit_object_kind(enum object_kind k)
{
	switch (k) {
	case OBJECT_COUNTER:
		return NFT_OBJECT_COUNTER;
	case OBJECT_HALF_OPEN:
		return NFT_OBJECT_CT_TIMEOUT;
	}
	abort();
}

/* The timeouts that are not said are those that the machine has when the policy is made. */
static void put_half_open(struct nlmsghdr *nlh)
{
	struct nlattr *data = mnl_attr_nest_start(nlh, NFTA_OBJ_DATA);
	mnl_attr_put_u8(nlh, NFTA_CT_TIMEOUT_L4PROTO, IPPROTO_TCP);
	struct nlattr *timeouts = mnl_attr_nest_start(nlh, NFTA_CT_TIMEOUT_DATA);
	mnl_attr_put_u32(nlh, CTA_TIMEOUT_TCP_SYN_SENT, htonl(HALF_OPEN_SECONDS));
	mnl_attr_put_u32(nlh, CTA_TIMEOUT_TCP_SYN_RECV, htonl(HALF_OPEN_SECONDS));
	mnl_attr_nest_end(nlh, timeouts);
	mnl_attr_nest_end(nlh, data);
}

static void put_nothing(struct nlmsghdr *nlh)
{
	mnl_attr_nest_end(nlh, mnl_attr_nest_start(nlh, NFTA_OBJ_DATA));
}

void emit_object_of(struct batch *b, const char *table, const struct object *o)
{
	struct nlmsghdr *nlh = batch_message(b, NFT_MSG_NEWOBJ, NLM_F_CREATE);
	if (!nlh)
		return;
	mnl_attr_put_strz(nlh, NFTA_OBJ_TABLE, table);
	mnl_attr_put_strz(nlh, NFTA_OBJ_NAME, o->name);
	mnl_attr_put_u32(nlh, NFTA_OBJ_TYPE, htonl(emit_object_kind(o->kind)));
	switch (o->kind) {
	case OBJECT_COUNTER:
		put_nothing(nlh);
		break;
	case OBJECT_HALF_OPEN:
		put_half_open(nlh);
		break;
	}
	batch_add(b, (struct origin){object_words[o->kind], o->name, o->at, NULL});
}

void emit_object(struct batch *b, const struct object *o)
{
	emit_object_of(b, TABLE_NAME, o);
}

/* The user data that nft keeps with a set: how its numbers are stored, and the comment. */
static bool set_user_data(struct nftnl_set *n, const struct set *s)
{
	struct nftnl_udata_buf *u = nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);
	uint32_t order = type_spec(s->type)->big_endian ? BYTEORDER_NETWORK : BYTEORDER_HOST;
	bool good = u && nftnl_udata_put_u32(u, NFTNL_UDATA_SET_KEYBYTEORDER, order) &&
		    (!s->is_map || nftnl_udata_put_u32(u, NFTNL_UDATA_SET_DATABYTEORDER, 0)) &&
		    nftnl_udata_put_strz(u, NFTNL_UDATA_SET_COMMENT, s->comment) &&
		    nftnl_set_set_data(n, NFTNL_SET_USERDATA, nftnl_udata_buf_data(u),
			    nftnl_udata_buf_len(u)) == 0;
	if (u)
		nftnl_udata_buf_free(u);
	return good;
}

uint32_t emit_set_flags(const struct set *s)
{
	return (s->is_map ? NFT_SET_MAP : 0) | (s->interval ? NFT_SET_INTERVAL : 0) |
	       (s->dynamic ? NFT_SET_EVAL : 0) | (s->seconds ? NFT_SET_TIMEOUT : 0);
}

static bool fill_set(struct nftnl_set *n, const struct set *s, uint32_t number)
{
	nftnl_set_set_u32(n, NFTNL_SET_ID, number);
	nftnl_set_set_u32(n, NFTNL_SET_FLAGS, emit_set_flags(s));
	nftnl_set_set_u32(n, NFTNL_SET_KEY_TYPE, type_spec(s->type)->number);
	nftnl_set_set_u32(n, NFTNL_SET_KEY_LEN, (uint32_t)type_spec(s->type)->length);
	if (s->seconds)
		nftnl_set_set_u64(n, NFTNL_SET_TIMEOUT, s->seconds * UINT64_C(1000));
	if (s->is_map)
		nftnl_set_set_u32(n, NFTNL_SET_DATA_TYPE, DATA_VERDICT);
	if (!s->interval)
		nftnl_set_set_u32(n, NFTNL_SET_DESC_SIZE, (uint32_t)s->room);
	return nftnl_set_set_str(n, NFTNL_SET_TABLE, TABLE_NAME) == 0 &&
	       nftnl_set_set_str(n, NFTNL_SET_NAME, s->name) == 0 && set_user_data(n, s);
}

void emit_set(struct batch *b, const struct set *s, uint32_t number)
{
	struct nftnl_set *n = nftnl_set_alloc();
	struct nlmsghdr *nlh = batch_message(b, NFT_MSG_NEWSET, NLM_F_CREATE);
	if (n && nlh && fill_set(n, s, number)) {
		nftnl_set_nlmsg_build_payload(nlh, n);
		batch_add(b, (struct origin){"set", s->name, s->at, NULL});
	} else {
		batch_fail(b);
	}
	if (n)
		nftnl_set_free(n);
}

static void emit_rule(struct batch *b, const struct chain *c, const struct rule *r)
{
	struct nftnl_rule *made = emit_make_rule(c, r);
	struct nlmsghdr *nlh = batch_message(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	if (made && nlh) {
		nftnl_rule_nlmsg_build_payload(nlh, made);
		batch_add(b, (struct origin){"rule of chain", c->name, r->at, r});
	} else {
		batch_fail(b);
	}
	if (made)
		nftnl_rule_free(made);
}

void emit_rules(struct batch *b, const struct chain *c)
{
	for (const struct rule *r = c->first; r; r = r->next)
		emit_rule(b, c, r);
}

/* Removing. */

void emit_delete_table(struct batch *b)
{
	struct nlmsghdr *nlh = batch_message(b, NFT_MSG_DELTABLE, 0);
	if (!nlh)
		return;
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, TABLE_NAME);
	batch_add(b, (struct origin){.what = "removal of the old table"});
}

void emit_flush_rules(struct batch *b)
{
	struct nlmsghdr *nlh = batch_message(b, NFT_MSG_DELRULE, 0);
	if (!nlh)
		return;
	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, TABLE_NAME);
	batch_add(b, (struct origin){.what = "removal of the old rules"});
}

static void emit_delete(struct batch *b, uint16_t type, uint16_t table, uint16_t attribute,
	const char *name, const char *what)
{
	struct nlmsghdr *nlh = batch_message(b, type, 0);
	if (!nlh)
		return;
	mnl_attr_put_strz(nlh, table, TABLE_NAME);
	mnl_attr_put_strz(nlh, attribute, name);
	batch_add(b, (struct origin){.what = what});
}

void emit_flush_chain(struct batch *b, const char *name)
{
	emit_delete(b, NFT_MSG_DELRULE, NFTA_RULE_TABLE, NFTA_RULE_CHAIN, name,
		"removal of old rules");
}

void emit_delete_chain(struct batch *b, const char *name)
{
	emit_delete(b, NFT_MSG_DELCHAIN, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME, name,
		"removal of an old chain");
}

void emit_delete_set(struct batch *b, const char *name)
{
	emit_delete(b, NFT_MSG_DELSET, NFTA_SET_TABLE, NFTA_SET_NAME, name,
		"removal of an old set");
}

void emit_flush_set(struct batch *b, const char *name)
{
	emit_delete(b, NFT_MSG_DELSETELEM, NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_ELEM_LIST_SET, name,
		"removal of the elements of an old set");
}

void emit_delete_object(struct batch *b, const char *name, uint32_t type)
{
	struct nlmsghdr *nlh = batch_message(b, NFT_MSG_DELOBJ, 0);
	if (!nlh)
		return;
	mnl_attr_put_strz(nlh, NFTA_OBJ_TABLE, TABLE_NAME);
	mnl_attr_put_strz(nlh, NFTA_OBJ_NAME, name);
	mnl_attr_put_u32(nlh, NFTA_OBJ_TYPE, htonl(type));
	batch_add(b, (struct origin){.what = "removal of an old object"});
}
