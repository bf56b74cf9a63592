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

#include "config/basis.h"
#include "engine/engine.h"
#include "follow.h"
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
	struct basis basis; /* of what is in force */
	struct follow follow;
	bool lists_touched; /* since they were last looked at */
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

/* Following the host. */

static void on_followed(void *userdata, enum followed what)
{
	struct service *s = userdata;
	s->lists_touched |= what == FOLLOWED_LISTS;
	engine_hear(&s->engine, ENGINE_HOST_CHANGED, now_usec(s));
	turn(s);
}

static void follow(struct service *s)
{
	int r = follow_policy(&s->follow, s->now.policy);
	if (r < 0)
		log_line(SD_ERR, "cannot follow the changes of this host: %s", strerror(-r));
	if (r == 0)
		return;
	/* what has changed meanwhile was not heard */
	s->lists_touched = true;
	engine_hear(&s->engine, ENGINE_HOST_CHANGED, now_usec(s));
}

/* Loading. */

static const char *const outcome_text[] = {
	[APPLY_UNCHANGED] = "configuration unchanged",
	[APPLY_EXTENDED] = "configuration applied",
	[APPLY_RESTRICTED] = "configuration applied, live connections are judged again",
	[APPLY_REPLACED] = "whole table brought up to date, live connections are judged again",
};

/* Reads and applies.  0 and the outcome, or negative errno and why in diags. */
static int put_in_force(struct service *s, enum basis_how how, struct diags *diags,
	enum apply_outcome *ret)
{
	struct policy *p = NULL;
	struct basis basis;
	int r = basis_load(&s->dirs, &s->basis, how, diags, &p, &basis);
	if (r < 0)
		return r;
	stop_watching(s);
	r = apply(&s->socket, &s->now, p, diags, ret);
	start_watching(s);
	if (r < 0) {
		policy_free(p);
		basis_done(&basis);
		return r;
	}
	basis_done(&s->basis);
	s->basis = basis;
	follow(s);
	return 0;
}

/* Says how it went. */
static void report(const struct service *s, int r, const struct diags *diags, const char *why,
	enum apply_outcome outcome)
{
	log_diags(diags);
	if (r == 0)
		log_line(SD_INFO, "%s%s, generation %u, ownership %s", why, outcome_text[outcome],
			s->now.ruleset->generation, ownership_name(s->now.ownership));
	else if (r == -EINVAL)
		log_line(SD_ERR, "%sconfiguration refused, faults: %zu; nothing was changed", why,
			diags->errors);
	else
		explain_failure(r);
}

/* Reads and applies.  0, or negative errno after saying why. */
static int load(struct service *s)
{
	struct diags diags = {0};
	enum apply_outcome outcome = APPLY_UNCHANGED;
	int r = put_in_force(s, BASIS_ANEW, &diags, &outcome);
	report(s, r, &diags, "", outcome);
	diags_done(&diags);
	return r;
}

/* The configuration of the last load for the host as it is now.  A change that changes nothing is
 * nobody's business. */
static int load_again(struct service *s, enum basis_how how)
{
	struct diags diags = {0};
	enum apply_outcome outcome = APPLY_UNCHANGED;
	int r = put_in_force(s, how, &diags, &outcome);
	if (r < 0 || outcome != APPLY_UNCHANGED)
		report(s, r, &diags,
			how == BASIS_KEPT ? "the host has changed: " : "a list has changed: ",
			outcome);
	diags_done(&diags);
	return r;
}

static void refresh(struct service *s)
{
	bool lists =
		s->lists_touched && snapshot_lists_changed(s->basis.snapshot, &file_access_system);
	bool facts = basis_facts_changed(&s->basis);
	int r = 0;
	s->lists_touched = false;
	if (lists)
		r = load_again(s, BASIS_LISTS_ANEW);
	/* a list that is refused does not keep us from following the rest */
	if (facts && (!lists || r == -EINVAL))
		r = load_again(s, BASIS_KEPT);
	if (r == -ENOMEM || r == -ENOBUFS || r == -ERESTART || r == -EINTR || r == -ESTALE) {
		s->lists_touched = lists;
		engine_hear(&s->engine, ENGINE_HOST_CHANGED, now_usec(s));
	}
}

static void reload(struct service *s)
{
	sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)now_usec(s));
	int r = load(s);
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
		if (due & ENGINE_REFRESH)
			refresh(s);
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

static void flush(struct service *s)
{
	int r = apply_flush(&s->socket, &s->now);
	if (r < 0)
		log_line(SD_ERR, "cannot remove our table: %s", strerror(-r));
	else
		log_line(SD_WARNING,
			"stopped with --flush-on-exit: our table is removed, this host "
			"is not protected any more");
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
	follow_done(&s->follow);
	applied_done(&s->now);
	basis_done(&s->basis);
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
	s.follow = (struct follow){.event = s.event, .changed = on_followed, .userdata = &s};
	if (r < 0)
		explain_failure(r);
	else
		r = load(&s);
	if (r >= 0) {
		sd_notify(false, "READY=1\nSTATUS=protecting this host");
		turn(&s);
		r = sd_event_loop(s.event);
		sd_notify(false, "STOPPING=1");
		if (o->flush_on_exit)
			flush(&s);
		else
			release(&s);
	}
	close_sources(&s);
	return r;
}
