/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked for at the control socket. */
#include <errno.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "daemon.h"
#include "defaults.h"
#include "log.h"
#include "ruleset/show_flows.h"

enum { USEC = 1000000 };

static int on_reload(void *daemon, const struct reload_request *q, struct answer *ret)
{
	struct service *s = daemon;
	ret->good = reload(s, q, &ret->lines) == 0;
	service_turn(s);
	return 0;
}

static int on_confirm(void *daemon, struct answer *ret)
{
	struct service *s = daemon;
	ret->good = trial_confirm(s, &ret->lines) == 0;
	service_turn(s);
	return 0;
}

static int on_rollback(void *daemon, struct answer *ret)
{
	struct service *s = daemon;
	ret->good = trial_roll_back(s, "rolled back: ", &ret->lines) == 0;
	service_turn(s);
	return 0;
}

/* The daemon lives on and does nothing until it is told to load: what is saved stays saved, so the
 * next start or reload protects the host again. */
static int on_flush(void *daemon, struct answer *ret)
{
	struct service *s = daemon;
	loading_stop_watching(s);
	int r = apply_flush(&s->socket, &s->now);
	ret->good = r == 0;
	if (r < 0) {
		text_printf(&ret->lines, "cannot remove our table: %s\n", strerror(-r));
		return 0;
	}
	s->is_open = true;
	trial_end_flushed(s);
	log_line(SD_WARNING, "flushed: our table is removed, this host is not protected any more");
	text_put(&ret->lines, "this host is not protected any more; `rolewallctl reload` protects "
			      "it again\n");
	reload_announce_ready(s);
	return 0;
}

static int on_diff(void *daemon, const struct diff_request *q, struct diff_answer *ret)
{
	diff(daemon, q, ret);
	return 0;
}

/* Status. */

static void put_time(struct status_writer *w, const char *key, uint64_t usec)
{
	char text[64];
	struct tm tm;
	time_t seconds = (time_t)(usec / USEC);
	if (usec && gmtime_r(&seconds, &tm) &&
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		status_text(w, key, text);
}

static void put_files(const struct service *s, struct status_writer *w)
{
	const struct snapshot *snapshot = s->basis.snapshot;
	for (const struct snapshot_entry *e = snapshot ? snapshot->first : NULL; e; e = e->next)
		if (e->kind != SNAPSHOT_DIRECTORY)
			status_line(w, "built-from", e->path);
}

static void put_lines(struct status_writer *w, const char *key, const char *text)
{
	for (const char *line = text, *end; *line; line = *end ? end + 1 : end) {
		char copy[1024];
		end = strchrnul(line, '\n');
		snprintf(copy, sizeof(copy), "%.*s", (int)(end - line), line);
		status_line(w, key, copy);
	}
}

/* Of each list that is refused the first faults. */
static void put_list_faults(const struct service *s, struct status_writer *w)
{
	for (const struct listened_file *f = s->follow.files.files; f; f = f->next)
		if (f->faults)
			put_lines(w, "list-faults", f->faults);
}

static void put_trial(const struct service *s, struct status_writer *w)
{
	if (s->trial_until == 0)
		return;
	uint64_t now = service_now();
	status_number(w, "trial-seconds-left",
		s->trial_until > now ? (s->trial_until - now) / USEC : 0);
}

static void put_who_manages(const struct service *s, struct status_writer *w)
{
	struct text who = {0};
	put_management(s->now.policy, &who);
	status_text(w, "management", who.failed ? "out of memory" : who.data);
	text_done(&who);
}

static void put_findings(const struct service *s, struct status_writer *w, const char *key,
	bool notes)
{
	status_list(w, key);
	for (const struct finding *f = s->others.first; f; f = f->next)
		if (f->is_note == notes)
			status_line(w, key, f->text);
}

static int on_status(void *daemon, struct status_writer *w)
{
	const struct service *s = daemon;
	bool is_defeated = findings_have_defeat(&s->others);
	bool trouble = trouble_any(s) || is_defeated;
	status_text(w, "state", s->is_open ? "open" : trouble ? "degraded" : "healthy");
	status_text(w, "version", VERSION);
	status_list(w, "degraded");
	for (enum trouble t = 0; t < TROUBLES; t++)
		if (s->troubles[t])
			status_line(w, "degraded", s->troubles[t]);
	if (is_defeated)
		status_line(w, "degraded",
			"rules of others keep out what is allowed: see defeated-by");
	if (s->now.policy && !s->is_open) {
		const struct names *roles = &s->now.policy->host.roles;
		status_list(w, "roles");
		for (size_t i = 0; i < roles->count; i++)
			status_line(w, "roles", roles->items[i].text);
		put_who_manages(s, w);
	}
	if (s->now.ruleset) {
		status_number(w, "generation", s->now.ruleset->generation);
		put_time(w, "since", s->since);
		put_files(s, w);
		status_text(w, "ownership", ownership_name(s->now.ownership));
	}
	sessions_status(s, w);
	put_findings(s, w, "defeated-by", false);
	put_findings(s, w, "notes", true);
	put_list_faults(s, w);
	put_trial(s, w);
	if (s->refused && s->troubles[TROUBLE_REFUSED]) {
		put_time(w, "refused-at", s->refused_at);
		put_lines(w, "refused", s->refused);
	}
	return 0;
}

/* Life. */

void commands_open(struct service *s)
{
	static const struct control_methods methods = {
		.reload = on_reload,
		.confirm = on_confirm,
		.rollback = on_rollback,
		.flush = on_flush,
		.diff = on_diff,
		.status = on_status,
	};
	int r = control_open(s->event, s->options->runtime_dir, &methods, s, &s->control);
	if (r < 0)
		log_line(SD_ERR,
			"no control socket in %s: %s; rolewallctl cannot reach this daemon",
			s->options->runtime_dir, strerror(-r));
}

void commands_close(struct service *s)
{
	control_close(s->control);
	s->control = NULL;
}
