/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What putting a candidate into force changes, for whom, and how many sessions it cuts.
 *
 * The two rulesets tell which flows and peers differ; the older one is gone once the newer one is
 * in force, so they are compared before.  The live sessions that will be cut are also counted
 * before: afterwards the tracker still has them, and does not say whether their packets are let
 * through.
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
#include "ruleset/changes.h"

enum { COUNT_MOST = 250 * 1000 /* microseconds */ };

int effect_preview(const struct service *s, const struct candidate *c, struct preview *ret)
{
	const struct ruleset *now = s->in_force.applied.ruleset;
	const struct proposal proposal = {
		.now = now,
		.has_table = now != NULL,
		.generation = now ? now->generation : 0,
		.on_trial = now && now->on_trial,
		.lacks_timeouts = s->in_force.applied.lacks_timeouts,
		.policy = c->policy,
		.edits = &s->in_force.applied.edits,
		.facts = &c->basis.facts,
	};
	return preview_begin(&proposal, ret);
}

static int count_cuts(struct preview *v)
{
	struct nfsock socket;
	/* not the socket that owns the table: an overrun there would be ours to clean up */
	int r = nfsock_open(&socket);
	if (r < 0)
		return r;
	r = live_add_within(&socket, v, COUNT_MOST);
	nfsock_close(&socket);
	return r;
}

/* True if live connections will be judged again (nftables/change/apply.c). */
static bool judges_again(const struct service *s, const struct preview *v)
{
	struct differences d;
	if (v->proposal.policy->host.keeps_sessions)
		return false;
	if (s->in_force.policy->host.keeps_sessions)
		return true;
	if (!v->differences.first || differences_find(v->proposal.now, v->next, NULL, &d) < 0)
		return false;
	bool restricts = changes_summarise(&d).restricts;
	differences_done(&d);
	return restricts;
}

void effect_foresee(const struct service *s, const struct candidate *c, struct effect *ret)
{
	struct text what = {0};
	struct preview v;
	*ret = (struct effect){
		.outcome = APPLY_UNCHANGED,
		.sessions_stay = c->policy->host.keeps_sessions,
		.on_trial = c->on_trial,
		.counted = -ENODATA,
	};
	if (!in_force_any(&s->in_force)) {
		summary_put_policy(c->policy, &what);
		text_put(&what, " are in force now");
	} else if (effect_preview(s, c, &v) == 0) {
		summary_put_differences(&v.differences, &what);
		if (judges_again(s, &v))
			ret->counted = count_cuts(&v);
		ret->cuts = v.n_cuts;
		preview_done(&v);
	}
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
