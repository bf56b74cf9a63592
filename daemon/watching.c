/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watching our table: who else commits, and whether what is in the kernel is still what we put
 * there.
 *
 * Somebody who listens makes every commit slower, ours most of all: the kernel writes a message
 * for each element, a million of them ten times as long.  So we do not listen while we change our
 * table ourselves.
 */
#include "watching.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "daemon.h"
#include "journal.h"
#include "refresh.h"

static int on_commit(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct service *s = userdata;
	struct commit c;
	int r;
	(void)source;
	(void)fd;
	(void)events;
	while ((r = watch_next(&s->watching.socket, &c)) != 0) {
		if (r > 0 && c.portid == s->socket.portid)
			continue;
		if (r > 0)
			s->watching.last = c;
		else if (r != -ENOBUFS)
			return r;
		clock_hear(&s->clock, CLOCK_COMMITTED, service_now());
	}
	service_turn(s);
	return 0;
}

void watching_stop(struct watching *w)
{
	w->source = sd_event_source_unref(w->source);
	if (w->socket.socket)
		watch_close(&w->socket);
}

void watching_done(struct watching *w)
{
	watching_stop(w);
}

void watching_start(struct service *s)
{
	if (!in_force_any(&s->in_force))
		return;
	int r = watch_open(&s->watching.socket);
	if (r >= 0)
		r = sd_event_add_io(s->event, &s->watching.source, watch_fd(&s->watching.socket),
			EPOLLIN, on_commit, s);
	/* what has happened meanwhile was not heard */
	clock_hear(&s->clock, CLOCK_COMMITTED, service_now());
	if (r >= 0) {
		trouble_clear(&s->troubles, TROUBLE_WATCH);
		return;
	}
	trouble_set(&s->troubles, TROUBLE_WATCH,
		"cannot watch for changes of the firewall by others: %s", strerror(-r));
	watching_stop(&s->watching);
	if (clock_tries_again(r))
		clock_hear(&s->clock, CLOCK_UNVERIFIED, service_now());
}

/* Verifying. */

static const char *committer_name(const struct service *s)
{
	return s->watching.last.name[0] ? s->watching.last.name : "somebody";
}

/* Who has changed our table, for programs. */
static void put_committer(const struct service *s, struct fields *f)
{
	const struct commit *c = &s->watching.last;
	if (c->pid)
		field(f, "ROLEWALL_CHANGED_BY_PID", "%u", c->pid);
	if (c->name[0])
		field(f, "ROLEWALL_CHANGED_BY", "%s", c->name);
}

static void say_repair(const struct service *s, bool was_unsure, const char *difference)
{
	struct fields f = {0};
	field(&f, "ROLEWALL_DIFFERENCE", "%s", difference);
	if (was_unsure) {
		journal_with(&f, JOURNAL_REPAIRED, LOG_WARNING,
			"the table inet rolewall was not as rolewalld left it: %s; it is repaired",
			difference);
		return;
	}
	put_committer(s, &f);
	journal_with(&f, JOURNAL_REPAIRED, LOG_WARNING,
		"%s (pid %u) changed the table inet rolewall: %s; the change is undone",
		committer_name(s), s->watching.last.pid, difference);
}

void watching_verify(struct service *s)
{
	struct diags diags = {0};
	struct text difference = {0};
	bool was_unsure = s->in_force.applied.is_unsure;
	if (!in_force_any(&s->in_force))
		return;
	if (!s->watching.source)
		watching_start(s);
	if (s->in_force.applied.ownership != OWNERSHIP_NONE && !was_unsure)
		return; /* nobody else can have changed it */
	int r = apply_verify(&s->socket, &s->in_force.applied, &diags, &difference);
	journal_diags(&diags);
	if (r > 0 && was_unsure) {
		say_repair(s, true, difference.data ? difference.data : "?");
	} else if (r > 0) {
		clock_hear(&s->clock, CLOCK_REPAIRED, service_now());
		if (!s->clock.fighting)
			say_repair(s, false, difference.data ? difference.data : "?");
	} else if (r == -EINTR) {
		clock_hear(&s->clock, CLOCK_COMMITTED, service_now());
	} else if (r < 0) {
		trouble_set(&s->troubles, TROUBLE_VERIFY,
			"cannot check the table inet rolewall: %s", strerror(-r));
		if (clock_tries_again(r))
			clock_hear(&s->clock, CLOCK_UNVERIFIED, service_now());
	}
	if (r >= 0)
		trouble_clear(&s->troubles, TROUBLE_VERIFY);
	text_done(&difference);
	diags_done(&diags);
}

void watching_say_fight(const struct service *s)
{
	struct fields f = {0};
	put_committer(s, &f);
	journal_with(&f, JOURNAL_CONTESTED, LOG_WARNING,
		"%s (pid %u) changes the table inet rolewall again and again; each change is "
		"undone, and not logged any more",
		committer_name(s), s->watching.last.pid);
}
