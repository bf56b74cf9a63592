/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong while the host is protected: logged when it begins and when it ends, and shown
 * by `rolewallctl status` in between. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "journal.h"

static const char *const names[TROUBLES] = {
	[TROUBLE_REFUSED] = "refused",
	[TROUBLE_UNCONFIRMED] = "unconfirmed",
	[TROUBLE_CLOSED] = "closed",
	[TROUBLE_STATE] = "state",
	[TROUBLE_UNDOING] = "undoing",
	[TROUBLE_UNSETTLED] = "unsettled",
	[TROUBLE_FOLLOW] = "follow",
	[TROUBLE_LOOK] = "look",
	[TROUBLE_LISTS] = "lists",
	[TROUBLE_WATCH] = "watch",
	[TROUBLE_VERIFY] = "verify",
	[TROUBLE_SURVEY] = "survey",
	[TROUBLE_TESTS] = "tests",
	[TROUBLE_NAMES] = "names",
};

static void say(enum trouble which, enum journal_event event, int level, const char *sentence)
{
	struct fields f = {0};
	field(&f, "ROLEWALL_TROUBLE", "%s", names[which]);
	journal_with(&f, event, level, "%s%s", event == JOURNAL_RESOLVED ? "resolved: " : "",
		sentence);
}

void trouble_set(struct troubles *t, enum trouble which, const char *format, ...)
{
	char *text = NULL;
	va_list args;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (!text)
		text = strdup("out of memory");
	if (!t->said[which] || (text && strcmp(t->said[which], text) != 0))
		say(which, JOURNAL_TROUBLE, LOG_ERR, text ? text : "out of memory");
	free(t->said[which]);
	t->said[which] = text;
}

void trouble_clear(struct troubles *t, enum trouble which)
{
	if (!t->said[which])
		return;
	say(which, JOURNAL_RESOLVED, LOG_INFO, t->said[which]);
	free(t->said[which]);
	t->said[which] = NULL;
}

/* The problems that the machine knows, as sentences. */
static void put_life(const struct service *s, enum trouble t, struct text *to)
{
	switch ((unsigned)t) {
	case TROUBLE_REFUSED:
		text_put(to, life_is_open(&s->life) ? "the configuration on the disk is refused, "
						      "and this host is open since it was flushed"
						    : "the configuration on the disk is refused; "
						      "the one before it stays in force");
		return;
	case TROUBLE_UNCONFIRMED:
		text_put(to,
			"the configuration on the disk was on trial and not confirmed; the one "
			"before it is in force; `rolewallctl reload` applies the one on the disk");
		return;
	case TROUBLE_CLOSED:
		closed_put(s, to);
		return;
	case TROUBLE_STATE:
		slots_put_failure(&s->slots, s->life.failed_slots, to);
		return;
	case TROUBLE_UNDOING:
		text_put(to, "a trial is over, but cannot be undone: its configuration stays in "
			     "force until that succeeds; rolewalld tries every second");
		return;
	case TROUBLE_UNSETTLED:
		text_put(to, "the configuration is confirmed, but the packets that it refuses are "
			     "not answered yet; rolewalld tries again every second");
		return;
	}
	abort();
}

void troubles_follow(struct service *s)
{
	static const struct {
		enum life_trouble in_life;
		enum trouble trouble;
	} pairs[] = {
		{LIFE_TROUBLE_REFUSED, TROUBLE_REFUSED},
		{LIFE_TROUBLE_UNCONFIRMED, TROUBLE_UNCONFIRMED},
		{LIFE_TROUBLE_CLOSED, TROUBLE_CLOSED},
		{LIFE_TROUBLE_UNSAVED, TROUBLE_STATE},
		{LIFE_TROUBLE_UNDOING, TROUBLE_UNDOING},
		{LIFE_TROUBLE_UNSETTLED, TROUBLE_UNSETTLED},
	};
	const unsigned troubles = life_troubles(&s->life);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct text text = {0};
		if (!(troubles & pairs[i].in_life)) {
			trouble_clear(&s->troubles, pairs[i].trouble);
			continue;
		}
		put_life(s, pairs[i].trouble, &text);
		trouble_set(&s->troubles, pairs[i].trouble, "%s",
			text.data ? text.data : "out of memory");
		text_done(&text);
	}
}

static void follow_error(struct service *s, enum upkeep_trouble in_upkeep, enum trouble which,
	const char *what, const char *then)
{
	const int error = upkeep_error(&s->upkeep, in_upkeep);
	if (error == 0)
		trouble_clear(&s->troubles, which);
	else
		trouble_set(&s->troubles, which, "%s: %s%s", what, strerror(-error), then);
}

static void follow_following(struct service *s)
{
	const char *where = s->following.host.files.unwatched;
	const int error = upkeep_error(&s->upkeep, UPKEEP_NOT_FOLLOWING);
	if (error == 0)
		trouble_clear(&s->troubles, TROUBLE_FOLLOW);
	else
		trouble_set(&s->troubles, TROUBLE_FOLLOW,
			"cannot follow the changes of this host: %s%s%s", where ? where : "",
			where ? ": " : "", strerror(-error));
}

void troubles_follow_upkeep(struct service *s)
{
	follow_following(s);
	follow_error(s, UPKEEP_NOT_LOOKING, TROUBLE_LOOK,
		"cannot read the addresses, routes or name servers of this host",
		"; the rules stay as they are, and rolewalld tries again");
	follow_error(s, UPKEEP_NOT_LISTENING, TROUBLE_WATCH,
		"cannot watch for changes of the firewall by others", "");
	follow_error(s, UPKEEP_NOT_VERIFIED, TROUBLE_VERIFY, "cannot check the table inet rolewall",
		"");
	follow_error(s, UPKEEP_NOT_SURVEYED, TROUBLE_SURVEY, "cannot read the tables of others",
		"");
}

bool trouble_any(const struct troubles *t)
{
	for (enum trouble which = 0; which < TROUBLES; which++)
		if (t->said[which])
			return true;
	return false;
}

void troubles_done(struct troubles *t)
{
	for (enum trouble which = 0; which < TROUBLES; which++)
		free(t->said[which]);
	free(t->refused);
	*t = (struct troubles){0};
}
