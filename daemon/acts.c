/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carries out the actions of the machine (engine/life.h). It decides nothing: the machine says
 * what to do next, what to try again and what to tell.
 */
#include "acts.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "candidate.h"
#include "daemon.h"
#include "guard.h"
#include "journal.h"
#include "keep.h"
#include "lists.h"
#include "report.h"
#include "watching.h"

/* What the actions of one event share. */
struct act {
	struct service *service;
	const struct reload_request *request;
	struct text *lines;
	struct candidate candidate; /* as it was read, until it is applied */
	struct diags diags;         /* what was said of it */
	int error;
};

static struct life_result result_of(struct act *a, int r)
{
	/* what is wrong with a configuration is -EINVAL, be it us or the kernel who says so */
	const enum life_outcome bad = r == -EINVAL ? LIFE_BAD : LIFE_FAILED;
	if (r < 0)
		a->error = r;
	return (struct life_result){.outcome = r < 0 ? bad : LIFE_OK};
}

/* Reading. */

/* Whether to leave the host alone, rather than to cut all who could mend a first configuration. */
static bool locks_out(const struct candidate *c)
{
	struct text lines = {0};
	if (!guard_refuses_start(c->policy, &c->basis.facts, &lines))
		return false;
	char *rest = lines.data;
	for (char *line; (line = strsep(&rest, "\n")) && line[0];)
		journal(JOURNAL_NOT_STARTED, LOG_ERR, "%s", line);
	text_done(&lines);
	return true;
}

static bool is_guarded(struct act *a, enum life_guard guard)
{
	switch (guard) {
	case LIFE_GUARD_NOBODY:
		return false;
	case LIFE_GUARD_ASKER:
		return a->request &&
		       guard_refuses(a->service, &a->candidate, a->request->session, a->lines);
	case LIFE_GUARD_SESSIONS:
		return locks_out(&a->candidate);
	}
	abort();
}

static struct life_result do_read(struct act *a, const struct life_action *action)
{
	struct service *s = a->service;
	int r = candidate_read(s, BASIS_ANEW, &a->diags, &a->candidate);
	struct life_result result = result_of(a, r);
	if (r < 0) {
		report_load(s, r, &a->diags, a->request ? "reload" : "start", JOURNAL_NOT_LOADED,
			NULL, a->lines);
		report_refused(s, r, &a->diags);
		return result;
	}
	a->candidate.number = library_number(&s->library, a->candidate.basis.snapshot);
	result.config = a->candidate.number;
	if (is_guarded(a, action->guard))
		result.outcome = LIFE_WOULD_CUT;
	return result;
}

/* Applying. */

static const char *words_of(enum life_reason reason)
{
	switch (reason) {
	case LIFE_BECAUSE_ASKED:
		return "reload";
	case LIFE_BECAUSE_STARTED:
		return "start";
	case LIFE_BECAUSE_CONFIRMED:
		return "confirmed";
	case LIFE_BECAUSE_LAST_GOOD:
		return "start with the last good configuration";
	case LIFE_BECAUSE_RESUMED:
		return "start, and the trial goes on";
	case LIFE_BECAUSE_UNDONE:
		return "rolled back";
	case LIFE_BECAUSE_EXPIRED:
		return "rolled back, since the trial was not confirmed in time";
	}
	abort();
}

static enum journal_event event_of(enum life_reason reason)
{
	const bool ends_trial = reason == LIFE_BECAUSE_UNDONE || reason == LIFE_BECAUSE_EXPIRED;
	return ends_trial ? JOURNAL_TRIAL_UNDONE : JOURNAL_LOADED;
}

DEFINE_CLEANUP(drop_snapshot, struct snapshot, snapshot_free)

/* Reads a saved configuration, for the host as it is now. */
static int read_known(struct act *a, struct life_config number, enum basis_how how)
{
	struct service *s = a->service;
	/* what its lists have lost since then they are not to have again */
	CLEANUP(drop_snapshot)
	struct snapshot *saved =
		snapshot_with_lists(library_find(&s->library, number), s->in_force.basis.snapshot);
	const struct basis from = {.snapshot = saved};
	candidate_done(&a->candidate);
	diags_done(&a->diags);
	a->diags = (struct diags){0};
	if (!saved)
		return -ENOMEM;
	if (how == BASIS_LISTS_ANEW)
		lists_mark_stale(s, saved);
	int r = candidate_read_saved(s, &from, how, &a->diags, &a->candidate);
	if (r < 0)
		return r;
	a->candidate.number = library_number(&s->library, a->candidate.basis.snapshot);
	return 0;
}

/* Lists that are followed only by this configuration may have changed unnoticed: they are read as a
 * start reads them, and are what they were if they cannot be used. */
static int apply_known(struct act *a, const struct life_action *action, struct effect *ret,
	struct life_config *ret_number)
{
	static const enum basis_how ways[] = {BASIS_LISTS_ANEW, BASIS_KEPT};
	int r = -EINVAL;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]) && r < 0; i++) {
		r = read_known(a, action->config, ways[i]);
		*ret_number = a->candidate.number;
		a->candidate.on_trial = action->on_trial;
		if (r < 0)
			continue;
		r = candidate_apply(a->service, &a->candidate, &a->diags, ret);
	}
	return r;
}

static void after_undoing(struct service *s)
{
	/* lists may have changed meanwhile */
	takeup_hear(&s->following.host.files.takeup,
		&(const struct takeup_event){.kind = TAKEUP_UNDONE}, service_now());
	keep_hear_host(s);
}

/* It was confirmed, and is in force already. */
static struct life_result do_settle(struct act *a, const struct life_action *action)
{
	int r = candidate_settle(a->service);
	if (r < 0 && !action->is_again)
		journal(JOURNAL_TRIAL_TROUBLE, LOG_ERR,
			"the configuration is confirmed, but the packets that it refuses are not "
			"answered yet: %s; rolewalld tries again every second",
			strerror(-r));
	return result_of(a, r);
}

static struct life_result do_apply(struct act *a, const struct life_action *action)
{
	struct service *s = a->service;
	struct effect effect = {.outcome = APPLY_UNCHANGED};
	const enum life_reason why = action->reason;
	const bool is_candidate =
		a->candidate.policy && life_same(a->candidate.number, action->config);
	if (why == LIFE_BECAUSE_CONFIRMED)
		return do_settle(a, action);
	struct life_config number = action->config;
	a->candidate.on_trial = action->on_trial;
	int r = is_candidate ? candidate_apply(s, &a->candidate, &a->diags, &effect)
			     : apply_known(a, action, &effect, &number);
	if (r == 0 || !action->is_again)
		report_load(s, r, &a->diags, words_of(why), event_of(why), &effect, a->lines);
	effect_done(&effect);
	if (r < 0 && (why == LIFE_BECAUSE_ASKED || why == LIFE_BECAUSE_STARTED))
		report_refused(s, r, &a->diags);
	if (r == 0 && (why == LIFE_BECAUSE_UNDONE || why == LIFE_BECAUSE_EXPIRED))
		after_undoing(s);
	struct life_result result = result_of(a, r);
	result.config = number;
	return result;
}

static struct life_result do_close(struct act *a)
{
	int r = closed_begin(a->service);
	struct life_result result = result_of(a, r);
	if (r > 0)
		result.outcome = LIFE_LEFT;
	return result;
}

/* The daemon goes on, and does nothing until somebody asks for a load. */
static struct life_result do_open(struct act *a)
{
	struct service *s = a->service;
	watching_stop(&s->watching);
	int r = apply_flush(&s->socket, &s->in_force.applied);
	keep_hear_change(s, r);
	if (r < 0) {
		struct fields f = {0};
		asker_fields(&s->asker, &f);
		journal_with(&f, JOURNAL_NOT_FLUSHED, LOG_ERR,
			"cannot remove the table inet rolewall: %s", strerror(-r));
		if (a->lines)
			text_printf(a->lines,
				"cannot remove the table inet rolewall: %s; nothing was changed\n",
				strerror(-r));
	}
	return result_of(a, r);
}

/* Saving. */

static struct life_result do_save(struct act *a, const struct life_action *action)
{
	struct service *s = a->service;
	const struct snapshot *snapshot = library_find(&s->library, action->config);
	if (!snapshot) {
		assert(life_same(a->candidate.number, action->config));
		snapshot = a->candidate.basis.snapshot;
	}
	return result_of(a, slots_save(&s->slots, action, snapshot));
}

static struct life_result carry_out(struct act *a, const struct life_action *action)
{
	switch (action->kind) {
	case LIFE_READ:
		return do_read(a, action);
	case LIFE_APPLY:
		return do_apply(a, action);
	case LIFE_CLOSE:
		return do_close(a);
	case LIFE_OPEN:
		return do_open(a);
	case LIFE_SAVE:
		return do_save(a, action);
	case LIFE_MOVE_TRIAL:
		return result_of(a, slots_move_trial(&a->service->slots));
	case LIFE_REMOVE:
		return result_of(a, slots_remove(&a->service->slots, action->slot));
	case LIFE_SAY:
		answer(a->service, action, a->request, a->lines);
		break;
	}
	return (struct life_result){0};
}

enum life_word acts_follow(struct service *s, const struct life_event *e,
	const struct reload_request *request, struct text *lines, int *ret_error)
{
	struct act a = {.service = s, .request = request, .lines = lines};
	struct life_action action;
	enum life_word word = LIFE_NOTHING_TO_SAY;
	life_hear(&s->life, e, service_now());
	while (life_next(&s->life, &action)) {
		struct life_result r = carry_out(&a, &action);
		if (action.kind == LIFE_SAY)
			word = action.word;
		else
			life_done(&s->life, &r, service_now());
	}
	if (s->life.in_force != LIFE_NOT_YET) /* a start that fails has told why */
		troubles_follow(s);
	library_tidy(&s->library, &s->life, s->in_force.basis.snapshot);
	candidate_done(&a.candidate);
	diags_done(&a.diags);
	if (ret_error)
		*ret_error = a.error;
	return word;
}

bool acts_ask(struct service *s, enum life_event_kind kind, struct text *lines)
{
	const struct life_event e = {.kind = kind};
	return life_word_is_good(acts_follow(s, &e, NULL, lines, NULL));
}
