/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Others' tables are reported, never touched.  A finding is a warning when it appears, and one
 * whose words have changed with the configuration is said anew; what is gone is said once.
 */
#include <errno.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "daemon.h"
#include "kernel/foreign.h"
#include "log.h"
#include "ruleset/survey.h"

static int look(const struct policy *p, struct findings *ret)
{
	struct foreign f;
	int r = foreign_read(&f);
	if (r < 0)
		return r;
	r = survey(&f, p, ret);
	foreign_done(&f);
	return r;
}

void survey_others(struct service *s)
{
	struct findings found;
	if (!s->now.ruleset)
		return;
	int r = look(s->now.policy, &found);
	if (r == -EINTR || r == -ENOMEM || r == -ENOBUFS)
		engine_hear(&s->engine, ENGINE_UNSURVEYED, service_now());
	if (r == -EINTR)
		return; /* they are being changed just now */
	if (r < 0) {
		trouble_set(s, TROUBLE_SURVEY, "cannot look at the tables of others: %s",
			strerror(-r));
		return;
	}
	trouble_clear(s, TROUBLE_SURVEY);
	for (const struct finding *x = found.first; x; x = x->next)
		if (!findings_have_text(&s->others, x->text))
			log_line(SD_WARNING, "%s", x->text);
	for (const struct finding *x = s->others.first; x; x = x->next)
		if (!findings_have_subject(&found, x->subject))
			log_line(SD_INFO, "no longer in our way: %s", x->subject);
	findings_done(&s->others);
	s->others = found;
}
