/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of the administrator, and what is due by the clock.
 *
 * A trial is written down before it is applied, so that a crash right after that finds it.  When it
 * is over that is written down first, too, and only then is it undone: a daemon that is killed in
 * between does not take it up again.  What is confirmed is saved first, and if that cannot be the
 * trial goes on.
 *
 * Lists are not on trial: the configuration that comes back has them as they are on the disk by
 * then.
 *
 * A configuration on trial is replaced by another one on trial, with the same one to return to.  A
 * reload for good is refused meanwhile: whoever wants to keep what is on trial has to say so.  What
 * is confirmed already cannot be on trial: it would end as rejected.
 *
 * A flush ends a trial.  Nothing but a reload or a start closes the host after it; a trial then
 * returns to what was confirmed last, and not to an open host: no clock opens a host.
 */
#include <stdlib.h>

#include "engine/life_steps.h"

static const struct life_config none = {LIFE_NONE, 0};

/* Nobody has confirmed it. */
static void end_trial(struct life *l)
{
	l->until = LIFE_NEVER;
	life_reject(l, l->tried);
}

static void undo(struct life *l, enum life_reason reason)
{
	end_trial(l);
	l->is_undoing = true;
	l->undo_reason = reason;
	l->step = STEP_UNDO;
}

/* Events. */

static void hear_reload(struct life *l, const struct life_event *e, uint64_t now)
{
	l->candidate_until = e->trial_length ? now + e->trial_length : LIFE_NEVER;
	if (life_on_trial(l) && !e->trial_length)
		life_finish(l, LIFE_TRIAL_RUNS);
	else
		l->step = STEP_READ;
}

static void hear_time(struct life *l, uint64_t now)
{
	if (l->save_at <= now)
		life_tidy_again(l);
	if (life_on_trial(l) && l->until <= now)
		undo(l, LIFE_BECAUSE_EXPIRED);
	else if (l->apply_at <= now)
		l->step = l->is_undoing ? STEP_UNDO : STEP_SETTLE;
}

static void hear_lists(struct life *l, const struct life_config *c)
{
	if (l->in_force != LIFE_GOOD)
		return;
	l->config = *c;
	if (life_on_trial(l))
		l->tried = *c; /* so that a daemon that is killed goes on with them */
	else if (!l->is_undoing)
		l->confirmed = *c;
}
void life_ask(struct life *l, const struct life_event *e, uint64_t now)
{
	switch (e->kind) {
	case LIFE_STARTS:
		break; /* life_start.c */
	case LIFE_RELOAD:
		hear_reload(l, e, now);
		return;
	case LIFE_CONFIRM:
		if (life_on_trial(l))
			l->step = STEP_CONFIRM;
		else
			life_finish(l, LIFE_NO_TRIAL);
		return;
	case LIFE_ROLL_BACK:
		if (life_on_trial(l))
			undo(l, LIFE_BECAUSE_UNDONE);
		else
			life_finish(l, LIFE_NO_TRIAL);
		return;
	case LIFE_FLUSH:
		l->step = STEP_OPEN;
		return;
	case LIFE_TIME:
		hear_time(l, now);
		return;
	case LIFE_LISTS_TAKEN:
		hear_lists(l, &e->config);
		return;
	}
	abort();
}
/* Results of actions. */

static bool has_return(const struct life *l)
{
	return life_is_there(l->confirmed) &&
	       (l->in_force == LIFE_GOOD || l->in_force == LIFE_IS_OPEN);
}

static void was_read(struct life *l, const struct life_result *r)
{
	const bool for_good = l->candidate_until == LIFE_NEVER;
	if (r->outcome == LIFE_WOULD_CUT) {
		life_finish(l, LIFE_CUTS);
		return;
	}
	if (r->outcome != LIFE_OK) {
		l->disk = LIFE_DISK_REFUSED;
		life_finish(l, LIFE_REFUSED);
		return;
	}
	l->candidate = r->config;
	if (for_good || (has_return(l) && !life_on_trial(l) &&
				life_same_files(l->candidate, l->confirmed))) {
		l->step = STEP_APPLY;
	} else if (!has_return(l)) {
		life_finish(l, LIFE_NO_RETURN);
	} else if (life_same_files(l->candidate, l->confirmed)) {
		/* on trial is another one, which is over by this */
		undo(l, LIFE_BECAUSE_UNDONE);
		l->ends_trial = true;
		l->disk = LIFE_DISK_TAKEN;
	} else {
		l->step = STEP_WRITE_TRIAL;
	}
}

static void was_applied(struct life *l, const struct life_result *r)
{
	if (r->outcome != LIFE_OK) {
		l->disk = LIFE_DISK_REFUSED;
		life_finish(l, LIFE_REFUSED);
		return;
	}
	life_put_in_force(l, l->candidate);
	l->confirmed = l->candidate;
	life_accept(l, l->candidate);
	life_finish(l, l->candidate_until == LIFE_NEVER ? LIFE_LOADED : LIFE_TRIED_CONFIRMED);
}

static void was_written(struct life *l, const struct life_result *r)
{
	if (r->outcome != LIFE_OK) {
		life_finish(l, LIFE_TRIAL_UNSAVED);
		return;
	}
	l->slots[LIFE_TRIAL] = l->candidate;
	l->slot_until = l->candidate_until;
	l->step = STEP_APPLY_TRIAL;
}

static void was_tried(struct life *l, const struct life_result *r)
{
	if (r->outcome != LIFE_OK) {
		l->disk = LIFE_DISK_REFUSED;
		life_finish(l, LIFE_REFUSED);
		return;
	}
	life_put_in_force(l, l->candidate);
	l->tried = l->candidate;
	l->until = l->candidate_until;
	life_finish(l, LIFE_ON_TRIAL);
}

static void was_confirmed(struct life *l, const struct life_result *r)
{
	if (r->outcome != LIFE_OK) {
		life_finish(l, LIFE_CONFIRMS_UNSAVED);
		return;
	}
	l->slots[LIFE_CONFIRMED] = l->confirmed = l->config;
	l->until = LIFE_NEVER;
	l->is_unsettled = true;
	life_accept(l, l->config);
	l->step = STEP_SETTLE;
	l->word = LIFE_CONFIRMS;
}

static void was_settled(struct life *l, const struct life_result *r, uint64_t now)
{
	l->is_unsettled = r->outcome != LIFE_OK;
	l->apply_at = l->is_unsettled ? now + LIFE_APPLY_PAUSE : LIFE_NEVER;
	l->step = STEP_NONE;
}

/* The way in may depend on it: it is tried until it is done. */
static void was_undone(struct life *l, const struct life_result *r, uint64_t now)
{
	const bool again = l->apply_at != LIFE_NEVER, asked = l->asked.kind != LIFE_TIME;
	const enum life_disk disk = l->disk;
	if (r->outcome != LIFE_OK) {
		l->apply_at = now + LIFE_APPLY_PAUSE;
		life_finish(l, again ? LIFE_NOTHING_TO_SAY : LIFE_NOT_UNDONE);
		return;
	}
	life_take_lists(&l->confirmed, r);
	life_put_in_force(l, l->confirmed);
	l->disk = disk; /* that is no other one by this */
	if (l->asked.kind == LIFE_RELOAD)
		life_finish(l, LIFE_TRIED_CONFIRMED);
	else if (asked)
		life_finish(l, LIFE_UNDONE);
	else
		life_finish(l, again ? LIFE_NOTHING_TO_SAY : LIFE_EXPIRED);
}

static void was_opened(struct life *l, const struct life_result *r)
{
	if (r->outcome != LIFE_OK) {
		life_finish(l, LIFE_NOT_FLUSHED);
		return;
	}
	l->ends_trial = life_on_trial(l);
	if (l->ends_trial)
		end_trial(l);
	l->in_force = LIFE_IS_OPEN;
	l->is_ours = true;
	l->config = none;
	l->is_undoing = l->is_unsettled = false;
	l->apply_at = LIFE_NEVER;
	life_finish(l, LIFE_FLUSHED);
}
void life_ask_done(struct life *l, const struct life_result *r, uint64_t now)
{
	switch ((enum life_step)l->step) {
	case STEP_NONE:
	case STEP_RESUME:
	case STEP_LAST_GOOD:
	case STEP_READ_AT_START:
	case STEP_APPLY_AT_START:
	case STEP_CLOSE:
		break; /* life_start.c */
	case STEP_READ:
		was_read(l, r);
		return;
	case STEP_APPLY:
		was_applied(l, r);
		return;
	case STEP_WRITE_TRIAL:
		was_written(l, r);
		return;
	case STEP_APPLY_TRIAL:
		was_tried(l, r);
		return;
	case STEP_CONFIRM:
		was_confirmed(l, r);
		return;
	case STEP_SETTLE:
		was_settled(l, r, now);
		return;
	case STEP_UNDO:
		was_undone(l, r, now);
		return;
	case STEP_OPEN:
		was_opened(l, r);
		return;
	}
	abort();
}
