/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this kernel can do, as far as it makes a difference to us. */
#pragma once

#include "netlink/nfsock.h"
#include "nftables/change/ownership.h"

struct abilities {
	enum ownership ownership; /* the best of those that are wanted */
	bool lacks_timeouts;      /* policies of timeouts for connections (nf_conntrack_timeout) */
	bool lacks_queues;        /* rules that give packets to a queue (nft_queue) */
};

/* Finds all of it in one rehearsal.  wanted: the best ownership that may be had; with_queues: false
 * if nobody needs to know, so that no module is loaded for it.  0, also on a kernel without
 * nf_tables, which has nothing of it; or negative errno. */
int abilities_find(struct nfsock *s, enum ownership wanted, bool socket_is_kept, bool with_queues,
	struct abilities *ret);
