/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watching our table: who else commits, and whether what is in the kernel is still what we put
 * there.  What follows from what is heard and found is decided in engine/upkeep.c.
 *
 * A listener makes every commit slower, ours most of all: the kernel writes a message for each
 * element, and a commit of a million takes ten times as long.  So we do not listen while we change
 * our table ourselves.
 */
#include "watching.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "daemon.h"
#include "journal.h"
#include "keep.h"

static struct upkeep_event event_of(const struct commit *c, const struct nfsock *ours)
{
	struct upkeep_event e = {
		.kind = UPKEEP_COMMITTED,
		.is_own = c->portid == ours->portid,
		.who.pid = c->pid,
	};
	_Static_assert(sizeof(e.who.name) == sizeof(c->name), "names of processes");
	memcpy(e.who.name, c->name, sizeof(e.who.name));
	return e;
}

/* All commits that are waiting to be read. */
static int hear_commits(struct service *s)
{
	struct commit c;
	int r;
	while ((r = watch_next(&s->watching.socket, &c)) != 0) {
		if (r < 0 && r != -ENOBUFS)
			return r;
		const struct upkeep_event e = r > 0 ? event_of(&c, &s->socket)
						    : (struct upkeep_event){.kind = UPKEEP_MISSED};
		keep_hear(s, &e);
	}
	return 0;
}

static int on_commit(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct service *s = userdata;
	(void)source;
	(void)fd;
	(void)events;
	int r = hear_commits(s);
	if (r < 0)
		return r;
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
	free(w->difference);
	*w = (struct watching){0};
}

static int listen_to_commits(struct service *s)
{
	struct watching *w = &s->watching;
	int r = watch_open(&w->socket);
	if (r < 0)
		return r;
	r = sd_event_add_io(s->event, &w->source, watch_fd(&w->socket), EPOLLIN, on_commit, s);
	return r < 0 ? r : 0;
}

void watching_start(struct service *s)
{
	const struct upkeep_event e = {.kind = UPKEEP_LISTENED, .error = listen_to_commits(s)};
	if (e.error < 0)
		watching_stop(&s->watching);
	keep_hear(s, &e);
}

void watching_verify(struct service *s)
{
	struct diags diags = {0};
	struct text difference = {0};
	int r = apply_verify(&s->socket, &s->in_force.applied, &diags, &difference);
	const struct upkeep_event e = {
		.kind = UPKEEP_VERIFIED,
		.table = keep_table(s),
		.is_repaired = r > 0,
		.error = r < 0 ? r : 0,
	};
	/* A commit that this look has found may not have been read yet: its author is to be named.
	 * An error comes again with the next event. */
	if (s->watching.source)
		(void)hear_commits(s);
	journal_diags(&diags);
	free(s->watching.difference);
	if (text_finish(&difference, &s->watching.difference) < 0)
		s->watching.difference = NULL;
	text_done(&difference);
	diags_done(&diags);
	keep_hear(s, &e);
}
