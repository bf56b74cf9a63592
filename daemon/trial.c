/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration on trial: in force, and undone unless somebody confirms it in time.  So who
 * locks himself out gets back in by waiting.  His session, too: meanwhile what belongs to a session
 * and is refused is dropped and never answered (compile.c), and goes on when the trial is undone.
 *
 * It is written down before it is applied.  A daemon that is killed and started again goes on
 * with the trial and its clock; after a reboot what was confirmed before is in force, and what
 * was on trial is remembered as rejected: it may still lie on the disk, and is not put in
 * force again by itself.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "daemon.h"
#include "log.h"
#include "state/store.h"

enum { USEC = 1000000, RETRY = 1 * USEC };

static void end(struct service *s)
{
	basis_done(&s->before);
	s->trial_until = 0;
	engine_end_trial(&s->engine);
}

void trial_forget(struct service *s)
{
	end(s);
	saving_confirmed(s);
	store_remove(s->options->state_dir, STORE_TRIAL);
	store_remove(s->options->state_dir, STORE_REJECTED);
	trouble_clear(s, TROUBLE_REFUSED);
	trouble_clear(s, TROUBLE_UNCONFIRMED);
	trouble_clear(s, TROUBLE_CLOSED);
}

/* Before it is applied: a crash right after that must find it. */
static int note(struct service *s, const struct candidate *c, uint64_t until, struct text *lines)
{
	if (!s->basis.snapshot || s->basis.is_closed) {
		text_put(lines, "there is nothing good in force to return to, so nothing can be "
				"tried; nothing was changed\n");
		return -ENODATA;
	}
	int r = saving_trial(s, c->basis.snapshot, until);
	if (r < 0)
		text_printf(lines, "cannot write the trial down in %s: %s; nothing was changed\n",
			s->options->state_dir, strerror(-r));
	return r;
}

int trial_begin(struct service *s, struct candidate *c, uint32_t seconds, struct text *lines)
{
	struct diags diags = {0};
	enum apply_outcome outcome = APPLY_UNCHANGED;
	struct basis before = {0};
	uint64_t until = service_now() + (uint64_t)seconds * USEC;
	bool again = s->trial_until != 0;
	int r = note(s, c, until, lines);
	if (r < 0)
		return r;
	if (!again) {
		/* the basis is kept, not freed, by what comes into force */
		before = s->basis;
		s->basis = (struct basis){0};
	}
	c->on_trial = true;
	r = candidate_apply(s, c, &diags, &outcome);
	if (r < 0) {
		if (!again)
			s->basis = before;
		if (again) /* that one goes on */
			saving_trial(s, s->basis.snapshot, s->trial_until);
		else
			store_remove(s->options->state_dir, STORE_TRIAL);
	} else {
		if (!again)
			s->before = before;
		s->trial_until = until;
		engine_try(&s->engine, until);
		trouble_clear(s, TROUBLE_REFUSED);
		trouble_clear(s, TROUBLE_UNCONFIRMED);
	}
	loading_report(s, r, &diags, "", outcome, lines);
	if (r == 0) {
		log_line(SD_INFO, "on trial for %u s", seconds);
		text_printf(lines,
			"on trial: undone in %u s unless `rolewallctl confirm` comes before\n",
			seconds);
	}
	diags_done(&diags);
	return r;
}

int trial_confirm(struct service *s, struct text *lines)
{
	if (s->trial_until == 0) {
		text_put(lines, "there is no trial; nothing was changed\n");
		return -EALREADY;
	}
	int r = loading_end_trial(s);
	if (r < 0) {
		text_printf(lines, "cannot confirm: %s; the trial goes on\n", strerror(-r));
		return r;
	}
	trial_forget(s);
	log_line(SD_INFO, "confirmed, generation %u", s->now.ruleset->generation);
	text_put(lines, s->troubles[TROUBLE_STATE] ? s->troubles[TROUBLE_STATE] : "confirmed");
	text_put(lines, "\n");
	return s->troubles[TROUBLE_STATE] ? -EIO : 0;
}

void trial_note_unconfirmed(struct service *s)
{
	trouble_set(s, TROUBLE_UNCONFIRMED,
		"the configuration on the disk was on trial and not confirmed; the one before it "
		"is in force; `rolewallctl reload` applies what is on the disk");
}

/* The trial is over, and nobody has confirmed it. */
static void reject(struct service *s)
{
	end(s);
	int r = store_move(s->options->state_dir, STORE_TRIAL, STORE_REJECTED);
	if (r < 0)
		trouble_set(s, TROUBLE_STATE, "cannot note that the trial was undone: %s",
			strerror(-r));
	trial_note_unconfirmed(s);
}

void trial_end_flushed(struct service *s)
{
	if (s->trial_until == 0)
		return;
	log_line(SD_WARNING, "the trial is over: the host was flushed");
	reject(s);
}

int trial_roll_back(struct service *s, const char *why, struct text *lines)
{
	if (s->trial_until == 0) {
		if (lines)
			text_put(lines, "there is no trial; nothing was changed\n");
		return -EALREADY;
	}
	int r = loading_saved(s, s->before.snapshot, false, why, lines);
	if (r < 0) {
		/* the way in may depend on it */
		engine_try(&s->engine, service_now() + RETRY);
		return r;
	}
	reject(s);
	/* lists may have changed since */
	s->lists_touched = true;
	engine_hear(&s->engine, ENGINE_HOST_CHANGED, service_now());
	return 0;
}
