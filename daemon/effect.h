/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a candidate changes when it comes into force: found out before, reported afterwards. */
#pragma once

#include "ask/preview.h"
#include "nftables/change/apply.h"

struct service;
struct candidate;

struct effect {
	enum apply_outcome outcome;
	char *what;         /* flows and peers, in words; NULL: not known, for want of memory */
	bool sessions_stay; /* revoke = keep */
	bool on_trial;      /* sessions that are refused wait for how the trial ends */
	int counted;        /* 0: cuts is their number; or why it is not, a negative errno */
	size_t cuts;        /* live sessions */
};

/* Before the candidate, compiled as next, is put into force: all but the outcome, which may still
 * be another.  That nothing can be found out is no reason not to go on. */
void effect_foresee(const struct service *s, const struct candidate *c, const struct ruleset *next,
	const struct comparison *x, struct effect *ret);
void effect_done(struct effect *c);
/* In a sentence. */
void effect_put(const struct effect *c, struct text *to);

/* The candidate beside what is in force; borrows from both. */
struct proposal effect_proposal(const struct service *s, const struct candidate *c);
/* The same as a preview, without connections.  As preview_begin(). */
int effect_preview(const struct service *s, const struct candidate *c, struct preview *ret);
/* Adds the live connections that would be cut.  As live_add_within(); usec 0: however long it
 * takes. */
int effect_find_cuts(struct preview *v, uint64_t usec);
