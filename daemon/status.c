/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon says of itself, for `rolewallctl status`. */
#include <string.h>
#include <time.h>

#include "ask/names_view.h"
#include "ask/recordings.h"
#include "ask/show_flows.h"
#include "base/cleanup.h"
#include "daemon.h"
#include "defaults.h"
#include "expecting.h"
#include "host/resolvers.h"
#include "host/unseen.h"

enum { USEC = 1000000 };

static void put_time(struct record *to, const char *key, uint64_t usec)
{
	char text[64];
	struct tm tm;
	time_t seconds = (time_t)(usec / USEC);
	if (usec && gmtime_r(&seconds, &tm) &&
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		record_text(to, key, text);
}

static void put_files(const struct service *s, struct record *to)
{
	const struct snapshot *snapshot = s->in_force.basis.snapshot;
	for (const struct snapshot_entry *e = snapshot ? snapshot->first : NULL; e; e = e->next)
		if (e->kind != SNAPSHOT_DIRECTORY)
			record_line(to, "files", e->path);
}

static void put_lines(struct record *to, const char *key, const char *text)
{
	for (const char *line = text, *end; *line; line = *end ? end + 1 : end) {
		char copy[1024];
		end = strchrnul(line, '\n');
		snprintf(copy, sizeof(copy), "%.*s", (int)(end - line), line);
		record_line(to, key, copy);
	}
}

/* The first faults of each refused list. */
static void put_list_faults(const struct service *s, struct record *to)
{
	for (const struct listened_file *f = s->following.host.files.files; f; f = f->next)
		if (f->faults)
			put_lines(to, "list-faults", f->faults);
}

static void put_trial(const struct service *s, struct record *to)
{
	if (!life_on_trial(&s->life))
		return;
	const uint64_t now = service_now(), until = s->life.until;
	record_number(to, "trial-seconds-left", until > now ? (until - now) / USEC : 0);
}

static void put_who_manages(const struct service *s, struct record *to)
{
	struct text who = {0};
	put_management(s->in_force.policy, NULL, &who);
	record_text(to, "management", who.failed ? "out of memory" : who.data);
	text_done(&who);
}

static void put_findings(const struct service *s, struct record *to, const char *key, bool notes)
{
	record_list(to, key);
	for (const struct finding *f = s->survey.found.first; f; f = f->next)
		if (f->is_note == notes)
			record_line(to, key, f->text);
}

static bool is_reader_missing(const struct service *s)
{
	return names_total(s->learning.answers).followed > 0 &&
	       !reader_status(s->learning.reader).is_connected;
}

/* No problem: names are asked for in any case. */
static void put_unseen(const struct service *s, struct record *to)
{
	struct unseen unseen;
	CLEANUP(text_done) struct text what = {0};
	record_list(to, "answers-unseen");
	int r = unseen_look("", &unseen);
	if (r < 0)
		text_printf(&what, "cannot find out how programs are told addresses: %s",
			strerror(-r));
	else
		unseen_put(&unseen, resolvers_have_systemd(&s->looking.facts), &what);
	if (what.failed)
		record_line(to, "answers-unseen", "out of memory");
	else if (what.data)
		record_line(to, "answers-unseen", what.data);
}

static void put_names(const struct service *s, struct record *to)
{
	const struct names_totals t = names_total(s->learning.answers);
	if (t.followed == 0)
		return;
	record_number(to, "names", t.followed);
	record_number(to, "names-failing", t.failing);
	record_number(to, "names-without-address", t.without_address);
	record_number(to, "names-full", t.full);
	record_bool(to, "reader-connected", reader_status(s->learning.reader).is_connected);
	put_unseen(s, to);
}

/* For rolewallctl, which looks at the disk. */
static void put_recordings(const struct service *s, struct record *to)
{
	const struct recordings r = recordings_of(s->in_force.policy);
	if (!r.directory)
		return;
	record_text(to, RECORDINGS_KEY, r.directory);
	record_number(to, RECORDINGS_SIZE_KEY, r.administrators);
	record_number(to, RECORDINGS_DAY_KEY, r.day);
}

void status_put(const struct service *s, struct record *to)
{
	bool is_open = life_is_open(&s->life);
	bool is_defeated = findings_have_defeat(&s->survey.found);
	bool is_missing = is_reader_missing(s);
	bool trouble = trouble_any(&s->troubles) || is_defeated || is_missing;
	const char *state = trouble ? "degraded" : "healthy";
	record_text(to, "state", is_open ? "open" : state);
	record_text(to, "version", VERSION);
	record_list(to, "problems");
	for (enum trouble t = 0; t < TROUBLES; t++)
		if (s->troubles.said[t])
			record_line(to, "problems", s->troubles.said[t]);
	if (is_defeated)
		record_line(to, "problems",
			"rules of others drop what this configuration allows: see blocked-by");
	if (is_missing)
		record_line(to, "problems",
			"rolewall-reader is not connected: no name is asked for; what is known "
			"stays in force; `systemctl status rolewall-reader` says what it does "
			"(without systemd, start rolewall-reader beside rolewalld)");
	if (s->in_force.policy && !is_open) {
		const struct names *roles = &s->in_force.policy->host.roles;
		record_list(to, "roles");
		for (size_t i = 0; i < roles->count; i++)
			record_line(to, "roles", roles->items[i].text);
		put_who_manages(s, to);
		put_recordings(s, to);
	}
	if (in_force_any(&s->in_force)) {
		record_number(to, "generation", s->in_force.applied.ruleset->generation);
		put_time(to, "since", s->in_force.since);
		put_files(s, to);
		record_text(to, "ownership", ownership_name(s->in_force.applied.ownership));
	}
	sessions_status(s, to);
	put_names(s, to);
	expecting_put(s, to);
	put_findings(s, to, "blocked-by", false);
	put_findings(s, to, "notes", true);
	put_list_faults(s, to);
	put_trial(s, to);
	if (s->troubles.refused && s->troubles.said[TROUBLE_REFUSED]) {
		put_time(to, "refused-at", s->troubles.refused_at);
		put_lines(to, "refused", s->troubles.refused);
	}
}
