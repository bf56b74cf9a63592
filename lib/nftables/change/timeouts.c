/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel cannot be asked what kinds of objects it knows.  So a table with a policy is made in a
 * transaction that is never committed, as ownership.c does it with flags.
 */
#include "nftables/change/timeouts.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>

#include "nftables/encode/emit.h"

#define REHEARSED_NAME TABLE_NAME "-rehearsed"

static void put_table(struct batch *b)
{
	struct nlmsghdr *nlh = batch_message(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	if (!nlh)
		return;
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, REHEARSED_NAME);
	batch_add(b, (struct origin){.what = "table", .name = REHEARSED_NAME});
}

/* What the kernel said against it; without the kind it knows no such object (ENOENT). */
static bool is_unknown(const struct refusals *refusals)
{
	int error = refusals->items[0].error;
	return error == ENOENT || error == EOPNOTSUPP || error == EINVAL;
}

int timeouts_find(struct nfsock *s, bool *ret_lacks)
{
	static const struct object half_open = {.name = "half-open", .kind = OBJECT_HALF_OPEN};
	struct refusals refusals = {0};
	struct batch batch;
	batch_start(&batch, s->seq, 0); /* whatever the ruleset in force */
	put_table(&batch);
	emit_object_of(&batch, REHEARSED_NAME, &half_open);
	int r = batch_rehearse(&batch);
	if (r == 0)
		r = nfsock_send(s, &batch, &refusals);
	bool lacks = r == -EREMOTEIO && is_unknown(&refusals);
	if (r == -EREMOTEIO)
		r = lacks ? 0 : -refusals.items[0].error;
	free(refusals.items);
	batch_done(&batch);
	if (r == 0)
		*ret_lacks = lacks;
	return r;
}
