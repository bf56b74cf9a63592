/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket's questions, as far as they are answered by calling somebody else. */
#include "asking.h"

#include <errno.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "log.h"

static int on_reload(void *daemon, const struct reload_request *request, struct answer *ret)
{
	struct service *s = daemon;
	ret->good = reload(s, request, &ret->lines) == 0;
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

static int on_flush(void *daemon, struct answer *ret)
{
	struct service *s = daemon;
	loading_stop_watching(s);
	int r = apply_flush(&s->socket, &s->now);
	ret->good = r >= 0;
	s->is_open |= r >= 0;
	log_line(SD_WARNING, "flush was asked for: %s",
		r < 0 ? strerror(-r) : "our table is removed");
	text_put(&ret->lines,
		r < 0 ? strerror(-r) : "our table is removed; this host is not protected any more");
	text_put(&ret->lines, "\n");
	return 0;
}

static int on_status(void *daemon, struct status_writer *w)
{
	const struct service *s = daemon;
	bool healthy = s->now.ruleset != NULL;
	for (enum trouble t = 0; t < TROUBLES; t++)
		healthy &= s->troubles[t] == NULL;
	status_text(w, "state", healthy ? "healthy" : "degraded");
	status_list(w, "degraded");
	for (enum trouble t = 0; t < TROUBLES; t++)
		if (s->troubles[t])
			status_line(w, "degraded", s->troubles[t]);
	if (s->now.ruleset)
		status_number(w, "generation", s->now.ruleset->generation);
	status_text(w, "ownership", ownership_name(s->now.ownership));
	return 0;
}

static const struct control_methods methods = {
	on_reload,
	on_confirm,
	on_rollback,
	on_flush,
	on_status,
};

/* Protecting the host does not depend on being asked for it. */
void asking_begin(struct service *s)
{
	const char *dir = s->options->runtime_dir;
	int r = control_open(s->event, dir, &methods, s, &s->control);
	if (r < 0)
		log_line(SD_ERR, "rolewallctl cannot reach us: cannot make the socket in %s: %s",
			dir, strerror(-r));
}

void asking_end(struct service *s)
{
	control_close(s->control);
	s->control = NULL;
}
