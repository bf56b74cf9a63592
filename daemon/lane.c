/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The short lane first; what it cannot take goes the long way, as edits over the configuration in
 * force, which is compiled again and not read.
 *
 * Others' commits are listened to meanwhile: our own is told from theirs by its sender, and is
 * small.
 */
#include "lane.h"

#include <errno.h>

#include "base/cleanup.h"
#include "candidate.h"
#include "daemon.h"
#include "keep.h"
#include "nftables/change/lane.h"
#include "watching.h"

static bool needs_the_long_way(int r)
{
	return r == -E2BIG || r == -ENOSPC || r == -ESTALE;
}

static int go_the_long_way(struct service *s, const struct edits *edits)
{
	struct edits *known = &s->in_force.applied.edits;
	CLEANUP(edits_done) struct edits before = {0};
	int r = edits_copy(known, &before);
	if (r < 0)
		return r;
	r = edits_reserve(known, edits);
	if (r < 0)
		return r;
	edits_merge(known, edits);
	r = candidate_again(s);
	if (r < 0) {
		const struct edits failed = *known;
		*known = before;
		before = failed;
	}
	return r;
}

int lane_put(struct service *s, const struct edits *edits)
{
	const struct applied *now = &s->in_force.applied;
	int r = lane_send(&s->socket, &s->in_force.applied, edits);
	if (needs_the_long_way(r))
		r = go_the_long_way(s, edits);
	s->must_judge_tests |= r == 0;
	if (r < 0 && now->ruleset && now->is_unsure) {
		/* the kernel may have taken a part of it: that is found out and repaired */
		watching_stop(&s->watching);
		keep_hear_change(s, r);
	}
	return r;
}
