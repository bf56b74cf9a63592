/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals, sockets and the clock on one side, the library on the other.
 *
 * Nothing here thinks: what happens is told to the engine, and what the engine says is due
 * is done.  A configuration that is bad, or that the kernel refuses, is logged, and what was
 * in force stays in force.  SIGTERM ends the process and leaves the host protected.
 */
#include "service.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "engine/engine.h"
#include "kernel/apply.h"
#include "kernel/watch.h"
#include "log.h"

struct service {
	struct config_dirs dirs;
	struct nfsock socket;
	struct watch watch; /* while nobody owns the table */
	sd_event_source *watch_source;
	struct commit stranger; /* who committed last, apart from us */
	struct applied now;
	struct engine engine;
	sd_event *event;
	sd_event_source *timer;
};

static uint64_t now_usec(const struct service *s)
{
	uint64_t now = 0;
	sd_event_now(s->event, CLOCK_MONOTONIC, &now);
	return now;
}

static const char *stranger_name(const struct service *s)
{
	return s->stranger.name[0] ? s->stranger.name : "somebody";
}

static int explain_failure(int r)
{
	if (r == -EPERM)
		log_line(SD_ERR, "not permitted: CAP_NET_ADMIN is needed to change the firewall; "
				 "nothing was changed");
	else if (r == -EBUSY)
		log_line(SD_ERR, "another process owns the table inet rolewall: is a second daemon "
				 "running? Nothing was changed");
	else if (r == -EPROTONOSUPPORT || r == -EAFNOSUPPORT)
		log_line(SD_ERR, "this kernel has no nf_tables; nothing was changed");
	else
		log_line(SD_ERR, "cannot apply the configuration: %s; nothing was changed",
			strerror(-r));
	return r;
}

/* Watching.
 *
 * Somebody who listens makes every commit slower, ours most of all: the kernel writes a message
 * for each element, a million of them ten times as long.  So we listen only while the table is
 * anybody's to change, and not while we change it ourselves. */

static void turn(struct service *s);

static int on_commit(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct service *s = userdata;
	struct commit c;
	int r;
	(void)source;
	(void)fd;
	(void)events;
	while ((r = watch_next(&s->watch, &c)) != 0) {
		if (r > 0 && c.portid == s->socket.portid)
			continue;
		if (r > 0)
			s->stranger = c;
		else if (r != -ENOBUFS)
			return r;
		engine_hear(&s->engine, ENGINE_COMMITTED, now_usec(s));
	}
	turn(s);
	return 0;
}

static void stop_watching(struct service *s)
{
	s->watch_source = sd_event_source_unref(s->watch_source);
	if (s->watch.socket)
		watch_close(&s->watch);
}

static void start_watching(struct service *s)
{
	if (s->now.ownership != OWNERSHIP_NONE || !s->now.ruleset)
		return;
	int r = watch_open(&s->watch);
	if (r >= 0)
		r = sd_event_add_io(s->event, &s->watch_source, watch_fd(&s->watch), EPOLLIN,
			on_commit, s);
	/* what has happened meanwhile was not heard */
	engine_hear(&s->engine, ENGINE_COMMITTED, now_usec(s));
	if (r < 0)
		log_line(SD_ERR, "cannot watch over our table: %s", strerror(-r));
}

/* Loading. */

static const char *const outcome_text[] = {
	[APPLY_UNCHANGED] = "configuration unchanged",
	[APPLY_EXTENDED] = "configuration applied",
	[APPLY_RESTRICTED] = "configuration applied, live connections are judged again",
	[APPLY_REPLACED] = "whole table brought up to date, live connections are judged again",
};

/* Reads and applies.  0, or negative errno after saying why. */
static int load_and_apply(struct service *s)
{
	struct diags diags = {0};
	struct policy *p = NULL;
	enum apply_outcome outcome;
	int r = policy_load_here(&s->dirs, &diags, &p);
	if (r == 0) {
		stop_watching(s);
		r = apply(&s->socket, &s->now, p, &diags, &outcome);
		start_watching(s);
	}
	log_diags(&diags);
	if (r == 0)
		log_line(SD_INFO, "%s, generation %u, ownership %s", outcome_text[outcome],
			s->now.ruleset->generation, ownership_name(s->now.ownership));
	else if (r == -EINVAL)
		log_line(SD_ERR, "configuration refused, faults: %zu; nothing was changed",
			diags.errors);
	else
		explain_failure(r);
	if (r < 0)
		policy_free(p);
	diags_done(&diags);
	return r;
}

static void reload(struct service *s)
{
	sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)now_usec(s));
	int r = load_and_apply(s);
	sd_notifyf(false, "READY=1\nSTATUS=%s",
		r == 0 ? "protecting this host"
		       : "reload refused, the configuration before it is in force");
}

/* Verifying. */

static void verify(struct service *s)
{
	struct diags diags = {0};
	struct text difference = {0};
	int r = apply_verify(&s->socket, &s->now, &diags, &difference);
	log_diags(&diags);
	if (r > 0) {
		engine_hear(&s->engine, ENGINE_REPAIRED, now_usec(s));
		if (!s->engine.fighting)
			log_line(SD_WARNING, "%s (pid %u) changed our table: %s; undone",
				stranger_name(s), s->stranger.pid,
				difference.data ? difference.data : "?");
	} else if (r == -EINTR) {
		engine_hear(&s->engine, ENGINE_COMMITTED, now_usec(s));
	} else if (r < 0) {
		log_line(SD_ERR, "cannot verify our table: %s", strerror(-r));
	}
	text_done(&difference);
	diags_done(&diags);
}

static void say_fight(const struct service *s)
{
	log_line(SD_WARNING,
		"%s (pid %u) changes our table again and again; each change is undone, and not "
		"logged any more",
		stranger_name(s), s->stranger.pid);
}

/* Does what is due, and sets the clock for what is not.  What is done may give rise to
 * something new, so that it is asked for again until there is nothing. */
static void turn(struct service *s)
{
	uint64_t wake;
	unsigned due;
	while ((due = engine_due(&s->engine, now_usec(s), &wake)) != 0) {
		if (due & ENGINE_SAY_FIGHT)
			say_fight(s);
		if (due & ENGINE_LOAD)
			reload(s);
		if (due & ENGINE_VERIFY)
			verify(s);
	}
	sd_event_source_set_time(s->timer, wake == ENGINE_NEVER ? 0 : wake);
	sd_event_source_set_enabled(s->timer,
		wake == ENGINE_NEVER ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

/* Events. */

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct service *s = userdata;
	(void)source;
	(void)info;
	engine_hear(&s->engine, ENGINE_RELOAD, now_usec(s));
	turn(s);
	return 0;
}

static int on_time(sd_event_source *source, uint64_t time, void *userdata)
{
	(void)source;
	(void)time;
	turn(userdata);
	return 0;
}

/* Life. */

static const char kept_name[] = "nftables";

/* The socket that an earlier life of ours has left with the service manager, or -1. */
static int find_kept_socket(void)
{
	char **names = NULL;
	int found = -1, n = sd_listen_fds_with_names(true, &names);
	for (int i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i;
		if (found < 0 && strcmp(names[i], kept_name) == 0)
			found = fd;
		else
			close(fd);
		free(names[i]);
	}
	free(names);
	return found;
}

/* What a table's owner is, is its socket.  FDPOLL=0: an overrun on it is no reason to drop it. */
static int open_socket(struct service *s)
{
	int kept = s->now.socket_is_kept ? find_kept_socket() : -1;
	int r = kept >= 0 ? nfsock_adopt(&s->socket, kept) : nfsock_open(&s->socket);
	if (r < 0 || !s->now.socket_is_kept || kept >= 0)
		return r;
	const int fd = nfsock_fd(&s->socket);
	char state[64];
	snprintf(state, sizeof(state), "FDSTORE=1\nFDNAME=%s\nFDPOLL=0", kept_name);
	r = sd_pid_notify_with_fds(0, false, state, &fd, 1);
	if (r <= 0) {
		log_line(SD_WARNING, "nobody keeps our socket: --fd-store is not true here");
		s->now.socket_is_kept = false;
		if (s->now.ownership == OWNERSHIP_OWNER)
			s->now.ownership = OWNERSHIP_NONE;
	}
	return 0;
}

/* Signals are blocked before anything else happens: one that comes early waits. */
static int open_sources(struct service *s)
{
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);

	int r = sd_event_default(&s->event);
	if (r >= 0)
		r = sd_event_add_signal(s->event, NULL, SIGHUP, on_hangup, s);
	if (r >= 0)
		r = sd_event_add_signal(s->event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(s->event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_time(s->event, &s->timer, CLOCK_MONOTONIC, 0, 0, on_time, s);
	if (r >= 0)
		r = sd_event_source_set_enabled(s->timer, SD_EVENT_OFF);
	if (r >= 0)
		r = open_socket(s);
	return r;
}

/* What the socket owns would go with it. */
static void release(struct service *s)
{
	struct diags diags = {0};
	int r = apply_release(&s->socket, &s->now, &diags);
	log_diags(&diags);
	if (r < 0)
		log_line(SD_ERR, "cannot give the table up: %s", strerror(-r));
	diags_done(&diags);
}

static void close_sources(struct service *s)
{
	stop_watching(s);
	applied_done(&s->now);
	nfsock_close(&s->socket);
	sd_event_source_unref(s->timer);
	sd_event_unref(s->event);
}

int service_run(const struct service_options *o)
{
	struct service s = {
		.dirs = o->dirs,
		.now = {.ownership = o->ownership, .socket_is_kept = o->socket_is_kept},
	};
	engine_init(&s.engine);
	int r = open_sources(&s);
	if (r < 0)
		explain_failure(r);
	else
		r = load_and_apply(&s);
	if (r >= 0) {
		sd_notify(false, "READY=1\nSTATUS=protecting this host");
		turn(&s);
		r = sd_event_loop(s.event);
		sd_notify(false, "STOPPING=1");
		release(&s);
	}
	close_sources(&s);
	return r;
}
