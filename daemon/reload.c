/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reload that somebody asked for: read, guard, apply or try. */
#include <errno.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "daemon.h"
#include "guard.h"
#include "log.h"

/* The service manager is told when it begins and when it is over. */
static void announce(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%llu",
		(unsigned long long)t.tv_sec * 1000000 + (unsigned long long)t.tv_nsec / 1000);
}

void reload_announce_ready(const struct service *s)
{
	sd_notifyf(false, "READY=1\nSTATUS=%s",
		s->is_open       ? "flushed: this host is not protected"
		: trouble_any(s) ? "protecting this host, but see rolewallctl status"
				 : "protecting this host");
}

static int put_in_force(struct service *s, const struct reload_request *q, struct candidate *c,
	struct diags *diags, struct text *lines)
{
	enum apply_outcome outcome = APPLY_UNCHANGED;
	if (q->confirm) {
		log_diags(diags);
		diags_put(diags, lines);
		return trial_begin(s, c, q->confirm, lines);
	}
	if (!q->force && guard_refuses(s, c->policy, q->session, lines)) {
		log_line(SD_WARNING,
			"reload refused: it would cut the session from which it is asked for");
		return -ECANCELED;
	}
	int r = candidate_apply(s, c, diags, &outcome);
	loading_report(s, r, diags, "", outcome, lines);
	if (r == 0)
		trial_forget(s);
	else
		loading_note_refused(s, r, diags);
	return r;
}

int reload(struct service *s, const struct reload_request *q, struct text *lines)
{
	struct diags diags = {0};
	struct candidate c = {0};
	announce();
	int r = candidate_read(s, BASIS_ANEW, &diags, &c);
	if (r < 0) {
		loading_report(s, r, &diags, "", APPLY_UNCHANGED, lines);
		loading_note_refused(s, r, &diags);
	} else {
		r = put_in_force(s, q, &c, &diags, lines);
	}
	candidate_done(&c);
	diags_done(&diags);
	reload_announce_ready(s);
	return r;
}
