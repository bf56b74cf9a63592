/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A daemon that was killed on its way to another ruleset leaves a table that is neither the one
 * nor the other; so does one that ran with other files.  A packet that both the old table and the
 * next ruleset allow must be allowed all the time.
 *
 * A set that is emptied and filled again is empty for a moment, if it is one of intervals.  So the
 * next ruleset is put beside the old one, its sets of addresses under other names; rules go
 * over to it; the old one is removed; and then it is changed into itself with the plain names,
 * in the same stages.  Sets of addresses are made twice: that is the price of a start with a
 * table that nobody knows.
 */
#include "nftables/change/takeover.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "nftables/change/inflight.h"
#include "nftables/change/replace.h"
#include "nftables/change/send.h"
#include "ruleset/copy.h"

static bool is_free(const struct ruleset *r, const struct inventory *now)
{
	for (const struct set *s = r->sets; s; s = s->next)
		if (s->addresses && inventory_set(now, s->name))
			return false;
	return true;
}

/* The ruleset under names that are free: an earlier takeover may have ended half way, too. */
static int make_shadow(const struct ruleset *next, const struct inventory *now,
	struct ruleset **ret)
{
	for (unsigned i = 1;; i++) {
		char suffix[16];
		snprintf(suffix, sizeof(suffix), "-%u", i);
		int r = ruleset_shadow(next, suffix, ret);
		if (r < 0 || is_free(*ret, now))
			return r;
		ruleset_free(*ret);
	}
}

/* The kernel's generation id after so many commits, if nobody else has committed.  Commits of
 * others do not matter if they cannot change our table. */
static int genid_after(struct nfsock *s, const struct inventory *now, enum ownership ownership,
	size_t commits, uint32_t *ret)
{
	if (ownership != OWNERSHIP_NONE)
		return nfsock_genid(s, ret);
	uint32_t genid = now->genid + (uint32_t)commits;
	*ret = genid < now->genid ? genid + 1 : genid; /* there is no zero */
	return 0;
}

/* Fills the sets of addresses that were made.  0, and how many transactions it took. */
static int fill(struct nfsock *s, const struct inventory *now, const struct ruleset *shadow,
	size_t *ret_commits)
{
	size_t n = 0;
	for (const struct set *x = shadow->sets; x; x = x->next)
		n++;
	const struct set **sets = calloc(n ? n : 1, sizeof(const struct set *));
	if (!sets)
		return -ENOMEM;
	n = 0;
	for (const struct set *x = shadow->sets; x; x = x->next)
		if (x->addresses && set_size(x) > 0 && !inventory_set(now, x->name))
			sets[n++] = x;
	int r = send_elements(s, sets, n, ret_commits);
	free(sets);
	return r;
}

static int finish(struct nfsock *s, const struct inventory *now, enum ownership ownership,
	const struct ruleset *shadow, struct diags *ignored)
{
	size_t filled = 0;
	uint32_t genid;
	struct batch b;
	int r = fill(s, now, shadow, &filled);
	if (r < 0)
		return r;
	r = genid_after(s, now, ownership, filled + 1, &genid);
	if (r < 0)
		return r;
	inflight_wait();
	r = replace_switch(shadow, now, s->seq, genid, &b);
	r = send_batch(s, &b, r, ignored);
	if (r < 0)
		return r;
	r = genid_after(s, now, ownership, filled + 2, &genid);
	if (r < 0)
		return r;
	inflight_wait();
	r = replace_clear(shadow, now, s->seq, genid, &b);
	return send_batch(s, &b, r, ignored);
}

static int go_over(struct nfsock *s, const struct inventory *now, enum ownership ownership,
	const struct ruleset *shadow)
{
	/* the replacement that follows reports what is refused here */
	struct diags ignored = {0};
	struct batch b;
	int r = replace_prepare(shadow, now, ownership, s->seq, now->genid, &b);
	r = send_batch(s, &b, r, &ignored);
	if (r == 0)
		r = finish(s, now, ownership, shadow, &ignored) < 0 ? -ESTALE : 1;
	else if (r == -EINVAL)
		r = 0;
	diags_done(&ignored);
	return r;
}

static int change_names(struct nfsock *s, const struct ruleset *shadow, struct ruleset *next)
{
	struct differences d;
	struct stages stages;
	int r = differences_find(shadow, next, NULL, &d);
	if (r < 0)
		return r;
	r = stages_plan(&d, next, NULL, &stages);
	if (r == 0) {
		r = send_stages(s, &d, &stages);
		stages_done(&stages);
	}
	differences_done(&d);
	return r;
}

int takeover(struct nfsock *s, const struct inventory *now, enum ownership ownership,
	struct ruleset *next)
{
	struct ruleset *shadow;
	if (is_free(next, now)) /* no set of the old ruleset is in the way */
		return replace_fits(next, now, ownership) ? go_over(s, now, ownership, next) : 0;
	int r = make_shadow(next, now, &shadow);
	if (r < 0)
		return r;
	r = replace_fits(shadow, now, ownership) ? go_over(s, now, ownership, shadow) : 0;
	if (r > 0)
		r = change_names(s, shadow, next) < 0 ? -ESTALE : 1;
	ruleset_free(shadow);
	return r;
}
