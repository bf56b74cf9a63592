/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel cannot be asked which flags, kinds of objects and expressions it knows.  So a table with
 * them is made in a transaction without its end, which the kernel checks and undoes.
 *
 * A kernel that has to load a module for one of them undoes what it has done so far, loads it, and
 * begins the batch again; the refusals that count are those of the last time.
 */
#include "nftables/change/rehearsal.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>

static const char *const names[REHEARSED_MOST] = {
	TABLE_NAME "-rehearsed-1",
	TABLE_NAME "-rehearsed-2",
	TABLE_NAME "-rehearsed-3",
	TABLE_NAME "-rehearsed-4",
};

void rehearsal_start(const struct nfsock *s, struct rehearsal *ret)
{
	*ret = (struct rehearsal){.count = 0};
	batch_start(&ret->batch, s->seq, 0); /* whatever the ruleset in force */
}

const char *rehearsal_next(struct rehearsal *r, uint32_t flags)
{
	assert(r->count < REHEARSED_MOST);
	const char *name = names[r->count];
	r->seqs[r->count++] = r->batch.first_seq + (uint32_t)r->batch.count;
	struct nlmsghdr *nlh = batch_message(&r->batch, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	if (!nlh)
		return name;
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, name);
	mnl_attr_put_u32(nlh, NFTA_TABLE_FLAGS, htonl(flags));
	batch_add(&r->batch, (struct origin){.what = "table", .name = name});
	return name;
}

/* A kind of object or expression that is not known is ENOENT. */
static bool is_unknown(int error)
{
	return error == ENOENT || error == EOPNOTSUPP || error == EINVAL;
}

/* What a refusal is of: the number of a thing, or count if it is of the whole. */
static size_t thing_of(const struct rehearsal *r, uint32_t seq)
{
	const uint32_t first = r->batch.first_seq;
	for (size_t i = r->count; i-- > 0;)
		if (seq - first >= r->seqs[i] - first)
			return i;
	return r->count;
}

/* The first refusal of a thing counts; what follows may only follow from it. */
static int take(const struct rehearsal *r, const struct refusals *refusals, bool *ret_lacks)
{
	for (size_t i = 0; i < refusals->count; i++) {
		const struct refusal *x = &refusals->items[i];
		const size_t thing = thing_of(r, x->seq);
		if (thing < r->count && ret_lacks[thing])
			continue;
		if (!is_unknown(x->error))
			return -x->error;
		for (size_t j = 0; j < r->count; j++)
			ret_lacks[j] |= thing == j || thing == r->count;
	}
	return 0;
}

int rehearsal_find(struct nfsock *s, struct rehearsal *r, bool *ret_lacks)
{
	struct refusals refusals = {0};
	bool lacks[REHEARSED_MOST] = {0};
	int result = batch_rehearse(&r->batch);
	if (result == 0)
		result = nfsock_send(s, &r->batch, &refusals);
	if (result == -EREMOTEIO)
		result = take(r, &refusals, lacks);
	free(refusals.items);
	batch_done(&r->batch);
	for (size_t i = 0; i < r->count && result == 0; i++)
		ret_lacks[i] = lacks[i];
	return result;
}
