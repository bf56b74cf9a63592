/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the machine share: the steps of which a start, a reload, … consist.  Each step
 * is one action; what comes of it leads to the next. */
#pragma once

#include "engine/life.h"

enum life_step {
	STEP_NONE,
	/* a start */
	STEP_RESUME,
	STEP_LAST_GOOD,
	STEP_READ_AT_START,
	STEP_APPLY_AT_START,
	STEP_CLOSE,
	/* what is asked for, and what is due */
	STEP_READ,
	STEP_APPLY,
	STEP_WRITE_TRIAL,
	STEP_APPLY_TRIAL,
	STEP_CONFIRM,
	STEP_SETTLE,
	STEP_UNDO,
	STEP_OPEN,
};

/* The state directory is put right, between steps and before anything is said. */
enum life_tidying {
	TIDYING_NOTHING,
	TIDYING_CONFIRMED,
	TIDYING_TRIAL,
	TIDYING_TRIAL_TO_REJECTED,
	TIDYING_REJECTED,
};

static inline bool life_is_there(struct life_config c)
{
	return c.files != LIFE_NONE;
}

/* life.c: what is in force now. */
void life_put_in_force(struct life *l, struct life_config c);
/* A saved configuration has come into force, perhaps with its lists as they are now. */
void life_take_lists(struct life_config *c, const struct life_result *r);
/* Nothing is left to be done but tidying, and to say this. */
void life_finish(struct life *l, enum life_word w);
/* c was asked for: it is not rejected any more. */
void life_accept(struct life *l, struct life_config c);
void life_reject(struct life *l, struct life_config c);

/* life_start.c */
void life_start(struct life *l, const struct life_slots *s, uint64_t now);
void life_start_done(struct life *l, const struct life_result *r);

/* life_asked.c: what is asked for and what is due; all events but the start. */
void life_ask(struct life *l, const struct life_event *e, uint64_t now);
void life_ask_done(struct life *l, const struct life_result *r, uint64_t now);

/* life_slots.c: brings the state directory to what it should hold.  True with the next action. */
bool life_tidy(struct life *l, struct life_action *ret);
void life_tidy_done(struct life *l, const struct life_result *r, uint64_t now);
/* Tries again what has failed. */
void life_tidy_again(struct life *l);
