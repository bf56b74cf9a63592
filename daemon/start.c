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
 * A host for which there never was a good configuration is left alone; and so it is if the first
 * one would cut every SSH session to it, unless that is what somebody wants (guard.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "daemon.h"
#include "guard.h"
#include "log.h"
#include "state/store.h"

struct saved {
	struct snapshot *snapshot; /* NULL: none, or damaged */
	struct trial trial;
	bool is_damaged; /* there was one */
};

static void load_slot(const struct service *s, enum store_slot slot, struct saved *ret)
{
	char why[STATE_FAULT_SIZE];
	const char *directory = s->options->state_dir;
	*ret = (struct saved){0};
	int r = store_load(directory, slot, &ret->snapshot, &ret->trial, why);
	if (r == 0 || r == -ENOENT)
		return;
	ret->is_damaged = true;
	log_line(SD_ERR, "%s/%s is damaged: %s", directory, store_name(slot), why);
}

/* The last good one. */
static void load_confirmed(const struct service *s, struct saved *ret)
{
	struct saved old;
	load_slot(s, STORE_CONFIRMED, ret);
	if (!ret->is_damaged)
		return;
	load_slot(s, STORE_CONFIRMED_OLD, &old);
	if (old.snapshot)
		log_line(SD_WARNING, "the one before it is used instead");
	ret->snapshot = old.snapshot;
}

static bool is_of_this_boot(const struct service *s, const struct trial *t)
{
	char id[BOOT_ID_SIZE];
	return saving_boot_id(s, id) == 0 && strcmp(id, t->boot) == 0;
}

/* A trial in whose window the daemon has ended. */
static bool resume_trial(struct service *s, struct saved *trial, struct saved *confirmed)
{
	if (!trial->snapshot || !confirmed->snapshot || !is_of_this_boot(s, &trial->trial) ||
		trial->trial.until <= service_now())
		return false;
	if (snapshot_equal(trial->snapshot, confirmed->snapshot, true))
		return false; /* it was being confirmed */
	if (loading_saved(s, trial->snapshot, true, "the trial goes on: ", NULL) < 0)
		return false;
	s->before = (struct basis){.snapshot = confirmed->snapshot};
	confirmed->snapshot = NULL;
	s->trial_until = trial->trial.until;
	engine_try(&s->engine, s->trial_until);
	return true;
}

/* What was on trial when the machine or the daemon ended is not what starts. */
static void reject_trial(struct service *s, struct saved *trial, const struct saved *confirmed,
	struct saved *rejected)
{
	const char *directory = s->options->state_dir;
	bool was_confirmed = trial->snapshot && confirmed->snapshot &&
			     snapshot_equal(trial->snapshot, confirmed->snapshot, true);
	if (was_confirmed) {
		store_remove(directory, STORE_TRIAL);
		return;
	}
	if (!trial->snapshot && !trial->is_damaged)
		return;
	store_move(directory, STORE_TRIAL, STORE_REJECTED);
	snapshot_free(rejected->snapshot);
	*rejected = *trial;
	trial->snapshot = NULL;
}

/* What is on the disk is not for us to apply if it was rejected; of a rejected one that is
 * damaged nobody knows. */
static bool is_rejected(const struct saved *rejected, const struct candidate *c)
{
	return rejected->is_damaged ||
	       (rejected->snapshot && snapshot_equal(rejected->snapshot, c->basis.snapshot, false));
}

/* Whether to leave the host alone, rather than to cut all who could mend a first configuration. */
static bool locks_out(const struct candidate *c)
{
	struct text lines = {0};
	if (!guard_refuses_start(c->policy, &c->basis.facts, &lines))
		return false;
	char *rest = lines.data;
	for (char *line; (line = strsep(&rest, "\n")) && line[0];)
		log_line(SD_ERR, "%s", line);
	text_done(&lines);
	return true;
}

/* -EREMOTEIO if the configuration is good and the kernel refuses it; -ECONNABORTED if it is the
 * first one, and would cut all sessions. */
static int apply_current(struct service *s, const struct saved *rejected, bool asks)
{
	struct diags diags = {0};
	struct candidate c = {0};
	enum apply_outcome outcome = APPLY_UNCHANGED;
	int r = candidate_read(s, BASIS_ANEW, &diags, &c);
	bool good = r == 0;
	bool waits = good && s->now.ruleset && is_rejected(rejected, &c);
	if (good && asks && locks_out(&c)) {
		candidate_done(&c);
		diags_done(&diags);
		return -ECONNABORTED;
	}
	if (good && !waits)
		r = candidate_apply(s, &c, &diags, &outcome);
	if (waits)
		trial_note_unconfirmed(s);
	else
		loading_report(s, r, &diags, "", outcome, NULL);
	if (r == 0 && !waits)
		trial_forget(s);
	if (r < 0 && s->now.ruleset)
		loading_note_refused(s, r, &diags);
	candidate_done(&c);
	diags_done(&diags);
	return good && r == -EINVAL ? -EREMOTEIO : r;
}

/* Nothing could be put into force.  A table that protects is better than one of management only;
 * but nobody knows what it lets in, so that a start which the kernel refuses fails. */
static int start_without(struct service *s, int r, bool was_good)
{
	if (r != -EINVAL && r != -EREMOTEIO)
		return r;
	if (!was_good)
		return r == -EINVAL ? -EUCLEAN : r;
	if (r == -EREMOTEIO && apply_protects(&s->socket) != 0)
		return r;
	return closed_begin(s);
}

int start(struct service *s)
{
	struct saved trial, confirmed, rejected;
	load_slot(s, STORE_TRIAL, &trial);
	load_confirmed(s, &confirmed);
	load_slot(s, STORE_REJECTED, &rejected);
	bool was_good = confirmed.snapshot || confirmed.is_damaged || trial.is_damaged;
	bool is_forced = guard_take_mark(s->options->runtime_dir);
	int r = 0;
	if (!resume_trial(s, &trial, &confirmed)) {
		reject_trial(s, &trial, &confirmed, &rejected);
		if (confirmed.snapshot)
			loading_saved(s, confirmed.snapshot, false,
				"last good configuration: ", NULL);
		r = apply_current(s, &rejected, !was_good && !is_forced);
		r = s->now.ruleset ? 0 : start_without(s, r, was_good);
	}
	/* what was begun and not ended is looked at before anybody is told that we are ready */
	if (s->now.ruleset && s->now.is_unsure)
		loading_verify(s);
	if (r == 0 && s->now.ruleset && s->now.is_unsure)
		r = -ESTALE;
	snapshot_free(trial.snapshot);
	snapshot_free(confirmed.snapshot);
	snapshot_free(rejected.snapshot);
	return r;
}
