/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Edits: addresses that are added to or removed from sets, whatever the configuration says.
 *
 * The short lane (nftables/change/lane.h) applies them and remembers them.  They are laid over
 * each newly compiled ruleset, and so outlive a reload.
 */
#pragma once

#include "ruleset/ruleset.h"

/* The edits of one set, by name: single addresses, none of them in both lists. */
struct edited {
	char *set;
	struct addrset in, out;
};

/* By the names of the sets, in order. */
struct edits {
	struct edited *items;
	size_t count, allocated;
};

void edits_done(struct edits *e);

/* The address is to be in the set, or not; what was said last counts.  0, or -ENOMEM with
 * everything as it was. */
int edits_put(struct edits *e, const char *set, const struct addr *a, bool in);
/* Forgets the edits of the set. */
void edits_forget(struct edits *e, const char *set);
/* 0 or -ENOMEM; *ret is empty before. */
int edits_copy(const struct edits *e, struct edits *ret);
size_t edits_addresses(const struct edits *e); /* of all sets */

/* More edits, over those that there are.  In two steps, of which the second cannot fail: first 0,
 * or -ENOMEM with everything as it was. */
int edits_reserve(struct edits *e, const struct edits *more);
void edits_merge(struct edits *e, const struct edits *more);

/* Whether the ruleset has all the sets, and they take single addresses of that family. */
bool edits_fit(const struct edits *e, const struct ruleset *r);
/* Applies the edits to the ruleset's sets, and makes room for them; edits of sets that it does not
 * have are ignored.  Borrows nothing from e.  0, or -ENOMEM: then only some sets may be changed. */
int edits_lay(const struct edits *e, struct ruleset *r);
/* Forgets what a ruleset says by itself, with or without edits: a set that it has not, an address
 * that it was compiled with or without.  Of the sets in only, if that is not NULL. */
void edits_prune(struct edits *e, const struct ruleset *r, const struct edits *only);
