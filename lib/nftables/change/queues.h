/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether rules can give packets to a queue (nft_queue). */
#pragma once

#include "nftables/change/rehearsal.h"

/* Tries one, with others. */
void queues_rehearse(struct rehearsal *r);

/* The same alone.  0 with *ret_lacks, also on a kernel without nf_tables; or negative errno. */
int queues_find(struct nfsock *s, bool *ret_lacks);
