/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world for the machine of engine/life.h: a disk with a configuration, a state directory, a
 * kernel with a table, an administrator.  It carries actions out, it can end the machine between
 * any two of them, and after each step it holds the machine to its promises.
 *
 * What it demands is said in terms of the world and of what was answered, not of the machine's own
 * notes.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/life.h"
#include "testing.h"

enum { NOW = 1000000000, TRIAL = 25 * 1000000, NO_KILL = -1 };

/* Good configurations are small numbers; these two are not good. */
enum { A = 1, B = 2, C = 3, FAULTY = 10, GONE = 11 };

enum happening {
	START,       /* the daemon, in the same boot */
	REBOOT,      /* the machine, and the daemon */
	KILL,        /* the daemon, while it has nothing to do */
	RELOAD,      /* for good */
	RELOAD_CUTS, /* for good, and it would cut who asks */
	TRY,         /* reload on trial */
	CONFIRM,
	ROLL_BACK,
	FLUSH,
	TIME,       /* so much passes that everything is due */
	SHORT_TIME, /* only the next thing is */
	EDIT_A,
	EDIT_B,
	EDIT_FAULTY,
	LISTS, /* a list file is written anew */
	DAMAGE_CONFIRMED,
	DAMAGE_TRIAL,
	DAMAGE_REJECTED,
	KERNEL,    /* … takes everything, refuses, fails: the next of these */
	DISK_FULL, /* or has room again */
	/* the rest makes the states too many to be walked all; random walks take them, too */
	WALKED,
	EDIT_C = WALKED,
	EDIT_GONE,
	READ_ONLY, /* nothing in the state directory can be changed, or it can again */
	HAPPENINGS,
};

static const char *const happening_names[HAPPENINGS] = {"start", "reboot", "kill", "reload",
	"reload-cuts", "try", "confirm", "roll-back", "flush", "time", "short-time", "edit-a",
	"edit-b", "edit-faulty", "lists", "damage-confirmed", "damage-trial", "damage-rejected",
	"kernel", "disk-full", "edit-c", "edit-gone", "read-only"};

/* The daemon does something then, and may be killed while it does. */
static inline bool world_daemon_acts(enum happening h)
{
	return h <= SHORT_TIME || h == LISTS;
}

enum kernel_mood { TAKES, REFUSES, FAILS, MOODS };
enum table { TABLE_NONE, TABLE_GOOD, TABLE_CLOSED };

struct world {
	/* the host */
	struct life_config disk;
	enum table table;
	struct life_config in_table;
	bool silent_form; /* it is in force in a trial's form */
	enum kernel_mood kernel;
	bool is_full, is_read_only, was_read_only;
	struct life_config slots[LIFE_SLOTS], older;
	uint64_t slot_until;
	bool trial_is_of_this_boot;
	uint64_t now;
	/* the daemon */
	bool lives;
	bool is_ours; /* the table, since this daemon has begun */
	struct life life;
	/* what its administrator knows */
	bool was_saved;  /* there is something in the state directory, or was */
	bool is_flushed; /* nothing was loaded since */
	bool on_trial;
	bool is_lost;       /* nobody can know any more what was on trial */
	bool was_confirmed; /* the trial, and nobody was told yet */
	struct life_config tried, confirmed, rejected;
};

/* One step, while it goes on. */
struct step {
	struct world *w;
	struct world before;
	enum happening happening;
	int actions, kill_after;
	unsigned said;
	enum life_word word;
};

/* Faults. */

static jmp_buf *fault_to; /* where a fault leads to, so that the walk can tell how it came there */
static char fault_text[200];

__attribute__((format(printf, 2, 3))) static void demand(bool holds, const char *format, ...)
{
	va_list args;
	if (holds)
		return;
	va_start(args, format);
	vsnprintf(fault_text, sizeof(fault_text), format, args);
	va_end(args);
	longjmp(*fault_to, 1);
}

static bool is_good(struct life_config c)
{
	return c.files != LIFE_NONE && c.files != LIFE_UNKNOWN && c.files < FAULTY;
}

static bool same_files(struct life_config a, struct life_config b)
{
	return a.files == b.files;
}

static bool same(struct life_config a, struct life_config b)
{
	return a.files == b.files && a.lists == b.lists;
}

static bool table_is(const struct world *w, struct life_config c)
{
	return w->table == TABLE_GOOD && same(w->in_table, c);
}

static const struct life_config nothing = {LIFE_NONE, 0}, damaged = {LIFE_UNKNOWN, 0};

/* Carrying out. */

static enum life_outcome ask_kernel(const struct world *w)
{
	if (w->kernel == TAKES)
		return LIFE_OK;
	return w->kernel == REFUSES ? LIFE_BAD : LIFE_FAILED;
}

/* What was rejected comes back only when asked for; what is asked for may be killed half way. */
static bool may_come_back(const struct step *s, const struct life_action *a)
{
	const struct world *w = s->w;
	if (!is_good(w->rejected) || !same_files(a->config, w->rejected))
		return true;
	if (s->happening == RELOAD || s->happening == RELOAD_CUTS || s->happening == TRY)
		return true;
	if (w->table == TABLE_GOOD && same_files(w->in_table, a->config))
		return true;
	return same_files(w->rejected, w->slots[LIFE_CONFIRMED]) ||
	       (a->reason == LIFE_BECAUSE_RESUMED && same(a->config, w->slots[LIFE_TRIAL]));
}

static void check_may_be_applied(const struct step *s, const struct life_action *a)
{
	const struct world *w = s->w;
	const enum happening h = s->happening;
	const bool loads = h == RELOAD || h == RELOAD_CUTS || h == TRY || h == START || h == REBOOT;
	const bool undoes = a->reason == LIFE_BECAUSE_UNDONE || a->reason == LIFE_BECAUSE_EXPIRED;
	demand(!w->is_flushed || loads, "a flushed host is closed by %s", happening_names[h]);
	demand(may_come_back(s, a), "what was rejected comes back by %s", happening_names[h]);
	demand(!undoes || w->is_read_only || w->slots[LIFE_TRIAL].files == LIFE_NONE,
		"a trial is undone before that is written down");
}

/* With the lists that are on the disk. */
static struct life_config as_now(const struct world *w, struct life_config c)
{
	return (struct life_config){c.files, w->disk.lists};
}

/* What was saved is given the lists that are on the disk. */
static struct life_config with_lists(const struct world *w, const struct life_action *a)
{
	switch (a->reason) {
	case LIFE_BECAUSE_ASKED:
	case LIFE_BECAUSE_STARTED:
	case LIFE_BECAUSE_CONFIRMED:
		return a->config;
	case LIFE_BECAUSE_LAST_GOOD:
	case LIFE_BECAUSE_RESUMED:
	case LIFE_BECAUSE_UNDONE:
	case LIFE_BECAUSE_EXPIRED:
		return as_now(w, a->config);
	}
	abort();
}

static enum life_outcome do_apply(struct step *s, const struct life_action *a)
{
	struct world *w = s->w;
	enum life_outcome r = ask_kernel(w);
	check_may_be_applied(s, a);
	demand(is_good(a->config), "configuration %u is applied", a->config.files);
	if (r != LIFE_OK)
		return r;
	w->table = TABLE_GOOD;
	w->in_table = with_lists(w, a);
	w->silent_form = a->on_trial;
	w->is_ours = true;
	w->is_flushed = false;
	return LIFE_OK;
}

static enum life_outcome do_close(struct step *s)
{
	struct world *w = s->w;
	if (w->table != TABLE_NONE)
		return LIFE_LEFT;
	if (w->kernel != TAKES)
		return LIFE_FAILED;
	w->table = TABLE_CLOSED;
	w->in_table = nothing;
	w->silent_form = w->is_flushed = false;
	w->is_ours = true;
	return LIFE_OK;
}

static enum life_outcome do_open(struct world *w)
{
	if (w->kernel == FAILS)
		return LIFE_FAILED;
	w->table = TABLE_NONE;
	w->in_table = nothing;
	w->silent_form = false;
	w->is_flushed = w->is_ours = true;
	return LIFE_OK;
}

static enum life_outcome do_save(struct step *s, const struct life_action *a)
{
	struct world *w = s->w;
	demand(is_good(a->config), "configuration %u is saved", a->config.files);
	if (w->is_full || w->is_read_only)
		return LIFE_FAILED;
	if (a->slot == LIFE_CONFIRMED && w->slots[LIFE_CONFIRMED].files != LIFE_NONE &&
		!a->is_over_damaged)
		w->older = w->slots[LIFE_CONFIRMED];
	w->slots[a->slot] = a->config;
	w->was_saved = true;
	w->was_confirmed |= s->happening == CONFIRM && a->slot == LIFE_CONFIRMED;
	if (a->slot == LIFE_CONFIRMED && same_files(w->rejected, a->config))
		w->rejected = nothing;
	if (a->slot == LIFE_TRIAL) {
		w->slot_until = a->until;
		w->trial_is_of_this_boot = true;
	}
	return LIFE_OK;
}

static enum life_outcome do_move(struct world *w)
{
	if (w->is_read_only)
		return LIFE_FAILED;
	demand(w->slots[LIFE_TRIAL].files != LIFE_NONE, "a trial is moved that is not there");
	w->slots[LIFE_REJECTED] = w->slots[LIFE_TRIAL];
	w->slots[LIFE_TRIAL] = nothing;
	return LIFE_OK;
}

static enum life_outcome do_remove(const struct step *s, enum life_slot slot)
{
	struct world *w = s->w;
	const bool asked = s->happening == RELOAD || s->happening == TRY || s->happening == CONFIRM;
	if (w->is_read_only)
		return LIFE_FAILED;
	if (asked && same_files(w->in_table, w->rejected))
		w->rejected = nothing;
	demand(slot != LIFE_CONFIRMED, "what is confirmed is removed");
	w->slots[slot] = nothing;
	return LIFE_OK;
}

/* What is said, and whether it is true. */

static void note_end_of_trial(struct world *w, bool is_rejected)
{
	demand(w->on_trial, "a trial ends that there is not");
	w->on_trial = w->was_confirmed = false;
	if (is_rejected)
		w->rejected = w->tried;
}

static void note_loaded(struct world *w)
{
	w->confirmed = w->in_table;
	if (same_files(w->rejected, w->confirmed))
		w->rejected = nothing;
}

static bool is_untouched(const struct step *s)
{
	return s->w->table == s->before.table && same(s->w->in_table, s->before.in_table);
}

static void hear_end_of_undoing(struct step *s, bool is_undone)
{
	struct world *w = s->w;
	note_end_of_trial(w, true);
	if (is_undone)
		w->confirmed.lists = w->disk.lists;
	demand(!is_undone || table_is(w, w->confirmed), "it is not undone");
	demand(is_undone || is_untouched(s), "something was changed");
}

static void hear_refusal(struct step *s)
{
	demand(is_untouched(s), "something was changed");
	demand(s->w->on_trial == s->before.on_trial, "the trial is over");
}

static void say(struct step *s, const struct life_action *a)
{
	struct world *w = s->w;
	/* what was damaged behind the daemon's back it does not know */
	const struct life_config saved = w->slots[LIFE_CONFIRMED].files == LIFE_UNKNOWN
						 ? w->life.slots[LIFE_CONFIRMED]
						 : w->slots[LIFE_CONFIRMED];
	s->said++;
	s->word = a->word;
	switch (a->word) {
	case LIFE_STARTED:
	case LIFE_NEVER_GOOD:
	case LIFE_FIRST_CUTS:
	case LIFE_CANNOT_START:
		demand(s->happening == START || s->happening == REBOOT, "it starts again");
		return;
	case LIFE_LOADED:
	case LIFE_LOADED_UNSAVED:
		demand(!s->before.on_trial, "a load confirms a trial");
		demand(table_is(w, w->disk), "it is not in force");
		note_loaded(w);
		demand(same(saved, w->in_table) == (a->word == LIFE_LOADED), "it is not saved");
		return;
	case LIFE_TRIED_CONFIRMED:
		demand(same_files(w->disk, w->confirmed), "it was not confirmed");
		demand(w->table == TABLE_GOOD && same_files(w->in_table, w->disk),
			"it is not in force");
		if (a->ends_trial)
			note_end_of_trial(w, true);
		note_loaded(w);
		return;
	case LIFE_ON_TRIAL:
		demand(table_is(w, w->disk) && w->silent_form, "it is not in force");
		demand(same(w->slots[LIFE_TRIAL], w->disk), "it is not written down");
		demand(is_good(w->confirmed), "there is nothing to return to");
		w->on_trial = true;
		w->is_lost = false;
		w->tried = w->in_table;
		return;
	case LIFE_REFUSED:
		demand(!is_good(w->disk) || w->kernel != TAKES, "it is good");
		hear_refusal(s);
		return;
	case LIFE_CUTS:
		demand(s->happening == RELOAD_CUTS, "nobody is cut");
		hear_refusal(s);
		return;
	case LIFE_TRIAL_RUNS:
		demand(w->on_trial && s->happening != TRY, "there is no trial");
		hear_refusal(s);
		return;
	case LIFE_NO_RETURN:
	case LIFE_TRIAL_UNSAVED:
		demand(s->happening == TRY, "no trial was wanted");
		hear_refusal(s);
		return;
	case LIFE_NO_TRIAL:
		demand(!w->on_trial, "there is a trial");
		hear_refusal(s);
		return;
	case LIFE_CONFIRMS:
		note_end_of_trial(w, false);
		demand(is_untouched(s), "something was changed");
		demand(same(saved, w->in_table), "it is not saved");
		note_loaded(w);
		return;
	case LIFE_CONFIRMS_UNSAVED:
		hear_refusal(s);
		return;
	case LIFE_UNDONE:
	case LIFE_EXPIRED:
		demand((s->happening == ROLL_BACK) == (a->word == LIFE_UNDONE), "wrong word");
		hear_end_of_undoing(s, true);
		return;
	case LIFE_NOT_UNDONE:
		hear_end_of_undoing(s, false);
		return;
	case LIFE_FLUSHED:
		demand(w->table == TABLE_NONE && w->is_flushed, "it is not open");
		demand(a->ends_trial == w->on_trial, "the trial's end is not told");
		if (a->ends_trial)
			note_end_of_trial(w, true);
		return;
	case LIFE_NOT_FLUSHED:
		hear_refusal(s);
		return;
	case LIFE_NOTHING_TO_SAY:
	case LIFE_WORDS:
		break;
	}
	demand(false, "word %d is said", (int)a->word);
}

static struct life_result do_read(const struct step *s)
{
	const struct world *w = s->w;
	struct life_result r = {
		.outcome = is_good(w->disk) ? LIFE_OK : LIFE_BAD, .config = w->disk};
	if (r.outcome == LIFE_OK && s->happening == RELOAD_CUTS)
		r.outcome = LIFE_WOULD_CUT;
	return r;
}

static struct life_result carry_out(struct step *s, const struct life_action *a)
{
	struct life_result r = {0};
	const bool touches_state =
		a->kind == LIFE_SAVE || a->kind == LIFE_MOVE_TRIAL || a->kind == LIFE_REMOVE;
	demand(s->w->is_ours || !touches_state, "the state is touched before the table is ours");
	switch (a->kind) {
	case LIFE_READ:
		return do_read(s);
	case LIFE_APPLY:
		r.outcome = do_apply(s, a);
		if (r.outcome == LIFE_OK)
			r.config = s->w->in_table;
		break;
	case LIFE_CLOSE:
		r.outcome = do_close(s);
		break;
	case LIFE_OPEN:
		demand(s->happening == FLUSH, "nobody wants a flush");
		r.outcome = do_open(s->w);
		break;
	case LIFE_SAVE:
		r.outcome = do_save(s, a);
		break;
	case LIFE_MOVE_TRIAL:
		r.outcome = do_move(s->w);
		break;
	case LIFE_REMOVE:
		r.outcome = do_remove(s, a->slot);
		break;
	case LIFE_SAY:
		say(s, a);
		break;
	}
	return r;
}

/* Promises. */

/* What the daemon finds as confirmed.  If that is damaged it is the one before it, but for one that
 * was on trial since. */
static struct life_config last_good(const struct world *w)
{
	const struct life_config slot = w->slots[LIFE_CONFIRMED];
	if (slot.files != LIFE_UNKNOWN)
		return slot;
	if (!is_good(w->older) || same_files(w->older, w->slots[LIFE_TRIAL]) ||
		same_files(w->older, w->slots[LIFE_REJECTED]))
		return nothing;
	return w->older;
}

/* What a start has to bring, from what there was before it. */
static void check_started(struct step *s)
{
	struct world *w = s->w;
	const struct world *b = &s->before;
	const struct life_config slot = b->slots[LIFE_CONFIRMED], trial = b->slots[LIFE_TRIAL];
	const struct life_config last = last_good(b);
	const bool has_last = is_good(last), has_trial = trial.files != LIFE_NONE;
	const bool was_confirmed = slot.files != LIFE_UNKNOWN && same_files(trial, last);
	/* who confirms it accepts one that nobody knows any more */
	const bool is_forgotten = was_confirmed && b->slots[LIFE_REJECTED].files == LIFE_UNKNOWN;
	const struct life_config in_slot = is_forgotten ? nothing : b->slots[LIFE_REJECTED];
	const struct life_config rejected = has_trial && !was_confirmed ? trial : in_slot;
	const bool resumes = has_last && is_good(trial) && !was_confirmed &&
			     b->trial_is_of_this_boot && b->slot_until > w->now;
	const bool waits =
		!same_files(w->disk, last) &&
		(rejected.files == LIFE_UNKNOWN ? has_last : same_files(w->disk, rejected));
	const bool was_good = slot.files || has_trial || b->slots[LIFE_REJECTED].files;
	if (w->kernel != TAKES) {
		/* what is in the kernel may stay only if there was nothing good to ask it for */
		demand(s->word == LIFE_CANNOT_START || s->word == LIFE_NEVER_GOOD ||
				(s->word == LIFE_STARTED && b->table != TABLE_NONE && !has_last &&
					(!is_good(w->disk) || waits)),
			"it starts with a kernel that takes nothing");
		return;
	}
	if (resumes) {
		demand(table_is(w, as_now(w, trial)) && life_on_trial(&w->life),
			"the trial is not resumed");
		return;
	}
	demand(!life_on_trial(&w->life), "a trial is resumed");
	if (is_good(w->disk) && !waits)
		demand(table_is(w, w->disk), "it is not the disk's that starts");
	else if (has_last)
		demand(table_is(w, as_now(w, last)), "it is not the confirmed one that starts");
	else if (was_good)
		demand(b->table == TABLE_NONE ? w->table == TABLE_CLOSED : is_untouched(s),
			"it is not closed");
	else
		demand(s->word == LIFE_NEVER_GOOD && is_untouched(s), "it is not left alone");
}

static void note_started(struct step *s)
{
	struct world *w = s->w;
	const bool resumed = life_on_trial(&w->life);
	w->lives = s->word == LIFE_STARTED;
	if (w->on_trial && !resumed && w->lives) {
		w->on_trial = false;
		if (!w->was_confirmed && !w->is_lost)
			w->rejected = w->tried;
		w->was_confirmed = false;
	}
	if (resumed) {
		w->on_trial = true;
		w->was_confirmed = false; /* so it was, and that is lost */
		w->tried = w->in_table;
		w->confirmed = last_good(w);
	} else if (w->lives) {
		w->confirmed = w->table == TABLE_GOOD && w->life.in_force == LIFE_GOOD
				       ? w->in_table
				       : last_good(&s->before);
	}
}

static void check_reports(const struct step *s)
{
	const bool expires = s->before.on_trial && s->before.life.until <= s->w->now;
	if (!s->before.lives && s->happening != START && s->happening != REBOOT)
		return;
	switch (s->happening) {
	case START:
	case REBOOT:
	case RELOAD:
	case RELOAD_CUTS:
	case TRY:
	case CONFIRM:
	case ROLL_BACK:
	case FLUSH:
		demand(s->said == 1, "%u answers", s->said);
		return;
	case TIME:
	case SHORT_TIME:
		demand(s->said == (expires ? 1 : 0), "%u words at the time's end", s->said);
		return;
	default:
		demand(s->said == 0, "%u words to nobody", s->said);
	}
}

static bool state_is_wanted(const struct world *w)
{
	const struct life_config confirmed = w->slots[LIFE_CONFIRMED], trial = w->slots[LIFE_TRIAL];
	/* what is damaged behind the daemon's back is found by the next one */
	if (confirmed.files != LIFE_UNKNOWN && is_good(w->confirmed) &&
		!same(confirmed, w->confirmed))
		return false;
	return trial.files == LIFE_UNKNOWN || same(trial, w->on_trial ? w->tried : nothing);
}

/* Between two steps, while the daemon lives. */
static void check_quiet(const struct world *w)
{
	const unsigned troubles = life_troubles(&w->life);
	const bool is_good_one = w->life.in_force == LIFE_GOOD;
	const bool undoing = is_good_one && !w->on_trial && !same_files(w->in_table, w->confirmed);
	const bool is_left = w->life.in_force == LIFE_LEFT_ALONE;
	demand(w->table != TABLE_NONE || w->is_flushed, "the host is open");
	demand(life_is_open(&w->life) == (w->table == TABLE_NONE), "openness is not known");
	demand(!is_good_one || table_is(w, w->life.config), "another one is in force");
	demand(life_on_trial(&w->life) == w->on_trial, "the trial is not known");
	demand(!w->on_trial || w->life.until > w->now, "a trial goes on over its time");
	demand(((troubles & LIFE_TROUBLE_CLOSED) != 0) == (is_left || w->table == TABLE_CLOSED),
		"closed or not");
	demand(((troubles & LIFE_TROUBLE_UNDOING) != 0) == undoing, "undone or not");
	demand(is_left || (troubles & LIFE_TROUBLE_UNSAVED) || state_is_wanted(w),
		"what is not saved is not told");
	demand(!(troubles & LIFE_TROUBLE_UNSAVED) || w->life.save_at != LIFE_NEVER,
		"saving is not tried again");
	demand(!is_good_one || w->silent_form == w->on_trial ||
			(troubles & (LIFE_TROUBLE_UNSETTLED | LIFE_TROUBLE_UNDOING)),
		"in force in a trial's form, or not");
	demand(!(troubles & (LIFE_TROUBLE_UNSETTLED | LIFE_TROUBLE_UNDOING)) ||
			w->life.apply_at != LIFE_NEVER,
		"applying is not tried again");
}

/* Happenings. */

/* Hears it and does all that follows, or as much as it comes to.  False if it was killed. */
static bool run(struct step *s, const struct life_event *e)
{
	struct world *w = s->w;
	struct life_action a;
	life_hear(&w->life, e, w->now);
	while (life_next(&w->life, &a)) {
		if (s->actions++ == s->kill_after)
			return false;
		struct life_result r = carry_out(s, &a);
		if (a.kind != LIFE_SAY)
			life_done(&w->life, &r, w->now);
		demand(s->actions < 30, "it never ends");
	}
	return true;
}

static bool run_start(struct step *s)
{
	struct world *w = s->w;
	const struct life_event e = {
		.kind = LIFE_STARTS,
		.slots = {.confirmed = w->slots[LIFE_CONFIRMED],
			.older = is_good(w->older) ? w->older : nothing,
			.trial = w->slots[LIFE_TRIAL],
			.trial_until = w->slot_until,
			.trial_is_of_this_boot = w->trial_is_of_this_boot,
			.rejected = w->slots[LIFE_REJECTED]},
	};
	s->before = *w;
	if (w->was_read_only) /* it may not have been written down */
		w->rejected = w->slots[LIFE_REJECTED];
	if (w->slots[LIFE_REJECTED].files == LIFE_UNKNOWN) {
		w->rejected = nothing;
		w->is_lost = true;
	}
	life_init(&w->life);
	w->is_ours = false;
	if (!run(s, &e))
		return false;
	check_started(s);
	note_started(s);
	demand(w->lives || !w->was_saved || w->kernel != TAKES, "a host once protected is left");
	return true;
}

static bool run_lists(struct step *s)
{
	struct world *w = s->w;
	struct life_action a = {.kind = LIFE_APPLY, .reason = LIFE_BECAUSE_ASKED};
	w->disk.lists = 3 - w->disk.lists;
	if (!w->lives || !life_follows_host(&w->life) || w->life.in_force != LIFE_GOOD)
		return true;
	a.config = (struct life_config){w->life.config.files, w->disk.lists};
	a.on_trial = life_on_trial(&w->life);
	if (s->kill_after == 0)
		return false;
	if (do_apply(s, &a) != LIFE_OK)
		return true;
	s->actions = 1;
	if (w->on_trial && same_files(w->in_table, w->tried))
		w->tried = w->in_table;
	if (!w->on_trial && same_files(w->in_table, w->confirmed))
		w->confirmed = w->in_table;
	return run(s, &(const struct life_event){.kind = LIFE_LISTS_TAKEN, .config = a.config});
}

static void damage(struct world *w, enum life_slot slot)
{
	if (w->slots[slot].files == LIFE_NONE)
		return;
	w->slots[slot] = damaged;
	if (slot != LIFE_CONFIRMED)
		w->rejected = nothing; /* nobody can know it any more */
	w->is_lost |= slot != LIFE_CONFIRMED && w->on_trial;
}

/* After so much time. */
static void let_pass(struct world *w, bool all)
{
	const uint64_t wake = life_wake(&w->life);
	if (all || !w->lives)
		w->now += 2 * (uint64_t)TRIAL;
	else if (wake != LIFE_NEVER && wake > w->now)
		w->now = wake;
}

static bool run_event(struct step *s)
{
	static const enum life_event_kind kinds[HAPPENINGS] = {
		[RELOAD] = LIFE_RELOAD,
		[RELOAD_CUTS] = LIFE_RELOAD,
		[TRY] = LIFE_RELOAD,
		[CONFIRM] = LIFE_CONFIRM,
		[ROLL_BACK] = LIFE_ROLL_BACK,
		[FLUSH] = LIFE_FLUSH,
		[TIME] = LIFE_TIME,
		[SHORT_TIME] = LIFE_TIME,
	};
	const struct life_event e = {
		.kind = kinds[s->happening], .trial_length = s->happening == TRY ? TRIAL : 0};
	return !s->w->lives || run(s, &e);
}

static bool happen(struct step *s)
{
	struct world *w = s->w;
	switch (s->happening) {
	case REBOOT:
		w->table = TABLE_NONE;
		w->in_table = nothing;
		w->silent_form = false;
		w->trial_is_of_this_boot = false;
		w->lives = false;
		return run_start(s);
	case START:
		w->lives = false;
		return run_start(s);
	case KILL:
		return false;
	case TIME:
	case SHORT_TIME:
		let_pass(w, s->happening == TIME);
		return run_event(s);
	case RELOAD:
	case RELOAD_CUTS:
	case TRY:
	case CONFIRM:
	case ROLL_BACK:
	case FLUSH:
		return run_event(s);
	case EDIT_A:
		w->disk.files = A;
		return true;
	case EDIT_B:
		w->disk.files = B;
		return true;
	case EDIT_C:
		w->disk.files = C;
		return true;
	case EDIT_FAULTY:
		w->disk.files = FAULTY;
		return true;
	case EDIT_GONE:
		w->disk.files = GONE;
		return true;
	case LISTS:
		return run_lists(s);
	case DAMAGE_CONFIRMED:
		damage(w, LIFE_CONFIRMED);
		return true;
	case DAMAGE_TRIAL:
		damage(w, LIFE_TRIAL);
		return true;
	case DAMAGE_REJECTED:
		damage(w, LIFE_REJECTED);
		return true;
	case KERNEL:
		w->kernel = (w->kernel + 1) % MOODS;
		return true;
	case DISK_FULL:
		w->is_full = !w->is_full;
		return true;
	case READ_ONLY:
		w->is_read_only = !w->is_read_only;
		w->was_read_only = true;
		return true;
	case HAPPENINGS:
		break;
	}
	abort();
}

/* One happening; the daemon ends after so many actions of it.  How many there were. */
static int world_step(struct world *w, enum happening h, int kill_after)
{
	struct step s = {.w = w, .before = *w, .happening = h, .kill_after = kill_after};
	if (happen(&s)) {
		check_reports(&s);
	} else {
		w->lives = false;
	}
	if (!w->lives)
		life_init(&w->life);
	else
		check_quiet(w);
	return s.actions;
}
