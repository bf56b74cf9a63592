/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in force: the policy, what it was made from, and what the kernel has of it.  Why it is
 * that, and what comes next, is known to the machine (engine/life.h). */
#pragma once

#include "config/basis.h"
#include "nftables/change/apply.h"

struct in_force {
	struct policy *policy; /* NULL: nothing was in force yet; what is applied borrows from it */
	struct basis basis;    /* what it was made from; its snapshot is the library's */
	struct applied applied; /* in the kernel; without a ruleset this host is open */
	uint64_t since;         /* microseconds of CLOCK_REALTIME; 0: never */
};

/* wanted: the best ownership of the table that may be had. */
void in_force_init(struct in_force *f, enum ownership wanted, bool socket_is_kept);
void in_force_done(struct in_force *f);

/* True if the kernel has a ruleset of ours, as far as we know. */
static inline bool in_force_any(const struct in_force *f)
{
	return f->applied.ruleset != NULL;
}

/* The kernel has the ruleset of p now.  Takes p, which may be the one that was in force. */
void in_force_take_policy(struct in_force *f, struct policy *p);
/* Takes what the policy was made from, but for its snapshot: that is the library's, as `snapshot`.
 */
void in_force_take_basis(struct in_force *f, struct basis *basis, struct snapshot *snapshot);
