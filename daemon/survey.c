/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks at the tables of others and reports which of their rules drop what ours allow.
 *
 * Others' tables are reported, never touched.  A finding is logged when it appears, as a warning
 * or a note, again when its text has changed with the configuration, and once when it is gone.
 */
#include "daemon.h"
#include "host/gather.h"
#include "journal.h"
#include "keep.h"
#include "netlink/route.h"
#include "others/others.h"

static bool interface_of(void *context, const struct addr *a, char ret_name[IF_NAMESIZE])
{
	return route_interface(context, a, NULL, ret_name) > 0;
}

static int look_at_others(const struct service *s, struct findings *ret)
{
	struct route route = {0};
	struct facts facts;
	struct survey_host host = {.context = &route};
	/* the basis has them as they were when the policy was made */
	if (facts_gather(&s->in_force.basis.facts, &facts) == 0)
		host.facts = &facts;
	if (route_open(&route) == 0)
		host.interface_of = interface_of;
	int r = others_look(s->in_force.policy, &host, ret);
	route_close(&route);
	if (host.facts)
		facts_done(&facts);
	return r;
}

static void say_finding(const struct finding *x)
{
	struct fields f = {0};
	field(&f, "ROLEWALL_SUBJECT", "%s", x->subject);
	journal_with(&f, JOURNAL_FINDING, x->is_note ? LOG_NOTICE : LOG_WARNING, "%s", x->text);
}

static void say_gone(const struct finding *x)
{
	struct fields f = {0};
	field(&f, "ROLEWALL_SUBJECT", "%s", x->subject);
	journal_with(&f, JOURNAL_FINDING_GONE, LOG_INFO, "gone or harmless now: %s", x->subject);
}

void survey_look(struct service *s)
{
	struct findings found;
	int r = look_at_others(s, &found);
	keep_hear(s, &(const struct upkeep_event){.kind = UPKEEP_SURVEYED, .error = r});
	if (r < 0)
		return;
	for (const struct finding *x = found.first; x; x = x->next)
		if (!findings_have_text(&s->survey.found, x->text))
			say_finding(x);
	for (const struct finding *x = s->survey.found.first; x; x = x->next)
		if (!findings_have_subject(&found, x->subject))
			say_gone(x);
	findings_done(&s->survey.found);
	s->survey.found = found;
}

void survey_done(struct survey *v)
{
	findings_done(&v->found);
}
