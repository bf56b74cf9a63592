/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elements, by the thousand in one message.
 *
 * They are written attribute by attribute and not through libnftnl's set elements, which
 * would take a hundred bytes of heap for each of a million addresses.  A nested attribute's
 * length has 16 bits and libmnl does not look: a message ends well before it would wrap.
 */
#include <arpa/inet.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "nftables/encode/elements.h"
#include "nftables/encode/emit.h"

enum {
	/* of one element: nests, key, flags, verdict with chain, user data */
	ELEMENT_SIZE_MAX = 512,
	LIST_SIZE_MAX = BATCH_MESSAGE_SIZE - 4096,
};

struct writer {
	struct batch *batch;
	const struct set *set;
	bool removes;
	struct nlmsghdr *nlh;
	struct nlattr *list;
};

static void close_message(struct writer *w)
{
	if (!w->nlh)
		return;
	mnl_attr_nest_end(w->nlh, w->list);
	batch_add(w->batch,
		(struct origin){w->removes ? "removal of elements of set" : "elements of set",
			w->set->name, w->set->at, NULL});
	w->nlh = NULL;
}

static bool open_message(struct writer *w)
{
	if (w->nlh && w->nlh->nlmsg_len + ELEMENT_SIZE_MAX < LIST_SIZE_MAX)
		return true;
	close_message(w);
	w->nlh = w->removes ? batch_message(w->batch, NFT_MSG_DELSETELEM, 0)
			    : batch_message(w->batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
	if (!w->nlh)
		return false;
	mnl_attr_put_strz(w->nlh, NFTA_SET_ELEM_LIST_TABLE, TABLE_NAME);
	mnl_attr_put_strz(w->nlh, NFTA_SET_ELEM_LIST_SET, w->set->name);
	w->list = mnl_attr_nest_start(w->nlh, NFTA_SET_ELEM_LIST_ELEMENTS);
	return true;
}

int32_t emit_verdict(enum verdict v)
{
	switch (v) {
	case VERDICT_ACCEPT:
		return NF_ACCEPT;
	case VERDICT_JUMP:
		return NFT_JUMP;
	case VERDICT_GOTO:
		return NFT_GOTO;
	case VERDICT_DROP:
		return NF_DROP;
	case VERDICT_NONE:
		break;
	}
	abort(); /* what has none is not asked for one */
}

static void put_verdict(struct nlmsghdr *nlh, const struct element *e)
{
	struct nlattr *data = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_DATA);
	struct nlattr *verdict = mnl_attr_nest_start(nlh, NFTA_DATA_VERDICT);
	mnl_attr_put_u32(nlh, NFTA_VERDICT_CODE, htonl((uint32_t)emit_verdict(e->verdict)));
	if (e->chain)
		mnl_attr_put_strz(nlh, NFTA_VERDICT_CHAIN, e->chain);
	mnl_attr_nest_end(nlh, verdict);
	mnl_attr_nest_end(nlh, data);
}

/* nft's note that a run has no end, so that it can print it again. */
static void put_open_end(struct nlmsghdr *nlh)
{
	const uint32_t flags = NFTNL_SET_ELEM_F_INTERVAL_OPEN;
	uint8_t note[2 + sizeof(flags)] = {NFTNL_UDATA_SET_ELEM_FLAGS, sizeof(flags)};
	memcpy(note + 2, &flags, sizeof(flags));
	mnl_attr_put(nlh, NFTA_SET_ELEM_USERDATA, sizeof(note), note);
}

static void put(void *context, const struct kernel_element *e)
{
	struct writer *w = context;
	if (!open_message(w))
		return;
	struct nlmsghdr *nlh = w->nlh;
	struct nlattr *element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	if (e->is_end)
		mnl_attr_put_u32(nlh, NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_INTERVAL_END));
	struct nlattr *key = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_KEY);
	mnl_attr_put(nlh, NFTA_DATA_VALUE, type_spec(w->set->type)->length, e->key);
	mnl_attr_nest_end(nlh, key);
	if (e->verdict && !w->removes)
		put_verdict(nlh, e->verdict);
	if (e->is_open && !w->removes)
		put_open_end(nlh);
	mnl_attr_nest_end(nlh, element);
}

void emit_elements(struct batch *b, const struct set *s)
{
	struct writer w = {.batch = b, .set = s};
	kernel_elements(s, put, &w);
	close_message(&w);
}

void emit_elements_part(struct batch *b, const struct set *s, size_t first, size_t count)
{
	struct writer w = {.batch = b, .set = s};
	kernel_elements_part(s, first, count, put, &w);
	close_message(&w);
}

void emit_elements_removal(struct batch *b, const struct set *s)
{
	struct writer w = {.batch = b, .set = s, .removes = true};
	kernel_elements(s, put, &w);
	close_message(&w);
}

/* Removals first: in an interval set a new run may overlap an old one. */
void emit_element_changes(struct batch *b, const struct set_difference *d)
{
	struct writer going = {.batch = b, .set = d->next, .removes = true};
	kernel_elements_going(d, put, &going);
	close_message(&going);

	struct writer coming = {.batch = b, .set = d->next};
	kernel_elements_coming(d, put, &coming);
	close_message(&coming);
}
