/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What putting a candidate into force changes, for whom, and how many sessions it cuts.
 *
 * The two rulesets and their comparison, which are the very ones that are applied, tell which flows
 * and peers differ; the older one is gone once the newer one is in force, so the words are made
 * before.  The live sessions that will be cut are also counted before: afterwards the tracker still
 * has them, and does not say whether their packets are let through.
 *
 * Whoever revokes something waits for this, so it has a bound: if it takes longer than COUNT_MOST,
 * because too many connections are tracked, they are not counted, and the report says so.
 */
#include "effect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ask/summary.h"
#include "candidate.h"
#include "daemon.h"
#include "netlink/live.h"

enum { COUNT_MOST = 250 * 1000 /* microseconds */ };

struct proposal effect_proposal(const struct service *s, const struct candidate *c)
{
	const struct ruleset *now = s->in_force.applied.ruleset;
	struct proposal proposal = {
		.now = now,
		.has_table = now != NULL,
		.generation = now ? now->generation : 0,
		.on_trial = now && now->on_trial,
		.lacks_timeouts = s->in_force.applied.lacks_timeouts,
		.policy = c->policy,
		.learned = learning_of(&s->learning, c->policy),
		.queue = holding_queue(&s->holding),
		.edits = &s->in_force.applied.edits,
		.log_group = s->learning.overhearing.group,
		.facts = &c->basis.facts,
	};
	proposal.n_look_up_users =
		overhearing_users(&s->learning.overhearing, c->policy, proposal.look_up_users);
	return proposal;
}

int effect_preview(const struct service *s, const struct candidate *c, struct preview *ret)
{
	const struct proposal proposal = effect_proposal(s, c);
	return preview_begin(&proposal, ret);
}

int effect_find_cuts(struct preview *v, uint64_t usec)
{
	struct nfsock socket;
	/* not the socket that owns the table: an overrun there would be ours to clean up */
	int r = nfsock_open(&socket);
	if (r < 0)
		return r;
	r = usec ? live_add_within(&socket, v, usec) : live_add_all(&socket, v);
	nfsock_close(&socket);
	return r;
}

/* The live connections that are judged again and will be cut. */
static void foresee_cuts(const struct service *s, const struct candidate *c,
	const struct ruleset *next, struct effect *ret)
{
	const struct proposal proposal = effect_proposal(s, c);
	struct preview v;
	if (preview_begin_compiled(&proposal, next, &v) < 0)
		return;
	ret->counted = effect_find_cuts(&v, COUNT_MOST);
	ret->cuts = v.n_cuts;
	preview_done(&v);
}

/* A trial has another form (compile.h): that is no change of anybody's, so that what begins or ends
 * one is compared in the form that is in force. */
static void put_across_forms(const struct service *s, const struct candidate *c, struct text *to)
{
	struct preview v;
	if (effect_preview(s, c, &v) < 0)
		return;
	summary_put_differences(&v.differences, to);
	preview_done(&v);
}

static void put_differences(const struct differences *d, struct text *to)
{
	struct difference_list list;
	if (difference_list_gather(d, &list) < 0)
		return;
	summary_put_differences(&list, to);
	difference_list_done(&list);
}

static void put_what(const struct service *s, const struct candidate *c,
	const struct differences *d, struct text *to)
{
	if (!in_force_any(&s->in_force)) {
		summary_put_policy(c->policy, to);
		text_put(to, " are in force now");
	} else if (d->old && d->old->on_trial == d->next->on_trial) {
		put_differences(d, to);
	} else {
		put_across_forms(s, c, to);
	}
}

void effect_foresee(const struct service *s, const struct candidate *c, const struct ruleset *next,
	const struct comparison *x, struct effect *ret)
{
	struct text what = {0};
	*ret = (struct effect){
		.outcome = x->outcome,
		.sessions_stay = c->policy->host.keeps_sessions,
		.on_trial = c->on_trial,
		.counted = -ENODATA,
	};
	put_what(s, c, &x->differences, &what);
	if (x->outcome == APPLY_RESTRICTED)
		foresee_cuts(s, c, next, ret);
	if (what.length && text_finish(&what, &ret->what) < 0)
		ret->what = NULL;
	text_done(&what);
}

void effect_done(struct effect *c)
{
	free(c->what);
	*c = (struct effect){0};
}

/* In words. */

static void put_cuts(const struct effect *c, struct text *to)
{
	const char *end = c->on_trial ? "held up until the trial ends" : "cut";
	if (c->sessions_stay) {
		text_put(to, ", live sessions go on (revoke = keep)");
		return;
	}
	if (c->counted == 0 && c->cuts == 0) {
		text_printf(to, ", no live session %s", end);
		return;
	}
	if (c->counted == 0) {
		text_printf(to, ", %zu live session%s %s", c->cuts, c->cuts == 1 ? "" : "s", end);
		return;
	}
	text_printf(to, ", live sessions %s: not counted", end);
	if (c->counted == -ETIME)
		text_put(to, " (too many connections are tracked)");
	else if (c->counted != -ENODATA)
		text_printf(to, " (%s)", strerror(-c->counted));
}

void effect_put(const struct effect *c, struct text *to)
{
	const char *what = c->what ? c->what : "flows or peers changed";
	switch (c->outcome) {
	case APPLY_UNCHANGED:
		text_put(to, "nothing changed");
		return;
	case APPLY_EXTENDED:
		text_printf(to, "%s, every live session goes on", what);
		return;
	case APPLY_RESTRICTED:
		text_put(to, what);
		put_cuts(c, to);
		return;
	case APPLY_REPLACED:
		text_printf(to,
			"%s; the whole table was replaced, and every live session is checked",
			what);
		return;
	}
	abort();
}
