/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rulesets between two rulesets.  They come into force on the way from one to the other, so that
 * at every moment a packet that both allow is allowed, and one that both forbid is not.
 */
#pragma once

#include "ruleset/changes.h"

enum {
	STAGES_MAX = 3,
	/* The kernel keeps some kilobytes for each element until a transaction is committed, if
	 * anybody listens to it, in whatever namespace.  So one has no more than these, or a share
	 * of a large set: what is larger goes in parts (nftables/change/parts.c). */
	PART_ELEMENTS = 4000,
};

/* Each is one transaction; before the next one all packets must have left the rules that were
 * in force until then. */
struct stages {
	struct ruleset *way[STAGES_MAX];
	size_t count;
	struct ruleset *made[STAGES_MAX]; /* those that end with the stages */
	size_t n_made;
	/* Packets may still be in the old rules after the last stage: the next change waits for
	 * them. */
	bool leaves_inflight;
};

/* From d's old ruleset to next, which is d's; then, if live connections must be judged again, to
 * last: next in another generation (or NULL).  0 or -ENOMEM; stages_done() after 0.  Borrows from
 * all of them. */
int stages_plan(const struct differences *d, struct ruleset *next, struct ruleset *last,
	struct stages *ret);
void stages_done(struct stages *s);
