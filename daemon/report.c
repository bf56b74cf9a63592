/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The result of a load as a sentence, for the log and for the client. */
#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon.h"
#include "journal.h"

/* Why nothing, or only a part of it, could be put in force. */
static void put_failure(int r, bool in_part, struct text *to)
{
	if (r == -EPERM)
		text_put(to, "not permitted: CAP_NET_ADMIN is needed to change the firewall");
	else if (r == -EBUSY)
		text_put(to, "another process owns the table inet rolewall: perhaps a second "
			     "rolewalld runs");
	else if (r == -EPROTONOSUPPORT || r == -EAFNOSUPPORT)
		text_put(to, "this kernel has no nf_tables");
	else
		text_printf(to, "cannot apply the configuration: %s", strerror(-r));
	text_put(to,
		in_part ? "; a part of it may be in force until rolewalld has repaired its table"
			: "; nothing was changed");
}

/* The result, without the name of who has asked for it. */
static void put_result(const struct service *s, int r, const struct diags *diags,
	const struct effect *effect, struct text *to)
{
	if (r == -EINVAL) {
		text_printf(to, "configuration refused, faults: %zu; nothing was changed",
			diags->errors);
		return;
	}
	if (r < 0) {
		put_failure(r, s->in_force.applied.is_unsure, to);
		return;
	}
	effect_put(effect, to);
	text_printf(to, ", generation %u, ownership %s", s->in_force.applied.ruleset->generation,
		ownership_name(s->in_force.applied.ownership));
}

static void put_fields(const struct service *s, int r, const struct diags *diags, const char *why,
	const struct effect *effect, struct fields *f)
{
	asker_fields(&s->asker, f);
	field(f, "ROLEWALL_REASON", "%s", why);
	if (diags->errors)
		field(f, "ROLEWALL_FAULTS", "%zu", diags->errors);
	if (r < 0)
		return;
	field(f, "ROLEWALL_GENERATION", "%u", s->in_force.applied.ruleset->generation);
	field(f, "ROLEWALL_OWNERSHIP", "%s", ownership_name(s->in_force.applied.ownership));
	if (effect->counted == 0)
		field(f, "ROLEWALL_SESSIONS_CUT", "%zu", effect->cuts);
}

void report_load(const struct service *s, int r, const struct diags *diags, const char *why,
	enum journal_event event, const struct effect *effect, struct text *lines)
{
	struct text result = {0}, by = {0};
	struct fields f = {0};
	put_result(s, r, diags, effect, &result);
	asker_put(&s->asker, &by);
	put_fields(s, r, diags, why, effect, &f);
	const char *said = result.data ? result.data : "out of memory";
	journal_diags(diags);
	journal_with(&f, r == 0 ? event : JOURNAL_NOT_LOADED, r == 0 ? LOG_INFO : LOG_ERR,
		"%s%s: %s", why, by.data ? by.data : "", said);
	if (lines) {
		diags_put(diags, lines);
		text_printf(lines, "%s: %s\n", why, said);
	}
	text_done(&result);
	text_done(&by);
}

void report_refused(struct service *s, int r, const struct diags *diags)
{
	struct text said = {0};
	char *text;
	diags_put_first(diags, &said);
	if (r != -EINVAL)
		put_failure(r, s->in_force.applied.is_unsure, &said);
	if (text_finish(&said, &text) == 0) {
		free(s->troubles.refused);
		s->troubles.refused = text;
	}
	s->troubles.refused_at = service_realtime();
}
