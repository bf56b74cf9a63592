/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event loop: signals, sockets and time on one side, the parts of struct service on the other.
 *
 * Nothing here decides: what happens is told to the machines (lib/engine), and what they say is due
 * is done.  A configuration that is bad, or that the kernel refuses, is logged, and
 * what was in force stays in force.  SIGTERM ends the process and leaves the host protected.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "acts.h"
#include "daemon.h"
#include "expecting.h"
#include "journal.h"
#include "keep.h"
#include "learning.h"
#include "report.h"
#include "watching.h"

uint64_t service_now(void)
{
	struct timespec t;
	/* not the event loop's: that stands still while a large configuration is applied */
	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t service_realtime(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static bool keep_time(struct service *s)
{
	const struct life_event time = {.kind = LIFE_TIME};
	if (life_wake(&s->life) > service_now())
		return false;
	acts_follow(s, &time, NULL, NULL, NULL);
	return true;
}

/* Does what is due, and sets the clock for what is not.  What is done may give rise to
 * something new, so that it is asked for again until there is nothing. */
void service_turn(struct service *s)
{
	while (keep_time(s) || keep_up(s))
		;
	learning_turn(&s->learning);
	expecting_turn(s);
	holding_turn(&s->holding);
	while (keep_time(s) || keep_up(s))
		;
	uint64_t wake = upkeep_wake(&s->upkeep);
	if (life_wake(&s->life) < wake)
		wake = life_wake(&s->life);
	sd_event_source_set_time(s->timer, wake == CLOCK_NEVER ? 0 : wake);
	sd_event_source_set_enabled(s->timer,
		wake == CLOCK_NEVER ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
	apply_drain(&s->in_force.applied); /* nobody waits for us now */
}

/* Events. */

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct service *s = userdata;
	(void)source;
	const struct caller by = caller_of_signal(info->ssi_uid, (pid_t)info->ssi_pid);
	keep_hear_hangup(s, &by);
	service_turn(s);
	return 0;
}

static void on_followed(void *userdata)
{
	struct service *s = userdata;
	keep_hear_host(s);
	service_turn(s);
}

static void on_lost(void *userdata)
{
	struct service *s = userdata;
	keep_hear(s, &(const struct upkeep_event){.kind = UPKEEP_DEAF});
}

static int on_time(sd_event_source *source, uint64_t time, void *userdata)
{
	(void)source;
	(void)time;
	service_turn(userdata);
	return 0;
}

/* Life. */

static const char kept_name[] = "nftables";

/* The table is ours with the socket, also if we were started without --fd-store this time; but then
 * nobody is to keep it any longer, or it would own the table after us. */
static int adopt_socket(struct service *s, int kept)
{
	if (!s->in_force.applied.socket_is_kept)
		kept_remove(kept_name, 0);
	return nfsock_adopt(&s->socket, kept);
}

/* The owner of the table is this socket. */
static int open_socket(struct service *s)
{
	int r = kept_find(&s->kept);
	if (r < 0)
		return r; /* what owns the table may be among it: without it we could do nothing */
	const int kept = kept_take(&s->kept, kept_name, NULL);
	if (kept >= 0)
		return adopt_socket(s, kept);
	r = nfsock_open(&s->socket);
	if (r < 0 || !s->in_force.applied.socket_is_kept ||
		kept_put(kept_name, 0, nfsock_fd(&s->socket)))
		return r;
	journal(JOURNAL_SERVICE, LOG_WARNING,
		"--fd-store has no effect: the service manager does not keep the socket of "
		"this daemon");
	s->in_force.applied.socket_is_kept = false;
	if (s->in_force.applied.ownership == OWNERSHIP_OWNER)
		s->in_force.applied.ownership = OWNERSHIP_NONE;
	return 0;
}

static int open_signals(struct service *s)
{
	int r = sd_event_add_signal(s->event, NULL, SIGHUP, on_hangup, s);
	if (r < 0)
		return r;
	r = sd_event_add_signal(s->event, NULL, SIGTERM, NULL, NULL);
	if (r < 0)
		return r;
	return sd_event_add_signal(s->event, NULL, SIGINT, NULL, NULL);
}

static int open_timer(struct service *s)
{
	int r = sd_event_add_time(s->event, &s->timer, CLOCK_BOOTTIME, 0, 0, on_time, s);
	return r < 0 ? r : sd_event_source_set_enabled(s->timer, SD_EVENT_OFF);
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
	if (r < 0)
		return r;
	r = sd_event_set_watchdog(s->event, true);
	if (r < 0)
		return r;
	r = open_signals(s);
	if (r < 0)
		return r;
	r = open_timer(s);
	return r < 0 ? r : open_socket(s);
}

static void flush(struct service *s)
{
	int r = apply_flush(&s->socket, &s->in_force.applied);
	if (r < 0)
		journal(JOURNAL_NOT_FLUSHED, LOG_ERR, "cannot remove the table inet rolewall: %s",
			strerror(-r));
	else
		journal(JOURNAL_FLUSHED, LOG_WARNING,
			"stopped with --flush-on-exit: the table inet rolewall is removed, and "
			"this host is not protected any more");
}

/* A table that the socket owns would go with it. */
static void release(struct service *s)
{
	struct diags diags = {0};
	int r = apply_release(&s->socket, &s->in_force.applied, &diags);
	journal_diags(&diags);
	if (r < 0)
		journal(JOURNAL_SERVICE, LOG_ERR,
			"cannot give up the ownership of the table inet rolewall: %s",
			strerror(-r));
	diags_done(&diags);
}

/* A part ends before the parts that it uses. */
static void close_sources(struct service *s)
{
	commands_close(s);
	learning_done(&s->learning);
	holding_done(&s->holding);
	watching_done(&s->watching);
	follow_done(&s->following.host);
	looking_done(&s->looking);
	in_force_done(&s->in_force);
	survey_done(&s->survey);
	library_done(&s->library);
	troubles_done(&s->troubles);
	slots_done(&s->slots);
	nfsock_close(&s->socket);
	sd_event_source_unref(s->timer);
	sd_event_unref(s->event);
}

static void serve(struct service *s)
{
	kept_drop_left(&s->kept);
	commands_open(s);
	learning_open(&s->learning);
	reload_announce_ready(s);
	service_turn(s);
}

/* Stopped on purpose. */
static void stop(struct service *s)
{
	sd_notify(false, "STOPPING=1");
	if (life_on_trial(&s->life))
		journal(JOURNAL_TRIAL_TROUBLE, LOG_WARNING,
			"stopped during a trial: the configuration on trial stays in force until "
			"the next start");
	if (s->options->flush_on_exit)
		flush(s);
	else
		release(s);
}

static int run(struct service *s)
{
	int r = open_sources(s);
	follow_init(&s->following.host, s->event, on_followed, on_lost, s);
	if (r < 0) {
		report_load(s, r, &(struct diags){0}, "start", JOURNAL_NOT_LOADED, NULL, NULL);
		return r;
	}
	r = slots_lock(&s->slots);
	if (r < 0)
		return r;
	holding_init(&s->holding, s);
	r = learning_init(&s->learning, s);
	if (r < 0)
		return r;
	r = start(s);
	if (r < 0)
		return r;
	serve(s);
	r = sd_event_loop(s->event);
	stop(s);
	return r;
}

int service_run(const struct service_options *o)
{
	struct service s = {.options = o};
	in_force_init(&s.in_force, o->ownership, o->socket_is_kept);
	upkeep_init(&s.upkeep);
	life_init(&s.life);
	slots_init(&s.slots, o->state_dir, o->boot_id);
	int r = run(&s);
	close_sources(&s);
	return r;
}
