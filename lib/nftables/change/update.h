/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transaction for a table that we know, because we put it there. */
#pragma once

#include "netlink/batch.h"
#include "ruleset/changes.h"

/* Builds the batch that turns d->old, which is in the kernel, into d->next: only what differs.  0;
 * -EOPNOTSUPP if the table must be replaced as a whole; -ENOMEM.  batch_done() in all cases. */
int update_batch(const struct differences *d, uint32_t first_seq, uint32_t genid,
	struct batch *ret);
