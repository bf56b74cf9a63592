/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is asked for, and what is due.
 *
 * A trial is written down before it is applied, so that a crash right after that finds it.  When it
 * is over that is written down first, too, and only then is it undone: a daemon that is killed in
 * between does not take it up again.  What is confirmed is saved first, and if that cannot be the
 * trial goes on.
 *
 * Lists are not on trial: what a configuration returns to has them as they are on the disk by then.
 *
 * A configuration on trial is replaced by another one on trial, with the same one to return to.  A
 * reload for good is refused meanwhile: whoever wants to keep what is on trial has to say so.  What
 * is confirmed already cannot be on trial: it would end as rejected.
 *
 * A flush ends a trial.  Nothing but a reload or a start closes the host after it; a trial then
 * returns to what was confirmed last, and not to an open host: no clock opens a host.
 */
#include "engine/life.h"

#include <assert.h>
#include <stdlib.h>

#include "engine/life_steps.h"

static const struct life_config none = {LIFE_NONE, 0};

static bool is_there(struct life_config c)
{
	return c.files != LIFE_NONE;
}

bool life_same_files(struct life_config a, struct life_config b)
{
	return a.files == b.files;
}

bool life_same(struct life_config a, struct life_config b)
{
	return a.files == b.files && (a.lists == b.lists || !is_there(a));
}

void life_init(struct life *l)
{
	*l = (struct life){.until = LIFE_NEVER, .apply_at = LIFE_NEVER, .save_at = LIFE_NEVER};
}

/* What the files of the machine share. */

void life_put_in_force(struct life *l, struct life_config c)
{
	l->in_force = LIFE_GOOD;
	l->config = c;
	l->disk = LIFE_DISK_TAKEN;
	l->is_ours = true;
	l->is_undoing = l->is_unsettled = false;
	l->apply_at = LIFE_NEVER;
}

void life_take_lists(struct life_config *c, const struct life_result *r)
{
	if (life_same_files(r->config, *c))
		*c = r->config;
}

void life_finish(struct life *l, enum life_word w)
{
	l->step = STEP_NONE;
	l->word = w;
}

void life_accept(struct life *l, struct life_config c)
{
	if (life_same_files(l->rejected, c) || l->rejected.files == LIFE_UNKNOWN)
		l->rejected = none;
}

void life_reject(struct life *l, struct life_config c)
{
	l->rejected = c;
	if (l->disk == LIFE_DISK_TAKEN)
		l->disk = LIFE_DISK_REJECTED;
}

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

void life_hear(struct life *l, const struct life_event *e, uint64_t now)
{
	assert(l->step == STEP_NONE && !l->is_acting && l->word == LIFE_NOTHING_TO_SAY);
	l->asked = *e;
	l->ends_trial = false;
	if (e->kind != LIFE_TIME)
		life_tidy_again(l); /* there may be room again */
	switch (e->kind) {
	case LIFE_STARTS:
		life_start(l, &e->slots, now);
		return;
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

/* What comes of actions. */

static bool has_return(const struct life *l)
{
	return is_there(l->confirmed) && (l->in_force == LIFE_GOOD || l->in_force == LIFE_IS_OPEN);
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

void life_done(struct life *l, const struct life_result *r, uint64_t now)
{
	assert(l->is_acting);
	l->is_acting = false;
	if (l->tidying != TIDYING_NOTHING) {
		life_tidy_done(l, r, now);
		return;
	}
	switch ((enum life_step)l->step) {
	case STEP_NONE:
		break;
	case STEP_RESUME:
	case STEP_LAST_GOOD:
	case STEP_READ_AT_START:
	case STEP_APPLY_AT_START:
	case STEP_CLOSE:
		life_start_done(l, r);
		return;
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

/* Actions. */

static struct life_action apply(struct life_config c, enum life_reason reason)
{
	const bool on_trial = reason == LIFE_BECAUSE_RESUMED;
	return (struct life_action){
		.kind = LIFE_APPLY, .config = c, .reason = reason, .on_trial = on_trial};
}

/* For good, or where nothing is in force, it may cut. */
static enum life_guard guard_of(const struct life *l)
{
	const bool is_tried = l->candidate_until != LIFE_NEVER && l->in_force == LIFE_GOOD;
	return l->asked.may_cut || is_tried ? LIFE_GUARD_NOBODY : LIFE_GUARD_ASKER;
}

static struct life_action step_action(const struct life *l)
{
	struct life_action a = {0};
	switch ((enum life_step)l->step) {
	case STEP_NONE:
		break;
	case STEP_RESUME:
		return apply(l->slots[LIFE_TRIAL], LIFE_BECAUSE_RESUMED);
	case STEP_LAST_GOOD:
		return apply(l->confirmed, LIFE_BECAUSE_LAST_GOOD);
	case STEP_READ_AT_START:
		a.kind = LIFE_READ;
		a.guard = l->was_good || l->asked.may_cut ? LIFE_GUARD_NOBODY : LIFE_GUARD_SESSIONS;
		return a;
	case STEP_APPLY_AT_START:
		return apply(l->candidate, LIFE_BECAUSE_STARTED);
	case STEP_CLOSE:
		a.kind = LIFE_CLOSE;
		return a;
	case STEP_READ:
		a.kind = LIFE_READ;
		a.guard = guard_of(l);
		return a;
	case STEP_APPLY:
		return apply(l->candidate, LIFE_BECAUSE_ASKED);
	case STEP_WRITE_TRIAL:
		return (struct life_action){.kind = LIFE_SAVE,
			.slot = LIFE_TRIAL,
			.config = l->candidate,
			.until = l->candidate_until};
	case STEP_APPLY_TRIAL:
		a = apply(l->candidate, LIFE_BECAUSE_ASKED);
		a.on_trial = true;
		return a;
	case STEP_CONFIRM:
		return (struct life_action){.kind = LIFE_SAVE,
			.slot = LIFE_CONFIRMED,
			.config = l->config,
			.is_over_damaged = l->slots[LIFE_CONFIRMED].files == LIFE_UNKNOWN};
	case STEP_SETTLE:
		a = apply(l->config, LIFE_BECAUSE_CONFIRMED);
		a.is_again = l->apply_at != LIFE_NEVER;
		return a;
	case STEP_UNDO:
		a = apply(l->confirmed, l->undo_reason);
		a.is_again = l->apply_at != LIFE_NEVER;
		return a;
	case STEP_OPEN:
		a.kind = LIFE_OPEN;
		return a;
	}
	abort();
}

/* What could not be saved is a part of the answer. */
static enum life_word word_of(const struct life *l)
{
	const bool unsaved = (l->failed_slots & (1u << LIFE_CONFIRMED)) != 0;
	const bool loads =
		l->word == LIFE_LOADED || (l->word == LIFE_TRIED_CONFIRMED && !l->ends_trial);
	return loads && unsaved ? LIFE_LOADED_UNSAVED : l->word;
}

bool life_next(struct life *l, struct life_action *ret)
{
	assert(!l->is_acting);
	/* that a trial is over is written down before it is undone */
	if ((l->step == STEP_NONE || l->step == STEP_UNDO) && life_tidy(l, ret)) {
		l->is_acting = true;
		return true;
	}
	if (l->step != STEP_NONE) {
		*ret = step_action(l);
		l->is_acting = true;
		return true;
	}
	if (l->word != LIFE_NOTHING_TO_SAY) {
		*ret = (struct life_action){
			.kind = LIFE_SAY, .word = word_of(l), .ends_trial = l->ends_trial};
		l->word = LIFE_NOTHING_TO_SAY;
		return true;
	}
	l->asked = (struct life_event){0};
	l->candidate = none;
	return false;
}

/* Questions. */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t life_wake(const struct life *l)
{
	return earlier(l->until, earlier(l->apply_at, l->save_at));
}

bool life_on_trial(const struct life *l)
{
	return l->until != LIFE_NEVER;
}

bool life_is_open(const struct life *l)
{
	return l->in_force == LIFE_IS_OPEN;
}

bool life_follows_host(const struct life *l)
{
	return l->in_force == LIFE_GOOD || l->in_force == LIFE_CLOSED;
}

unsigned life_troubles(const struct life *l)
{
	unsigned t = 0;
	if (l->disk == LIFE_DISK_REFUSED)
		t |= LIFE_TROUBLE_REFUSED;
	if (l->disk == LIFE_DISK_REJECTED)
		t |= LIFE_TROUBLE_UNCONFIRMED;
	if (l->in_force == LIFE_CLOSED || l->in_force == LIFE_LEFT_ALONE)
		t |= LIFE_TROUBLE_CLOSED;
	if (l->failed_slots)
		t |= LIFE_TROUBLE_UNSAVED;
	if (l->is_undoing)
		t |= LIFE_TROUBLE_UNDOING;
	if (l->is_unsettled)
		t |= LIFE_TROUBLE_UNSETTLED;
	return t;
}

bool life_knows(const struct life *l, struct life_config c)
{
	const struct life_config known[] = {l->config, l->confirmed, l->tried, l->rejected,
		l->candidate, l->slots[LIFE_CONFIRMED], l->slots[LIFE_TRIAL],
		l->slots[LIFE_REJECTED]};
	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (life_same(known[i], c))
			return true;
	return false;
}

bool life_word_is_good(enum life_word w)
{
	switch (w) {
	case LIFE_STARTED:
	case LIFE_LOADED:
	case LIFE_TRIED_CONFIRMED:
	case LIFE_ON_TRIAL:
	case LIFE_CONFIRMS:
	case LIFE_UNDONE:
	case LIFE_FLUSHED:
	case LIFE_EXPIRED:
		return true;
	case LIFE_NOTHING_TO_SAY:
	case LIFE_NEVER_GOOD:
	case LIFE_FIRST_CUTS:
	case LIFE_CANNOT_START:
	case LIFE_LOADED_UNSAVED:
	case LIFE_REFUSED:
	case LIFE_CUTS:
	case LIFE_TRIAL_RUNS:
	case LIFE_NO_RETURN:
	case LIFE_TRIAL_UNSAVED:
	case LIFE_NO_TRIAL:
	case LIFE_CONFIRMS_UNSAVED:
	case LIFE_NOT_UNDONE:
	case LIFE_NOT_FLUSHED:
	case LIFE_WORDS:
		return false;
	}
	abort();
}
