/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What edits change in a ruleset. */
#pragma once

#include "ruleset/edits.h"

/* For one set: the addresses to add, and those to remove. */
struct alteration {
	struct set *set;
	struct addrset coming, going;
};

struct alterations {
	struct alteration *items; /* those of sets that change */
	size_t count;
	size_t addresses; /* that come and go */
};

/* Edits of sets that the ruleset does not have are ignored.  After 0 there is memory for all that
 * alterations_make() does, and the sets are the ruleset's own (ruleset_own()) with their former
 * addresses.  0 or -ENOMEM; alterations_done() after 0. */
int alterations_find(const struct edits *e, struct ruleset *r, struct alterations *ret);
void alterations_done(struct alterations *a);

/* Addresses that the set has afterwards. */
size_t alteration_size(const struct alteration *a);

/* In the ruleset.  Cannot fail. */
void alterations_make(const struct alterations *a);
