/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transactions for a table of which only the inventory is known, or that is not there. */
#pragma once

#include "netlink/batch.h"
#include "nftables/change/ownership.h"
#include "nftables/read/inventory.h"

/* Builds the batch that makes the table that the inventory found ours and awake, and nothing else:
 * the kernel takes no new base chain in a transaction that changes whose the table is.  0 or
 * -ENOMEM; batch_done() in both cases. */
int replace_owner(const struct inventory *now, enum ownership ownership, uint32_t first_seq,
	struct batch *ret);
/* True if that is to be done first. */
bool replace_needs_owner(const struct inventory *now, enum ownership ownership);

/* Builds the batch that turns what the inventory found into r, in a table of the ownership
 * wanted.  0 or -ENOMEM; batch_done() in both cases. */
int replace_batch(const struct ruleset *r, const struct inventory *now, enum ownership ownership,
	uint32_t first_seq, struct batch *ret);

/* The same, and nothing of what is there is kept: for a table in which others have put what stands
 * in the way. */
int replace_whole(const struct ruleset *r, const struct inventory *now, enum ownership ownership,
	uint32_t first_seq, struct batch *ret);

/* The same in three transactions, between which packets leave the rules, so that none is lost:
 * what is new is made; rules go over to it; what is left over goes.  Each is made for the
 * kernel's generation id genid. */

/* Sets of addresses are made without their elements, which come by themselves before the switch. */

/* True if it can be done so: the table has our base chains, or no chain at all, and what it has by
 * a name of r's can stay.  No set of addresses may have the name of one that is there. */
bool replace_fits(const struct ruleset *r, const struct inventory *now, enum ownership ownership);
int replace_prepare(const struct ruleset *r, const struct inventory *now, enum ownership ownership,
	uint32_t first_seq, uint32_t genid, struct batch *ret);
int replace_switch(const struct ruleset *r, const struct inventory *now, uint32_t first_seq,
	uint32_t genid, struct batch *ret);
int replace_clear(const struct ruleset *r, const struct inventory *now, uint32_t first_seq,
	uint32_t genid, struct batch *ret);
