/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's frame: an event begins a chain of steps, each of which is one action; what comes of
 * it leads to the next (life_start.c, life_asked.c).  Between steps the state directory is put
 * right (life_slots.c), and at the end the answer is said.
 */
#include "engine/life.h"

#include <assert.h>
#include <stdlib.h>

#include "engine/life_steps.h"

static const struct life_config none = {LIFE_NONE, 0};

bool life_same_files(struct life_config a, struct life_config b)
{
	return a.files == b.files;
}

bool life_same(struct life_config a, struct life_config b)
{
	return a.files == b.files && (a.lists == b.lists || !life_is_there(a));
}

void life_init(struct life *l)
{
	*l = (struct life){.until = LIFE_NEVER, .apply_at = LIFE_NEVER, .save_at = LIFE_NEVER};
}

/* Shared by the files of the machine. */

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
/* Events. */

void life_hear(struct life *l, const struct life_event *e, uint64_t now)
{
	assert(l->step == STEP_NONE && !l->is_acting && l->word == LIFE_NOTHING_TO_SAY);
	l->asked = *e;
	l->ends_trial = false;
	if (e->kind != LIFE_TIME)
		life_tidy_again(l); /* there may be room again */
	if (e->kind == LIFE_STARTS)
		life_start(l, &e->slots, now);
	else
		life_ask(l, e, now);
}

void life_done(struct life *l, const struct life_result *r, uint64_t now)
{
	assert(l->is_acting);
	l->is_acting = false;
	if (l->tidying != TIDYING_NOTHING) {
		life_tidy_done(l, r, now);
		return;
	}
	if (l->asked.kind == LIFE_STARTS)
		life_start_done(l, r);
	else
		life_ask_done(l, r, now);
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

/* The answer says if something could not be saved. */
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
