/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each action of engine/upkeep.h, carried out.  Nothing is decided here: when to look, what to try
 * again, whom to name and what is wrong is the machine's business.
 */
#include "keep.h"

#include <stdlib.h>

#include "daemon.h"
#include "journal.h"
#include "refresh.h"
#include "watching.h"

struct upkeep_table keep_table(const struct service *s)
{
	const struct applied *a = &s->in_force.applied;
	return (struct upkeep_table){
		.is_there = in_force_any(&s->in_force),
		.is_unsure = a->is_unsure,
		.is_owned = a->ownership != OWNERSHIP_NONE,
	};
}

void keep_hear(struct service *s, const struct upkeep_event *e)
{
	upkeep_hear(&s->upkeep, e, service_now());
	troubles_follow_upkeep(s);
}

void keep_hear_hangup(struct service *s, const struct caller *by)
{
	const struct upkeep_event e = {
		.kind = UPKEEP_RELOAD,
		.who = {.uid = by->uid,
			.pid = (uint32_t)by->pid,
			.has_login = by->has_login,
			.login = by->login},
	};
	keep_hear(s, &e);
}

void keep_hear_host(struct service *s)
{
	keep_hear(s, &(const struct upkeep_event){.kind = UPKEEP_HOST_CHANGED});
}

void keep_hear_change(struct service *s, int error)
{
	const struct upkeep_event e = {
		.kind = UPKEEP_CHANGED, .table = keep_table(s), .error = error};
	keep_hear(s, &e);
}

/* Words. */

/* "nft (pid 4711)", or "somebody" if the kernel did not say who. */
static void put_who(const struct upkeep_who *who, struct text *to)
{
	text_put(to, who->name[0] ? who->name : "somebody");
	if (who->pid)
		text_printf(to, " (pid %u)", who->pid);
}

/* The same for programs. */
static void put_fields(const struct upkeep_who *who, struct fields *f)
{
	if (who->pid)
		field(f, "ROLEWALL_CHANGED_BY_PID", "%u", who->pid);
	if (who->name[0])
		field(f, "ROLEWALL_CHANGED_BY", "%s", who->name);
}

static void say_word(enum upkeep_word word, const char *who, const char *difference,
	struct fields *f)
{
	switch (word) {
	case UPKEEP_FINISHED:
		journal_with(f, JOURNAL_REPAIRED, LOG_WARNING,
			"the table inet rolewall was not as rolewalld left it: %s; it is repaired",
			difference);
		return;
	case UPKEEP_UNDONE:
		journal_with(f, JOURNAL_REPAIRED, LOG_WARNING,
			"%s changed the table inet rolewall: %s; the change is undone", who,
			difference);
		return;
	case UPKEEP_FIGHT:
		journal_with(f, JOURNAL_CONTESTED, LOG_WARNING,
			"%s changes the table inet rolewall again and again; each change is "
			"undone, and not logged any more",
			who);
		return;
	}
	abort();
}

static void say(struct service *s, const struct upkeep_action *a)
{
	const char *difference = s->watching.difference ? s->watching.difference : "?";
	struct fields f = {0};
	struct text who = {0};
	if (a->word != UPKEEP_FIGHT)
		field(&f, "ROLEWALL_DIFFERENCE", "%s", difference);
	if (a->word != UPKEEP_FINISHED)
		put_fields(&a->who, &f);
	put_who(&a->who, &who);
	say_word(a->word, who.data ? who.data : "somebody", difference, &f);
	text_done(&who);
}

/* Actions. */

/* A reload that nobody waits for. */
static void load(struct service *s, const struct upkeep_who *who)
{
	const struct reload_request request = {.session = ""};
	const struct caller by = {
		.uid = who->uid,
		.pid = (pid_t)who->pid,
		.has_login = who->has_login,
		.login = who->login,
	};
	struct text lines = {0};
	asker_begin(&s->asker, &by);
	reload(s, &request, &lines);
	asker_end(&s->asker);
	text_done(&lines);
}

static void carry_out(struct service *s, const struct upkeep_action *a)
{
	switch (a->kind) {
	case UPKEEP_SAY:
		say(s, a);
		return;
	case UPKEEP_LOAD:
		load(s, &a->who);
		return;
	case UPKEEP_FOLLOW:
		refresh_follow(s);
		return;
	case UPKEEP_REFRESH:
		refresh(s);
		return;
	case UPKEEP_LISTEN:
		watching_start(s);
		return;
	case UPKEEP_VERIFY:
		watching_verify(s);
		return;
	case UPKEEP_SURVEY:
		survey_look(s);
		return;
	}
	abort();
}

bool keep_up(struct service *s)
{
	struct upkeep_action a;
	if (!upkeep_next(&s->upkeep, service_now(), &a))
		return false;
	carry_out(s, &a);
	return true;
}
