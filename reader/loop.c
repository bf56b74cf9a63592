/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon says goes to the part that it is for; what the parts find out goes to the daemon.
 *
 * The daemon decides all: which names matter, when they are asked for, how long their addresses
 * live.  Here is no state that is worth keeping: when the daemon goes, all that it wanted is
 * forgotten, and it says again what it wants when it comes back.
 */
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "asking.h"
#include "channel.h"
#include "followed.h"
#include "hosts_file.h"
#include "names/reply.h"
#include "observing.h"
#include "say.h"

enum {
	/* While the daemon takes nothing, reports without a question are dropped. */
	WAITING_MOST = 20000,
};

struct loop {
	sd_event *event;
	struct channel channel;
	struct followed followed;
	struct hosts_file hosts;
	struct asking *asking;
	struct observing *observing;
	sd_event_source *ask_again; /* for what was missed, when no packet is being read */
	size_t most;                /* items of an answer that the daemon wants */
	uint64_t dropped;
};

/* To the daemon. */

static void put_notice(void *context, const struct notice *n)
{
	struct loop *l = context;
	channel_send(&l->channel, n);
}

/* Our own question was observed as well, and if its answer was cut that was missed, too.  The copy
 * was logged before the whole answer came: it is read before the next miss counts, or we would ask
 * for ever. */
static void note_asked_again(struct loop *l, const struct reply *r)
{
	struct followed_name *f = followed_find(&l->followed, r->name, r->kind);
	if (!f || !(f->asked_again >> r->question & 1))
		return;
	observing_drain(l->observing);
	f->asked_again &= ~(1u << r->question);
}

static void on_reply(void *userdata, const struct reply *r)
{
	struct loop *l = userdata;
	if (r->source == ANSWERS_FROM_ASKING && r->serial == 0)
		note_asked_again(l, r);
	if (r->source == ANSWERS_FROM_OBSERVING && channel_waiting(&l->channel) >= WAITING_MOST) {
		l->dropped++;
		return;
	}
	reply_split(r, l->most, put_notice, l);
}

static void on_message(void *userdata, const char *name, enum name_kind kind,
	const struct message *m)
{
	struct loop *l = userdata;
	observing_learn(l->observing, name, kind, m);
}

/* What was said and could not be read is asked for, unless it is being asked for already. */
static void on_missed(void *userdata, const char *name, enum name_kind kind,
	enum answers_question question)
{
	struct loop *l = userdata;
	struct followed_name *f = followed_find(&l->followed, name, kind);
	if (!f || (f->asked_again >> question & 1))
		return;
	f->missed |= 1u << question;
	sd_event_source_set_enabled(l->ask_again, SD_EVENT_ONESHOT);
}

static void ask_again(struct loop *l, struct followed_name *f)
{
	const unsigned missed = f->missed;
	f->missed = 0;
	for (enum answers_question q = 0; q < ANSWERS_QUESTIONS; q++) {
		if (!(missed >> q & 1))
			continue;
		f->asked_again |= 1u << q;
		if (asking_ask(l->asking, f->name, f->kind, q, 0, false) < 0)
			f->asked_again &= ~(1u << q);
	}
}

static int on_ask_again(sd_event_source *source, void *userdata)
{
	struct loop *l = userdata;
	(void)source;
	for (size_t i = 0; i < l->followed.count; i++)
		ask_again(l, l->followed.names[i]);
	return 0;
}

static void send_state(void *userdata)
{
	struct loop *l = userdata;
	struct notice n = {.kind = NOTICE_STATE};
	asking_state(l->asking, &n.state);
	observing_state(l->observing, &n.state);
	n.state.dropped = l->dropped;
	channel_send(&l->channel, &n);
}

/* From the daemon. */

static void ask(struct loop *l, const struct notice *n)
{
	for (enum answers_question q = 0; q < ANSWERS_QUESTIONS; q++) {
		if (!(n->questions >> q & 1))
			continue;
		if (asking_ask(l->asking, n->name, n->name_kind, q, n->serial, n->is_urgent) == 0)
			continue;
		struct reply r;
		reply_init(&r, n->name, n->name_kind, q, ANSWERS_FROM_ASKING, ANSWERS_TIMEOUT,
			n->serial);
		on_reply(l, &r);
	}
}

static void follow(struct loop *l, const struct notice *n)
{
	if (followed_add(&l->followed, n->name, n->name_kind) < 0)
		say(LOG_ERR, "out of memory: %s is not looked up in the hosts file, but asked for",
			n->name);
	if (observing_follow(l->observing, n->name, n->name_kind) < 0)
		say(LOG_ERR, "out of memory: %s is asked for, but not observed", n->name);
	hosts_file_look(&l->hosts);
}

static void forget(struct loop *l, const struct notice *n)
{
	observing_forget(l->observing, n->name, n->name_kind);
	followed_remove(&l->followed, n->name, n->name_kind);
}

static void on_heard(void *userdata, const struct notice *n, int fd)
{
	struct loop *l = userdata;
	const struct notice drained = {.kind = NOTICE_DRAINED, .serial = n->serial};
	switch (n->kind) {
	case NOTICE_LIMITS:
		l->most = n->most;
		send_state(l);
		return;
	case NOTICE_FOLLOW:
		follow(l, n);
		return;
	case NOTICE_FORGET:
		forget(l, n);
		return;
	case NOTICE_ASK:
		ask(l, n);
		return;
	case NOTICE_LOG:
		observing_read_log(l->observing, fd);
		return;
	case NOTICE_DRAIN:
		observing_drain(l->observing);
		channel_send(&l->channel, &drained);
		return;
	case NOTICE_ANSWER:
	case NOTICE_ADDRESSES:
	case NOTICE_TARGET:
	case NOTICE_DRAINED:
	case NOTICE_STATE:
		return; /* ours: the channel has refused them */
	}
}

static void on_closed(void *userdata)
{
	struct loop *l = userdata;
	asking_forget_all(l->asking);
	observing_stop(l->observing);
	for (size_t i = 0; i < l->followed.count; i++)
		observing_forget(l->observing, l->followed.names[i]->name,
			l->followed.names[i]->kind);
	followed_done(&l->followed);
}

/* Life. */

static const struct channel_events channel_events = {on_heard, on_closed};
static const struct asking_events asking_events = {on_message, on_reply, send_state};
static const struct observing_events observing_events = {on_reply, on_missed, send_state};

static int open_event(struct loop *l)
{
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	int r = sd_event_default(&l->event);
	if (r < 0)
		return r;
	r = sd_event_set_watchdog(l->event, true);
	if (r < 0)
		return r;
	r = sd_event_add_signal(l->event, NULL, SIGTERM, NULL, NULL);
	if (r < 0)
		return r;
	return sd_event_add_signal(l->event, NULL, SIGINT, NULL, NULL);
}

/* The channel is the last: what comes through it needs the others. */
static int open_parts(struct loop *l, const char *runtime_dir)
{
	int r = asking_new(l->event, &asking_events, l, &l->asking);
	if (r < 0) {
		say(LOG_ERR, "cannot ask any name server: %s", strerror(-r));
		return r;
	}
	r = observing_new(l->event, &observing_events, l, &l->observing);
	if (r >= 0)
		r = sd_event_add_defer(l->event, &l->ask_again, on_ask_again, l);
	if (r >= 0)
		r = sd_event_source_set_enabled(l->ask_again, SD_EVENT_OFF);
	if (r >= 0)
		r = hosts_file_init(&l->hosts, l->event, &l->followed, on_reply, l);
	if (r >= 0)
		r = channel_init(&l->channel, l->event, runtime_dir, &channel_events, l);
	if (r < 0)
		say(LOG_ERR, "cannot serve rolewalld in %s: %s", runtime_dir, strerror(-r));
	return r;
}

static void close_parts(struct loop *l)
{
	channel_done(&l->channel);
	hosts_file_done(&l->hosts);
	observing_free(l->observing);
	asking_free(l->asking);
	followed_done(&l->followed);
	sd_event_source_disable_unref(l->ask_again);
	sd_event_unref(l->event);
}

int loop_run(const char *runtime_dir)
{
	struct loop l = {.channel = {.fd = -1}, .most = NOTICE_ITEMS_MOST};
	int r = open_event(&l);
	if (r < 0)
		say(LOG_ERR, "cannot start: %s", strerror(-r));
	else
		r = open_parts(&l, runtime_dir);
	if (r >= 0) {
		sd_notify(false, "READY=1");
		r = sd_event_loop(l.event);
		sd_notify(false, "STOPPING=1");
	}
	close_parts(&l);
	return r;
}
