/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state directory: what it should hold follows from the state of the machine, and what it does
 * hold is known from the start and from each action.  Where the two differ there is an action to
 * bring them together; one that has failed is left for later, and the others go on.
 *
 * Nothing is written before this process has the table: the directory may belong to another
 * daemon.
 */
#include "engine/life_steps.h"

static bool has_failed(const struct life *l, enum life_slot slot)
{
	return (l->failed_slots & (1u << slot)) != 0;
}

static bool act(struct life *l, enum life_tidying t, const struct life_action *a,
	struct life_action *ret)
{
	l->tidying = t;
	*ret = *a;
	return true;
}

static bool tidy_confirmed(struct life *l, struct life_action *ret)
{
	const struct life_action save = {.kind = LIFE_SAVE,
		.slot = LIFE_CONFIRMED,
		.config = l->confirmed,
		.is_over_damaged = l->slots[LIFE_CONFIRMED].files == LIFE_UNKNOWN};
	if (has_failed(l, LIFE_CONFIRMED) || life_same(l->slots[LIFE_CONFIRMED], l->confirmed))
		return false;
	return life_is_there(l->confirmed) && act(l, TIDYING_CONFIRMED, &save, ret);
}

/* Whatever is there tells the next start that this host was protected once: the last thing stays.
 */
static bool may_remove(const struct life *l, enum life_slot other)
{
	return life_is_there(l->slots[LIFE_CONFIRMED]) || life_is_there(l->slots[other]);
}

/* The trial that runs is written down; one that is over is not, but may be as rejected. */
static bool tidy_trial(struct life *l, struct life_action *ret)
{
	const struct life_config in_slot = l->slots[LIFE_TRIAL];
	const struct life_action save = {.kind = LIFE_SAVE,
					 .slot = LIFE_TRIAL,
					 .config = l->tried,
					 .until = l->until},
				 move = {.kind = LIFE_MOVE_TRIAL},
				 remove = {.kind = LIFE_REMOVE, .slot = LIFE_TRIAL};
	if (has_failed(l, LIFE_TRIAL))
		return false;
	if (life_on_trial(l)) {
		if (life_same(in_slot, l->tried) && l->slot_until == l->until)
			return false;
		return act(l, TIDYING_TRIAL, &save, ret);
	}
	if (!life_is_there(in_slot))
		return false;
	if (life_same(in_slot, l->rejected) && !life_same(l->slots[LIFE_REJECTED], l->rejected))
		return act(l, TIDYING_TRIAL_TO_REJECTED, &move, ret);
	return may_remove(l, LIFE_REJECTED) && act(l, TIDYING_TRIAL, &remove, ret);
}

static bool tidy_rejected(struct life *l, struct life_action *ret)
{
	const struct life_action save = {.kind = LIFE_SAVE,
					 .slot = LIFE_REJECTED,
					 .config = l->rejected},
				 remove = {.kind = LIFE_REMOVE, .slot = LIFE_REJECTED};
	if (has_failed(l, LIFE_REJECTED) || life_same(l->slots[LIFE_REJECTED], l->rejected))
		return false;
	if (!life_is_there(l->rejected))
		return may_remove(l, LIFE_TRIAL) && act(l, TIDYING_REJECTED, &remove, ret);
	/* of what is damaged there is nothing to write */
	return l->rejected.files != LIFE_UNKNOWN && act(l, TIDYING_REJECTED, &save, ret);
}

bool life_tidy(struct life *l, struct life_action *ret)
{
	if (!l->is_ours)
		return false;
	return tidy_confirmed(l, ret) || tidy_trial(l, ret) || tidy_rejected(l, ret);
}

static enum life_slot slot_of(enum life_tidying t)
{
	if (t == TIDYING_CONFIRMED)
		return LIFE_CONFIRMED;
	return t == TIDYING_REJECTED ? LIFE_REJECTED : LIFE_TRIAL;
}

void life_tidy_done(struct life *l, const struct life_result *r, uint64_t now)
{
	static const struct life_config none = {LIFE_NONE, 0};
	const enum life_tidying t = l->tidying;
	const enum life_slot slot = slot_of(t);
	l->tidying = TIDYING_NOTHING;
	if (r->outcome != LIFE_OK) {
		l->failed_slots |= 1u << slot;
		l->save_at = now + LIFE_SAVE_PAUSE;
		return;
	}
	if (t == TIDYING_CONFIRMED) {
		l->slots[LIFE_CONFIRMED] = l->confirmed;
	} else if (t == TIDYING_REJECTED) {
		l->slots[LIFE_REJECTED] = l->rejected;
	} else if (t == TIDYING_TRIAL_TO_REJECTED) {
		l->slots[LIFE_REJECTED] = l->slots[LIFE_TRIAL];
		l->slots[LIFE_TRIAL] = none;
	} else {
		l->slots[LIFE_TRIAL] = life_on_trial(l) ? l->tried : none;
		l->slot_until = life_on_trial(l) ? l->until : 0;
	}
}

void life_tidy_again(struct life *l)
{
	l->failed_slots = 0;
	l->save_at = LIFE_NEVER;
}
