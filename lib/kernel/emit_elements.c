/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elements, by the thousand in one message.
 *
 * They are written attribute by attribute and not through libnftnl's set elements, which
 * would take a hundred bytes of heap for each of a million addresses.  A nested attribute's
 * length has 16 bits and libmnl does not look: a message ends well before it would wrap.
 *
 * In an interval set each run is two elements: where it begins, and behind its last
 * address one flagged as an end; a run up to the highest value has no end.  nft puts an end at
 * zero in front of everything, and so do we.
 */
#include <arpa/inet.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/emit.h"
#include "ruleset/changes.h"

enum {
	KEY_MAX = 16,
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

struct key {
	uint8_t bytes[KEY_MAX];
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

static int32_t verdict_code(enum verdict v)
{
	switch (v) {
	case VERDICT_ACCEPT:
		return NF_ACCEPT;
	case VERDICT_JUMP:
		return NFT_JUMP;
	case VERDICT_GOTO:
		return NFT_GOTO;
	default:
		return NF_DROP;
	}
}

static void put_verdict(struct nlmsghdr *nlh, const struct element *e)
{
	struct nlattr *data = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_DATA);
	struct nlattr *verdict = mnl_attr_nest_start(nlh, NFTA_DATA_VERDICT);
	mnl_attr_put_u32(nlh, NFTA_VERDICT_CODE, htonl((uint32_t)verdict_code(e->verdict)));
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

/* One element; e has the verdict of a map's, and is NULL for sets and for ends. */
static void put(struct writer *w, const struct key *key, bool is_end, bool is_open,
	const struct element *e)
{
	if (!open_message(w))
		return;
	struct nlmsghdr *nlh = w->nlh;
	struct nlattr *element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	if (is_end)
		mnl_attr_put_u32(nlh, NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_INTERVAL_END));
	struct nlattr *k = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_KEY);
	mnl_attr_put(nlh, NFTA_DATA_VALUE, type_spec(w->set->type)->length, key->bytes);
	mnl_attr_nest_end(nlh, k);
	if (e && w->set->is_map && !w->removes)
		put_verdict(nlh, e);
	if (is_open && !w->removes)
		put_open_end(nlh);
	mnl_attr_nest_end(nlh, element);
}

/* The next key, or false behind the highest. */
static bool successor(struct key *k, size_t length)
{
	for (size_t i = length; i-- > 0;)
		if (++k->bytes[i] != 0)
			return true;
	return false;
}

static void put_run(struct writer *w, const struct key *first, const struct key *last,
	const struct element *e)
{
	struct key end = *last;
	bool has_end = successor(&end, type_spec(w->set->type)->length);
	put(w, first, false, !has_end, e);
	if (has_end)
		put(w, &end, true, false, NULL);
}

static void put_end_at_zero(struct writer *w)
{
	const struct key zero = {0};
	put(w, &zero, true, false, NULL);
}

static struct key number_key(const struct set *s, uint32_t n)
{
	struct key k = {0};
	size_t length = type_spec(s->type)->length;
	if (type_spec(s->type)->big_endian) {
		n = htonl(n);
		memcpy(k.bytes, (const uint8_t *)&n + (sizeof(n) - length), length);
	} else {
		memcpy(k.bytes, &n, sizeof(n));
	}
	return k;
}

static struct key address_key(const struct addr *a)
{
	struct key k;
	memcpy(k.bytes, a->bytes, sizeof(k.bytes));
	return k;
}

/* A run or a number, as one of the two is given. */
static void put_either(struct writer *w, const struct addr_range *range, const struct element *e)
{
	struct key first = e ? number_key(w->set, e->first) : address_key(&range->first);
	struct key last = e ? number_key(w->set, e->last) : address_key(&range->last);
	if (w->set->interval)
		put_run(w, &first, &last, e);
	else
		put(w, &first, false, false, e);
}

/* An interval set that does not begin at zero has an end there. */
static bool has_end_at_zero(const struct set *s)
{
	static const struct addr zero4 = {.family = AF_INET}, zero6 = {.family = AF_INET6};
	if (!s->interval || set_size(s) == 0)
		return false;
	if (!s->addresses)
		return s->elements[0].first != 0;
	struct addr_range r = addrset_get(s->addresses, s->part, 0);
	return addr_compare(&r.first, s->part == ADDRSET_RANGES4 ? &zero4 : &zero6) != 0;
}

void emit_elements(struct batch *b, const struct set *s)
{
	struct writer w = {.batch = b, .set = s};
	if (has_end_at_zero(s))
		put_end_at_zero(&w);
	for (size_t i = 0, n = set_size(s); i < n; i++) {
		struct addr_range range;
		if (s->addresses)
			range = addrset_get(s->addresses, s->part, i);
		put_either(&w, &range, s->addresses ? NULL : &s->elements[i]);
	}
	close_message(&w);
}

static int put_difference(void *context, bool added, const struct addr_range *range,
	const struct element *e)
{
	struct writer *w = context;
	if (added != w->removes)
		put_either(w, range, e);
	return 0;
}

/* What goes first: in an interval set the new may lie where the old was. */
void emit_element_changes(struct batch *b, const struct set *old, const struct set *next)
{
	bool had = has_end_at_zero(old), has = has_end_at_zero(next);
	struct writer going = {.batch = b, .set = next, .removes = true};
	if (had && !has)
		put_end_at_zero(&going);
	set_differences(old, next, put_difference, &going);
	close_message(&going);

	struct writer coming = {.batch = b, .set = next};
	if (has && !had)
		put_end_at_zero(&coming);
	set_differences(old, next, put_difference, &coming);
	close_message(&coming);
}
