/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The results of the machine as sentences, for the client and for the log. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts.h"
#include "daemon.h"
#include "journal.h"

enum { USEC = 1000000 };

__attribute__((format(printf, 2, 3))) static void tell(struct text *lines, const char *format, ...)
{
	char line[512];
	va_list args;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (lines) {
		text_put(lines, line);
		text_put(lines, "\n");
	}
}

/* To the log, with who has asked for it. */
static void log_act(const struct service *s, enum journal_event event, int level, const char *what,
	const char *result)
{
	struct text by = {0};
	struct fields f = {0};
	asker_put(&s->asker, &by);
	asker_fields(&s->asker, &f);
	journal_with(&f, event, level, "%s%s: %s", what, by.data ? by.data : "", result);
	text_done(&by);
}

static unsigned seconds_left(const struct service *s)
{
	const uint64_t now = service_now();
	return s->life.until > now ? (unsigned)((s->life.until - now) / USEC) : 0;
}

static void tell_unsaved(const struct service *s, struct text *lines)
{
	struct text why = {0};
	slots_put_failure(&s->slots, s->life.failed_slots, &why);
	tell(lines, "the configuration is in force, but not saved: %s", why.data ? why.data : "?");
	text_done(&why);
}

static void tell_trial_runs(const struct service *s, struct text *lines)
{
	log_act(s, JOURNAL_NOT_LOADED, LOG_WARNING, "reload",
		"nothing was changed: another configuration is on trial, and a reload would "
		"confirm it");
	tell(lines,
		"nothing was changed: another configuration is on trial for %u more seconds; keep "
		"it with `rolewallctl confirm`, undo it with `rolewallctl rollback`, or try "
		"another one with `rolewallctl reload --confirm`",
		seconds_left(s));
}

static void tell_tried_confirmed(const struct service *s, const struct life_action *a,
	struct text *lines)
{
	struct fields f = {0};
	if (!a->ends_trial) {
		tell(lines, "nothing is on trial: this configuration was confirmed before, and is "
			    "in force for good");
		return;
	}
	asker_fields(&s->asker, &f);
	journal_with(&f, JOURNAL_TRIAL_UNDONE, LOG_INFO,
		"the trial is over: the configuration that was confirmed before is in force for "
		"good");
	tell(lines, "the trial is over: this configuration was confirmed before, and is in force "
		    "for good");
}

static void tell_cuts(const struct service *s)
{
	log_act(s, JOURNAL_NOT_LOADED, LOG_WARNING, "reload",
		"nothing was changed: the configuration would cut the SSH session from which the "
		"reload was asked for");
}

static void tell_flushed(const struct service *s, const struct life_action *a, struct text *lines)
{
	log_act(s, JOURNAL_FLUSHED, LOG_WARNING, "flush",
		a->ends_trial ? "the table inet rolewall is removed: this host is not protected "
				"any more; the trial is over"
			      : "the table inet rolewall is removed: this host is not protected "
				"any more");
	tell(lines, "this host is not protected any more; `rolewallctl reload` protects it again");
}

static void tell_on_trial(const struct service *s, const struct reload_request *request,
	struct text *lines)
{
	struct fields f = {0};
	asker_fields(&s->asker, &f);
	field(&f, "ROLEWALL_TRIAL_SECONDS", "%u", request->confirm);
	journal_with(&f, JOURNAL_TRIAL_BEGUN, LOG_INFO,
		"this configuration is on trial: rolewalld undoes it in %u s unless it is "
		"confirmed before",
		request->confirm);
	tell(lines, "on trial: undone in %u s unless you run `rolewallctl confirm` before",
		request->confirm);
}

static void tell_trial_unsaved(const struct service *s, struct text *lines)
{
	tell(lines, "cannot save the trial in %s: %s; nothing was changed", s->options->state_dir,
		strerror(-s->slots.errors[LIFE_TRIAL]));
}

static void tell_confirms_unsaved(const struct service *s, struct text *lines)
{
	const char *directory = s->options->state_dir;
	const char *error = strerror(-s->slots.errors[LIFE_CONFIRMED]);
	struct fields f = {0};
	asker_fields(&s->asker, &f);
	journal_with(&f, JOURNAL_TRIAL_TROUBLE, LOG_ERR,
		"cannot save the confirmed configuration in %s: %s; the trial goes on", directory,
		error);
	tell(lines,
		"cannot save the configuration in %s: %s; it is not confirmed yet: correct that "
		"and confirm it again, or it is undone in %u s",
		directory, error, seconds_left(s));
}

void answer(struct service *s, const struct life_action *a, const struct reload_request *request,
	struct text *lines)
{
	switch (a->word) {
	case LIFE_NOTHING_TO_SAY:
	case LIFE_STARTED:
	case LIFE_NEVER_GOOD:
	case LIFE_FIRST_CUTS:
	case LIFE_CANNOT_START:
	case LIFE_LOADED:
	case LIFE_REFUSED:
	case LIFE_UNDONE:
	case LIFE_EXPIRED:
	case LIFE_NOT_FLUSHED:
		return; /* reading, applying, removing, or the guard has told it */
	case LIFE_LOADED_UNSAVED:
		tell_unsaved(s, lines);
		return;
	case LIFE_TRIED_CONFIRMED:
		tell_tried_confirmed(s, a, lines);
		return;
	case LIFE_ON_TRIAL:
		tell_on_trial(s, request, lines);
		return;
	case LIFE_CUTS:
		tell_cuts(s);
		return;
	case LIFE_TRIAL_RUNS:
		tell_trial_runs(s, lines);
		return;
	case LIFE_NO_RETURN:
		tell(lines, "nothing was changed: no good configuration is in force to which a "
			    "trial could return; reload without --confirm");
		return;
	case LIFE_TRIAL_UNSAVED:
		tell_trial_unsaved(s, lines);
		return;
	case LIFE_NO_TRIAL:
		tell(lines, "there is no trial; nothing was changed");
		return;
	case LIFE_CONFIRMS:
		log_act(s, JOURNAL_TRIAL_CONFIRMED, LOG_INFO, "confirm",
			"the configuration on trial is in force for good");
		return;
	case LIFE_CONFIRMS_UNSAVED:
		tell_confirms_unsaved(s, lines);
		return;
	case LIFE_NOT_UNDONE:
		tell(lines, "the trial is over, but cannot be undone yet; rolewalld tries every "
			    "second");
		return;
	case LIFE_FLUSHED:
		tell_flushed(s, a, lines);
		return;
	case LIFE_WORDS:
		break;
	}
	abort();
}
