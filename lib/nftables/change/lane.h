/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The short lane: addresses into and out of sets in force, in one transaction, without a file being
 * read or a ruleset compiled. */
#pragma once

#include "nftables/change/apply.h"

/* Each set has afterwards what it is to have, in the kernel and in now->ruleset, in all of them at
 * the same moment; and now->edits knows it, so that each ruleset that is applied later has it as
 * well.  What is so already is not sent.  The generation stays: a connection that was allowed goes
 * on by its stamp.
 *
 * 0, or the kernel and *now are as they were and
 * -ENOENT: nothing is in force, or it has not all of the sets;
 * -E2BIG: these are more addresses than one transaction is to have;
 * -ENOSPC: a set has not the room;
 * -ESTALE: the kernel has refused them or its answer is lost, now or with an earlier change, and
 * now->is_unsure: nobody knows what is in force.
 * The last three can go the long way: edits_merge() into now->edits, and apply() of the same
 * policy, compiled again. Or another negative errno; -ERESTART if somebody else is always faster.
 */
int lane_send(struct nfsock *s, struct applied *now, const struct edits *edits);
