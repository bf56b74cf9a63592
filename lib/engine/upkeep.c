/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done to keep in force what is in force.
 *
 * While we change our table we do not listen (daemon/watching.c says why), so that after each
 * change we listen again first and then look: what others have committed in between is found by
 * the look.  Where nobody else can change the table, and nothing of ours was left half done, there
 * is nothing to look at.
 *
 * A repair is said with the name of who has committed last: each commit that is heard is followed
 * by a look.  Where commits were missed, or made while we did not listen, nobody is named.
 *
 * A look that others' commits interrupt is begun again at once, since they are over in an instant;
 * but somebody who commits without a break does not keep us busy: after ten of them there is a
 * pause.
 */
#include "engine/upkeep.h"

#include <errno.h>
#include <stdlib.h>

static const struct upkeep_who nobody = {0};

void upkeep_init(struct upkeep *u)
{
	*u = (struct upkeep){.wake = CLOCK_NEVER};
	clock_init(&u->clock);
}

/* Events. */

static void hear_commit(struct upkeep *u, const struct upkeep_event *e, uint64_t now)
{
	if (e->is_own || !u->table.is_there)
		return;
	u->commits = e->who;
	clock_hear(&u->clock, CLOCK_COMMITTED, now);
}

static void hear_missed(struct upkeep *u, uint64_t now)
{
	if (!u->table.is_there)
		return;
	u->commits = nobody;
	clock_hear(&u->clock, CLOCK_COMMITTED, now);
}

static void hear_change(struct upkeep *u, const struct upkeep_event *e, uint64_t now)
{
	u->table = e->table;
	u->is_listening = u->has_tried = false;
	if (!u->table.is_there) {
		u->due &= ~(unsigned)(CLOCK_VERIFY | CLOCK_SURVEY);
		u->errors[UPKEEP_NOT_LISTENING] = u->errors[UPKEEP_NOT_VERIFIED] = 0;
		u->errors[UPKEEP_NOT_SURVEYED] = 0;
		clock_hear(&u->clock, CLOCK_GONE, now);
		return;
	}
	hear_missed(u, now);
	if (e->error < 0 && u->table.is_unsure)
		clock_hear(&u->clock, CLOCK_UNVERIFIED, now);
}

static void hear_listened(struct upkeep *u, int error, uint64_t now)
{
	u->is_listening = error == 0;
	u->errors[UPKEEP_NOT_LISTENING] = error;
	if (clock_tries_again(error))
		clock_hear(&u->clock, CLOCK_UNVERIFIED, now);
}

static void say(struct upkeep *u, enum upkeep_word word)
{
	u->word = word;
	u->is_word_due = true;
}

static void hear_repaired(struct upkeep *u, bool was_unsure, uint64_t now)
{
	u->blamed = u->commits;
	if (was_unsure) {
		say(u, UPKEEP_FINISHED);
		return;
	}
	clock_hear(&u->clock, CLOCK_REPAIRED, now);
	if (!u->clock.fighting)
		say(u, UPKEEP_UNDONE);
}

/* By a commit, which may be of something that defeats ours. */
static void hear_interrupted(struct upkeep *u, uint64_t now)
{
	clock_hear(&u->clock, CLOCK_COMMITTED, now);
	if (++u->interrupted < UPKEEP_TRIES)
		return;
	u->interrupted = 0;
	clock_hear(&u->clock, CLOCK_UNVERIFIED, now);
}

static void hear_verified(struct upkeep *u, const struct upkeep_event *e, uint64_t now)
{
	const bool was_unsure = u->table.is_unsure;
	u->table = e->table;
	if (e->error == -EINTR) {
		hear_interrupted(u, now);
		return;
	}
	u->interrupted = 0;
	u->errors[UPKEEP_NOT_VERIFIED] = e->error;
	if (clock_tries_again(e->error))
		clock_hear(&u->clock, CLOCK_UNVERIFIED, now);
	if (e->error == 0 && e->is_repaired)
		hear_repaired(u, was_unsure, now);
}

static void hear_followed(struct upkeep *u, const struct upkeep_event *e, uint64_t now)
{
	u->errors[UPKEEP_NOT_FOLLOWING] = e->error;
	u->is_deaf = e->error < 0;
	/* what has changed meanwhile was not heard */
	if (e->is_new || clock_tries_again(e->error))
		clock_hear(&u->clock, CLOCK_HOST_CHANGED, now);
}

static void hear_looked(struct upkeep *u, int error, uint64_t now)
{
	u->errors[UPKEEP_NOT_LOOKING] = error;
	if (error < 0)
		clock_hear(&u->clock, CLOCK_UNSEEN, now);
}

/* A look in the middle of others' commits says nothing, neither good nor bad. */
static void hear_surveyed(struct upkeep *u, int error, uint64_t now)
{
	if (error != -EINTR)
		u->errors[UPKEEP_NOT_SURVEYED] = error;
	if (clock_tries_again(error))
		clock_hear(&u->clock, CLOCK_UNSURVEYED, now);
}

void upkeep_hear(struct upkeep *u, const struct upkeep_event *e, uint64_t now)
{
	switch (e->kind) {
	case UPKEEP_RELOAD:
		u->asked = e->who;
		clock_hear(&u->clock, CLOCK_RELOAD, now);
		return;
	case UPKEEP_HOST_CHANGED:
		clock_hear(&u->clock, CLOCK_HOST_CHANGED, now);
		return;
	case UPKEEP_DEAF:
		u->is_deaf = true;
		clock_hear(&u->clock, CLOCK_HOST_CHANGED, now);
		return;
	case UPKEEP_COMMITTED:
		hear_commit(u, e, now);
		return;
	case UPKEEP_MISSED:
		hear_missed(u, now);
		return;
	case UPKEEP_CHANGED:
		hear_change(u, e, now);
		return;
	case UPKEEP_LISTENED:
		hear_listened(u, e->error, now);
		return;
	case UPKEEP_VERIFIED:
		hear_verified(u, e, now);
		return;
	case UPKEEP_FOLLOWED:
		hear_followed(u, e, now);
		return;
	case UPKEEP_LOOKED:
		hear_looked(u, e->error, now);
		return;
	case UPKEEP_REFRESHED:
		if (clock_tries_again(e->error))
			clock_hear(&u->clock, CLOCK_HOST_CHANGED, now);
		return;
	case UPKEEP_SURVEYED:
		hear_surveyed(u, e->error, now);
		return;
	}
	abort();
}

/* Actions. */

/* Takes one of what is due. */
static bool take(struct upkeep *u, enum clock_action what)
{
	const bool is_due = (u->due & what) != 0;
	u->due &= ~(unsigned)what;
	return is_due;
}

static bool give(struct upkeep_action *ret, enum upkeep_action_kind kind)
{
	ret->kind = kind;
	return true;
}

static bool give_word(struct upkeep_action *ret, enum upkeep_word word, struct upkeep_who who)
{
	*ret = (struct upkeep_action){.kind = UPKEEP_SAY, .word = word, .who = who};
	return true;
}

/* First that we hear what happens from now on, then what happened up to now. */
static bool next_look(struct upkeep *u, struct upkeep_action *ret)
{
	if (!(u->due & CLOCK_VERIFY) || !u->table.is_there)
		return false;
	if (!u->is_listening && !u->has_tried) {
		u->has_tried = true;
		return give(ret, UPKEEP_LISTEN);
	}
	u->has_tried = false;
	u->due &= ~(unsigned)CLOCK_VERIFY;
	return (!u->table.is_owned || u->table.is_unsure) && give(ret, UPKEEP_VERIFY);
}

/* The same with the host. */
static bool next_refresh(struct upkeep *u, struct upkeep_action *ret)
{
	if (!(u->due & CLOCK_REFRESH))
		return false;
	if (u->is_deaf && !u->has_followed) {
		u->has_followed = true;
		return give(ret, UPKEEP_FOLLOW);
	}
	u->has_followed = false;
	u->due &= ~(unsigned)CLOCK_REFRESH;
	return give(ret, UPKEEP_REFRESH);
}

bool upkeep_next(struct upkeep *u, uint64_t now, struct upkeep_action *ret)
{
	*ret = (struct upkeep_action){0};
	if (u->is_word_due) {
		u->is_word_due = false;
		return give_word(ret, u->word, u->blamed);
	}
	u->due |= clock_due(&u->clock, now, &u->wake);
	if (take(u, CLOCK_SAY_FIGHT))
		return give_word(ret, UPKEEP_FIGHT, u->blamed);
	if (take(u, CLOCK_LOAD)) {
		ret->who = u->asked;
		return give(ret, UPKEEP_LOAD);
	}
	if (next_refresh(u, ret))
		return true;
	if (next_look(u, ret))
		return true;
	return u->table.is_there && take(u, CLOCK_SURVEY) && give(ret, UPKEEP_SURVEY);
}

uint64_t upkeep_wake(const struct upkeep *u)
{
	return u->wake;
}

int upkeep_error(const struct upkeep *u, enum upkeep_trouble which)
{
	return u->errors[which];
}
