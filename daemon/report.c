/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How it went to put a configuration into force, in words: for the log, and for who has asked. */
#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "daemon.h"
#include "log.h"

static const char *const outcome_text[] = {
	[APPLY_UNCHANGED] = "configuration unchanged",
	[APPLY_EXTENDED] = "configuration applied",
	[APPLY_RESTRICTED] = "configuration applied, live connections are judged again",
	[APPLY_REPLACED] = "whole table brought up to date, live connections are judged again",
};

/* Why nothing, or only a part of it, could be put in force. */
static void put_failure(int r, bool in_part, struct text *to)
{
	if (r == -EPERM)
		text_put(to, "not permitted: CAP_NET_ADMIN is needed to change the firewall");
	else if (r == -EBUSY)
		text_put(to, "another process owns the table inet rolewall: is a second daemon "
			     "running?");
	else if (r == -EPROTONOSUPPORT || r == -EAFNOSUPPORT)
		text_put(to, "this kernel has no nf_tables");
	else
		text_printf(to, "cannot apply the configuration: %s", strerror(-r));
	text_put(to, in_part ? "; a part of it may be in force until our table is looked at"
			     : "; nothing was changed");
}

void report_load(const struct service *s, int r, const struct diags *diags, const char *why,
	enum apply_outcome outcome, struct text *lines)
{
	struct text summary = {0};
	if (r == 0)
		text_printf(&summary, "%s%s, generation %u, ownership %s", why,
			outcome_text[outcome], s->now.ruleset->generation,
			ownership_name(s->now.ownership));
	else if (r == -EINVAL)
		text_printf(&summary, "%sconfiguration refused, faults: %zu; nothing was changed",
			why, diags->errors);
	else
		put_failure(r, s->now.is_unsure, &summary);
	log_diags(diags);
	log_line(r == 0 ? SD_INFO : SD_ERR, "%s", summary.data ? summary.data : "out of memory");
	if (lines) {
		diags_put(diags, lines);
		text_printf(lines, "%s\n", summary.data ? summary.data : "out of memory");
	}
	text_done(&summary);
}

void report_refused(struct service *s, int r, const struct diags *diags)
{
	struct text said = {0};
	char *text;
	diags_put_first(diags, &said);
	if (r != -EINVAL)
		put_failure(r, s->now.is_unsure, &said);
	if (text_finish(&said, &text) == 0) {
		free(s->refused);
		s->refused = text;
	}
	s->refused_at = service_realtime();
}
