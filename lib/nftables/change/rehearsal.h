/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A transaction that is never committed, by which a kernel shows what it knows.
 *
 * Several things are tried in one, each in a table of its own, so that a refusal tells which of
 * them is not known: the kernel goes on behind what it refuses, and answers for each message.  One
 * for each thing would take as many times as long, since after each the kernel waits until nobody
 * can see what it undoes.
 */
#pragma once

#include <stdbool.h>

#include "netlink/nfsock.h"

enum { REHEARSED_MOST = 4 };

struct rehearsal {
	struct batch batch;
	uint32_t seqs[REHEARSED_MOST]; /* of the first message of each thing */
	size_t count;
};

void rehearsal_start(const struct nfsock *s, struct rehearsal *ret);
/* Begins with the next thing: makes a table with these flags (NFT_TABLE_F_…), whose name is
 * returned.  What else the thing needs is put into the batch afterwards. */
const char *rehearsal_next(struct rehearsal *r, uint32_t flags);
/* Asks the kernel.  0 with ret_lacks[] of each thing: true if the kernel does not know it, also on
 * one without nf_tables; or negative errno.  The rehearsal is done then. */
int rehearsal_find(struct nfsock *s, struct rehearsal *r, bool *ret_lacks);
