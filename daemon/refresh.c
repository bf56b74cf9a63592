/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following the host: when its addresses, routes, name servers or lists have changed, the ruleset
 * in force is made again for the host as it is now.
 *
 * What is followed is what the policy in force depends on, and nothing else.  Each action of
 * engine/takeup.h is carried out here; what is taken, and in which order, is the machine's
 * business.
 */
#include "refresh.h"

#include <stdlib.h>

#include "candidate.h"
#include "daemon.h"
#include "keep.h"
#include "lists.h"
#include "look.h"
#include "report.h"

void refresh_follow(struct service *s)
{
	struct takeup *t = &s->following.host.files.takeup;
	int r = follow_policy(&s->following.host, s->in_force.policy);
	const struct upkeep_event e = {
		.kind = UPKEEP_FOLLOWED, .is_new = r > 0, .error = r < 0 ? r : 0};
	keep_hear(s, &e);
	look_note(s);
	takeup_hear(t, &(const struct takeup_event){.kind = TAKEUP_FOLLOWED}, service_now());
	if (takeup_is_due(t, service_now()))
		keep_hear_host(s);
}

/* What the actions of one turn share. */
struct turn {
	struct service *service;
	struct candidate candidate; /* with lists that were read anew */
	struct diags diags;         /* what was said of it */
};

static void drop_candidate(struct turn *t)
{
	candidate_done(&t->candidate);
	diags_done(&t->diags);
	t->diags = (struct diags){0};
}

/* Loads the configuration in force again, for the host as it is now.  A load without effect is not
 * reported. */
static int load_again(struct turn *t)
{
	struct service *s = t->service;
	struct effect effect = {.outcome = APPLY_UNCHANGED};
	drop_candidate(t);
	int r = candidate_read(s, BASIS_KEPT, &t->diags, &t->candidate);
	t->candidate.on_trial = life_on_trial(&s->life);
	if (r == 0)
		r = candidate_apply(s, &t->candidate, &t->diags, &effect);
	if (r < 0 || effect.outcome != APPLY_UNCHANGED)
		report_load(s, r, &t->diags, "the host has changed", JOURNAL_LOADED, &effect, NULL);
	effect_done(&effect);
	if (r < 0)
		return r;
	troubles_follow(s); /* a closed host may let in others now */
	return 0;
}

static void end(struct service *s, const struct takeup_action *a)
{
	listen_set_timer(&s->following.host.files);
	look_note(s);
	if (a->is_again)
		keep_hear_host(s);
	keep_hear(s, &(const struct upkeep_event){.kind = UPKEEP_REFRESHED, .error = a->error});
}

/* True with what came of it, unless nothing can. */
static bool carry_out(struct turn *t, const struct takeup_action *a, struct takeup_event *ret)
{
	struct service *s = t->service;
	*ret = (struct takeup_event){0};
	switch (a->kind) {
	case TAKEUP_LOOK:
		ret->kind = TAKEUP_LOOKED;
		ret->is_other = !facts_equal(&s->in_force.basis.facts, look(s));
		return true;
	case TAKEUP_DRAIN:
		listen_drain(&s->following.host.files);
		ret->kind = TAKEUP_DRAINED;
		return true;
	case TAKEUP_CHECK:
		ret->kind = TAKEUP_CHECKED;
		ret->content = lists_check(s, lists_file_of(a->file));
		return true;
	case TAKEUP_READ:
		drop_candidate(t);
		ret->kind = TAKEUP_WAS_READ;
		ret->error = lists_read(s, &t->diags, &t->candidate);
		return true;
	case TAKEUP_APPLY:
		ret->kind = TAKEUP_APPLIED;
		ret->error = lists_apply(s, &t->candidate, &t->diags, a->is_first_try);
		if (ret->error < 0) /* what was said of it is reported */
			drop_candidate(t);
		return true;
	case TAKEUP_LOAD:
		ret->kind = TAKEUP_LOADED;
		ret->error = load_again(t);
		return true;
	case TAKEUP_REFUSE:
		lists_refuse(lists_file_of(a->file), &t->diags, a->error);
		return false;
	case TAKEUP_CLEAR:
		lists_clear(lists_file_of(a->file));
		return false;
	case TAKEUP_TELL:
		lists_tell(s);
		return false;
	case TAKEUP_END:
		end(s, a);
		return false;
	}
	abort();
}

void refresh(struct service *s)
{
	struct takeup *machine = &s->following.host.files.takeup;
	struct turn t = {.service = s};
	struct takeup_action a;
	struct takeup_event e = {
		.kind = TAKEUP_BEGIN,
		.follows = life_follows_host(&s->life),
	};
	takeup_hear(machine, &e, service_now());
	while (takeup_next(machine, service_now(), &a))
		if (carry_out(&t, &a, &e))
			takeup_hear(machine, &e, service_now());
	drop_candidate(&t);
}
