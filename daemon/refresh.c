/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following the host: when its addresses, routes, name servers or lists have changed, the ruleset
 * in force is made again for the host as it is now.
 *
 * What is followed is what the policy in force depends on, and nothing else.
 */
#include "refresh.h"

#include "acts.h"
#include "candidate.h"
#include "daemon.h"
#include "keep.h"
#include "lists.h"
#include "look.h"
#include "report.h"

void refresh_follow(struct service *s)
{
	int r = follow_policy(&s->following.host, s->in_force.policy);
	const struct upkeep_event e = {
		.kind = UPKEEP_FOLLOWED, .is_new = r > 0, .error = r < 0 ? r : 0};
	keep_hear(s, &e);
	look_note(s);
	if (lists_recheck(s))
		keep_hear_host(s);
}

/* Loads the configuration in force again, for the host as it is now.  A load without effect is not
 * reported. */
static int load_again(struct service *s)
{
	struct diags diags = {0};
	struct candidate c = {0};
	struct effect effect = {.outcome = APPLY_UNCHANGED};
	int r = candidate_read(s, BASIS_KEPT, &diags, &c);
	c.on_trial = life_on_trial(&s->life);
	if (r == 0)
		r = candidate_apply(s, &c, &diags, &effect);
	if (r < 0 || effect.outcome != APPLY_UNCHANGED)
		report_load(s, r, &diags, "the host has changed", JOURNAL_LOADED, &effect, NULL);
	effect_done(&effect);
	if (r == 0)
		troubles_follow(s); /* a closed host may let in others now */
	candidate_done(&c);
	diags_done(&diags);
	return r;
}

void refresh_note_lists(struct service *s)
{
	const struct life_event e = {
		.kind = LIFE_LISTS_TAKEN,
		.config = library_number(&s->library, s->in_force.basis.snapshot),
	};
	acts_follow(s, &e, NULL, NULL, NULL);
}

void refresh(struct service *s)
{
	if (!life_follows_host(&s->life))
		return;
	if (s->following.host.files.is_stale)
		refresh_follow(s);
	const struct facts *facts = look(s);
	int r = lists_refresh(s);
	/* a list that is refused does not keep us from following the rest */
	if (r == 0 && !facts_equal(&s->in_force.basis.facts, facts))
		r = load_again(s);
	look_note(s);
	keep_hear(s, &(const struct upkeep_event){.kind = UPKEEP_REFRESHED, .error = r});
}
