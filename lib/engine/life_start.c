/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the first moment to something in force.
 *
 *  1. A trial of this boot goes on where it was, if its time is not up.
 *  2. Otherwise what was confirmed last is put into force: whatever has become of the files.
 *     A table that an earlier life of ours has left is taken over by this without a gap.
 *  3. Then what is on the disk now, if it is good, and was not rejected in a trial.
 *  4. If none of this is good, and there was something good once, only management is let in.
 *     What is in the kernel already is better than that, and stays.
 *
 * A host that never had a good configuration is left alone.
 */
#include <assert.h>

#include "engine/life_steps.h"

static bool is_good(struct life_config c)
{
	return c.files != LIFE_NONE && c.files != LIFE_UNKNOWN;
}

static void find_trial(struct life *l, const struct life_slots *s, uint64_t now)
{
	if (!life_is_there(s->trial))
		return;
	if (is_good(s->trial) && life_same_files(s->trial, s->confirmed))
		life_accept(l, s->trial); /* it was being confirmed */
	else if (is_good(s->trial) && is_good(l->confirmed) && s->trial_is_of_this_boot &&
		 s->trial_until > now)
		l->step = STEP_RESUME;
	else
		life_reject(l, s->trial);
}

/* What boots.  The substitute for a damaged one may have been on trial since it was confirmed. */
static struct life_config last_good(const struct life_slots *s)
{
	static const struct life_config none = {LIFE_NONE, 0};
	if (s->confirmed.files != LIFE_UNKNOWN)
		return s->confirmed;
	if (life_same_files(s->older, s->rejected) || life_same_files(s->older, s->trial))
		return none;
	return s->older;
}

void life_start(struct life *l, const struct life_slots *s, uint64_t now)
{
	l->was_good = life_is_there(s->confirmed) || life_is_there(s->trial) ||
		      life_is_there(s->rejected);
	l->confirmed = last_good(s);
	l->slots[LIFE_CONFIRMED] = s->confirmed;
	l->slots[LIFE_TRIAL] = s->trial;
	l->slot_until = s->trial_until;
	l->slots[LIFE_REJECTED] = l->rejected = s->rejected;
	l->step = is_good(l->confirmed) ? STEP_LAST_GOOD : STEP_READ_AT_START;
	find_trial(l, s, now);
}

static void resumed(struct life *l, const struct life_result *r)
{
	if (r->outcome != LIFE_OK) {
		life_reject(l, l->slots[LIFE_TRIAL]);
		l->step = STEP_LAST_GOOD;
		return;
	}
	l->tried = l->slots[LIFE_TRIAL];
	life_take_lists(&l->tried, r);
	life_put_in_force(l, l->tried);
	l->until = l->slot_until;
	life_finish(l, LIFE_STARTED);
}

/* Goes on without the configuration on the disk, which cannot be put into force. */
static void go_without(struct life *l, enum life_outcome why)
{
	if (l->in_force == LIFE_GOOD)
		life_finish(l, LIFE_STARTED);
	else if (why != LIFE_BAD || l->last_good_failed)
		life_finish(l, LIFE_CANNOT_START);
	else if (l->was_good)
		l->step = STEP_CLOSE;
	else
		life_finish(l, l->was_refused ? LIFE_CANNOT_START : LIFE_NEVER_GOOD);
}

static void refused(struct life *l, enum life_outcome why)
{
	l->disk = LIFE_DISK_REFUSED;
	go_without(l, why);
}

/* It is not for us to apply what was rejected; of one that is damaged nobody knows what it was, so
 * that it counts only where there is something else. */
static bool must_wait(const struct life *l, struct life_config c)
{
	if (life_same_files(c, l->confirmed))
		return false;
	if (l->rejected.files == LIFE_UNKNOWN)
		return is_good(l->confirmed);
	return life_same_files(c, l->rejected);
}

static void was_read(struct life *l, const struct life_result *r)
{
	if (r->outcome == LIFE_WOULD_CUT) {
		life_finish(l, LIFE_FIRST_CUTS);
		return;
	}
	if (r->outcome != LIFE_OK) {
		refused(l, r->outcome);
		return;
	}
	l->candidate = r->config;
	if (!must_wait(l, r->config)) {
		l->step = STEP_APPLY_AT_START;
		return;
	}
	l->disk = LIFE_DISK_REJECTED;
	go_without(l, LIFE_BAD);
}

/* The machine may do better next time. */
static void last_good_applied(struct life *l, const struct life_result *r)
{
	if (r->outcome == LIFE_OK) {
		life_take_lists(&l->confirmed, r);
		life_put_in_force(l, l->confirmed);
	}
	l->last_good_failed = r->outcome == LIFE_FAILED;
	l->was_refused = r->outcome == LIFE_BAD;
	l->step = STEP_READ_AT_START;
}

static void was_applied(struct life *l, const struct life_result *r)
{
	if (r->outcome != LIFE_OK) {
		l->was_refused |= r->outcome == LIFE_BAD;
		refused(l, r->outcome);
		return;
	}
	life_put_in_force(l, l->candidate);
	l->confirmed = l->config;
	if (l->rejected.files == LIFE_UNKNOWN)
		life_accept(l, l->config);
	life_finish(l, LIFE_STARTED);
}

/* A table that protects is better than one of management only; but nobody knows what it lets in, so
 * that a start which the kernel refuses fails. */
static void was_closed(struct life *l, const struct life_result *r)
{
	if (r->outcome != LIFE_OK && (r->outcome != LIFE_LEFT || l->was_refused)) {
		life_finish(l, LIFE_CANNOT_START);
		return;
	}
	l->is_ours = r->outcome == LIFE_OK;
	l->in_force = l->is_ours ? LIFE_CLOSED : LIFE_LEFT_ALONE;
	life_finish(l, LIFE_STARTED);
}

void life_start_done(struct life *l, const struct life_result *r)
{
	if (l->step == STEP_RESUME) {
		resumed(l, r);
	} else if (l->step == STEP_LAST_GOOD) {
		last_good_applied(l, r);
	} else if (l->step == STEP_READ_AT_START) {
		was_read(l, r);
	} else if (l->step == STEP_APPLY_AT_START) {
		was_applied(l, r);
	} else {
		assert(l->step == STEP_CLOSE);
		was_closed(l, r);
	}
}
