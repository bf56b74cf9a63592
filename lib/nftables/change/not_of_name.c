/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elements that the kernel takes out by itself, so that nobody need remember them: they are no part
 * of what is in force, and fingerprints pass over such sets.  One that is there already stays, and
 * goes when its time is over.
 */
#include "nftables/change/not_of_name.h"

#include <assert.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>

#include "base/cleanup.h"

static void put_element(struct nlmsghdr *nlh, const struct addr *a)
{
	struct nlattr *element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	struct nlattr *key = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_KEY);
	mnl_attr_put(nlh, NFTA_DATA_VALUE, addr_length(a), a->bytes);
	mnl_attr_nest_end(nlh, key);
	mnl_attr_nest_end(nlh, element);
}

/* Those of a family, if there are any. */
static void put_family(struct batch *b, const struct addr *addresses, size_t n, sa_family_t family,
	const char *set)
{
	bool any = false;
	for (size_t i = 0; i < n; i++)
		any |= addresses[i].family == family;
	struct nlmsghdr *nlh = any ? batch_message(b, NFT_MSG_NEWSETELEM, NLM_F_CREATE) : NULL;
	if (!nlh)
		return;
	mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_TABLE, TABLE_NAME);
	mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_SET, set);
	struct nlattr *list = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (size_t i = 0; i < n; i++)
		if (addresses[i].family == family)
			put_element(nlh, &addresses[i]);
	mnl_attr_nest_end(nlh, list);
	batch_add(b, (struct origin){.what = "elements of set", .name = set});
}

static void free_refusals(struct refusals *r)
{
	free(r->items);
}

int not_of_name_add(struct nfsock *s, const struct addr *addresses, size_t n)
{
	CLEANUP(free_refusals) struct refusals refusals = {0};
	CLEANUP(batch_done) struct batch batch;
	assert(n <= NOT_OF_NAME_MOST);
	batch_start(&batch, s->seq, 0); /* whatever the ruleset in force */
	put_family(&batch, addresses, n, AF_INET, NOT_OF_NAME_SET4);
	put_family(&batch, addresses, n, AF_INET6, NOT_OF_NAME_SET6);
	int r = batch_finish(&batch);
	if (r == 0 && n)
		r = nfsock_send(s, &batch, &refusals);
	return r == -EREMOTEIO ? -refusals.items[0].error : r;
}
