/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel cannot be asked what kinds of objects and expressions it knows.  So a table with one is
 * made in a transaction without its end, which the kernel checks and undoes, as ownership.c does it
 * with flags.
 */
#include "nftables/change/rehearsal.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>

void rehearsal_start(const struct nfsock *s, struct batch *ret)
{
	batch_start(ret, s->seq, 0); /* whatever the ruleset in force */
	struct nlmsghdr *nlh = batch_message(ret, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	if (!nlh)
		return;
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, REHEARSED_NAME);
	batch_add(ret, (struct origin){.what = "table", .name = REHEARSED_NAME});
}

/* The kernel's refusal; if it does not know the kind it is ENOENT. */
static bool is_unknown(const struct refusals *refusals)
{
	int error = refusals->items[0].error;
	return error == ENOENT || error == EOPNOTSUPP || error == EINVAL;
}

int rehearsal_find(struct nfsock *s, struct batch *b, bool *ret_lacks)
{
	struct refusals refusals = {0};
	int r = batch_rehearse(b);
	if (r == 0)
		r = nfsock_send(s, b, &refusals);
	bool lacks = r == -EREMOTEIO && is_unknown(&refusals);
	if (r == -EREMOTEIO)
		r = lacks ? 0 : -refusals.items[0].error;
	free(refusals.items);
	batch_done(b);
	if (r == 0)
		*ret_lacks = lacks;
	return r;
}
