/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's rules for NFT_TABLE_F_OWNER, as far as we need them: a table without owner
 * flag never gets one, unless it is an orphan (made to persist, and its owner is gone); and
 * one with an owner is never set free.
 *
 * A kernel cannot be asked which flags it knows; and for a table that exists it answers the same
 * whether it does not know a flag or does not allow it now.  So another table is made with these
 * flags, in a transaction that is never committed.
 */
#include "nftables/change/ownership.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/common.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>

#define REHEARSED_NAME TABLE_NAME "-rehearsed"

/* linux/netfilter/nf_tables.h; older headers lack the second */
enum { TABLE_OWNER = 0x2, TABLE_PERSIST = 0x4 };

uint32_t ownership_flags(enum ownership o)
{
	switch (o) {
	case OWNERSHIP_PERSIST:
		return TABLE_OWNER | TABLE_PERSIST;
	case OWNERSHIP_OWNER:
		return TABLE_OWNER;
	case OWNERSHIP_NONE:
		return 0;
	}
	abort();
}

const char *ownership_name(enum ownership o)
{
	switch (o) {
	case OWNERSHIP_PERSIST:
		return "persist";
	case OWNERSHIP_OWNER:
		return "owner";
	case OWNERSHIP_NONE:
		return "none";
	}
	abort();
}

enum ownership ownership_after(enum ownership o, bool socket_is_kept)
{
	return o == OWNERSHIP_PERSIST && socket_is_kept ? OWNERSHIP_OWNER : OWNERSHIP_NONE;
}

bool ownership_adopts(enum ownership o, uint32_t flags)
{
	if (o == OWNERSHIP_PERSIST)
		return flags & TABLE_PERSIST; /* the kernel takes an orphan's other flag away */
	return (flags & (TABLE_OWNER | TABLE_PERSIST)) == ownership_flags(o);
}

static void put_table(struct batch *b, uint32_t flags)
{
	struct nlmsghdr *nlh = batch_message(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	if (!nlh)
		return;
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, REHEARSED_NAME);
	mnl_attr_put_u32(nlh, NFTA_TABLE_FLAGS, htonl(flags));
	batch_add(b, (struct origin){.what = "table", .name = REHEARSED_NAME});
}

/* The kernel's refusal of a transaction of one message. */
static int meaning_of(const struct refusals *refusals)
{
	int error = refusals->items[0].error;
	return error == EOPNOTSUPP || error == EINVAL ? -ENOTSUP : -error;
}

/* 0; -ENOTSUP if the kernel does not know it; or another negative errno. */
static int rehearse(struct nfsock *s, uint32_t genid, enum ownership o)
{
	struct refusals refusals = {0};
	struct batch batch;
	batch_start(&batch, s->seq, genid);
	put_table(&batch, ownership_flags(o));
	int r = batch_rehearse(&batch);
	if (r == 0)
		r = nfsock_send(s, &batch, &refusals);
	if (r == -EREMOTEIO)
		r = meaning_of(&refusals);
	free(refusals.items);
	batch_done(&batch);
	return r;
}

int ownership_find(struct nfsock *s, uint32_t genid, enum ownership o, bool socket_is_kept,
	enum ownership *ret)
{
	int r = -ENOTSUP;
	while (o != OWNERSHIP_NONE && (r = rehearse(s, genid, o)) == -ENOTSUP)
		o = ownership_after(o, socket_is_kept);
	if (r < 0 && o != OWNERSHIP_NONE)
		return r;
	*ret = o;
	return 0;
}
