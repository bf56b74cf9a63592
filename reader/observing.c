/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon has opened the log, which takes a capability; to read it takes none.  What is in the
 * packets names/observe reads; here is the socket.
 *
 * When packets come faster than they are read the kernel drops some and says so.  Then all that is
 * followed is asked for, once, and again after a pause if it goes on: whoever makes so many packets
 * must not make as many questions.
 */
#include "observing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "names/observe.h"
#include "netlink/packet_log.h"
#include "say.h"

enum {
	SECOND = 1000000,
	LOST_PAUSE = 5 * SECOND,
	READS_MOST = 256,    /* in one turn of the loop */
	DRAINED_MOST = 8192, /* packets that somebody waits for */
};

struct observing {
	sd_event *event;
	const struct observing_events *events;
	void *userdata;
	struct observer *observer;
	int fd; /* of the log; -1: none */
	sd_event_source *source;
	sd_event_source *timer; /* until what was lost is asked for again */
	bool is_lost;           /* and not asked for yet */
	uint64_t asked;         /* when that was done last; 0: never */
	uint64_t overruns;
};

static uint64_t now_usec(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec / 1000;
}

/* Loss. */

static void ask_for_lost(struct observing *o)
{
	o->is_lost = false;
	o->asked = now_usec();
	observer_lost(o->observer);
	o->events->lost(o->userdata);
}

static void note_loss(struct observing *o)
{
	o->overruns++;
	if (o->is_lost)
		return;
	o->is_lost = true;
	if (o->asked == 0 || now_usec() - o->asked >= LOST_PAUSE) {
		ask_for_lost(o);
		return;
	}
	sd_event_source_set_time(o->timer, o->asked + LOST_PAUSE);
	sd_event_source_set_enabled(o->timer, SD_EVENT_ONESHOT);
}

static int on_time(sd_event_source *source, uint64_t time, void *userdata)
{
	struct observing *o = userdata;
	(void)source;
	(void)time;
	if (o->is_lost)
		ask_for_lost(o);
	return 0;
}

/* Reading. */

static void stop_reading(struct observing *o)
{
	o->source = sd_event_source_disable_unref(o->source);
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
}

static int on_packet(void *context, const struct packet_copy *p)
{
	struct observing *o = context;
	return observer_packet(o->observer, p->bytes, p->length, p->leaves, now_usec());
}

/* 0: no more is there now; 1: there may be. */
static int read_some(struct observing *o, unsigned most)
{
	int r = packet_log_read(o->fd, most, on_packet, o);
	if (r >= 0)
		return (unsigned)r >= most;
	if (r == -ENOBUFS || r == -ENOMEM) {
		note_loss(o);
		return 1;
	}
	say(LOG_ERR, "cannot read what name servers tell this host: %s; names are asked for only",
		strerror(-r));
	stop_reading(o);
	return 0;
}

static int on_log(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	(void)source;
	(void)fd;
	(void)events;
	read_some(userdata, READS_MOST);
	return 0;
}

void observing_read_log(struct observing *o, int fd)
{
	stop_reading(o);
	o->fd = fd;
	int r = sd_event_add_io(o->event, &o->source, fd, EPOLLIN, on_log, o);
	if (r >= 0)
		return;
	say(LOG_ERR, "cannot listen to what name servers tell this host: %s", strerror(-r));
	stop_reading(o);
}

void observing_stop(struct observing *o)
{
	stop_reading(o);
	sd_event_source_set_enabled(o->timer, SD_EVENT_OFF);
	o->is_lost = false;
}

void observing_drain(struct observing *o)
{
	for (unsigned n = 0; o->fd >= 0 && n < DRAINED_MOST; n += READS_MOST)
		if (read_some(o, READS_MOST) == 0)
			return;
}

/* Names. */

static void on_heard(void *userdata, const struct reply *r)
{
	struct observing *o = userdata;
	o->events->replied(o->userdata, r);
}

static void on_missed(void *userdata, const char *name, enum name_kind kind,
	enum answers_question question)
{
	struct observing *o = userdata;
	o->events->missed(o->userdata, name, kind, question);
}

int observing_follow(struct observing *o, const char *name, enum name_kind kind)
{
	return observer_follow(o->observer, name, kind);
}

void observing_forget(struct observing *o, const char *name, enum name_kind kind)
{
	observer_forget(o->observer, name, kind);
}

void observing_learn(struct observing *o, const char *name, enum name_kind kind,
	const struct message *m)
{
	/* without memory it is as if the copy of this message had been lost */
	(void)observer_learn(o->observer, name, kind, m, now_usec());
}

void observing_state(const struct observing *o, struct notice_state *ret)
{
	const struct observer_counts c = observer_counts(o->observer);
	ret->observed = c.questions + c.answers + c.forged;
	ret->overruns = o->overruns;
}

/* Life. */

int observing_new(sd_event *event, const struct observing_events *events, void *userdata,
	struct observing **ret)
{
	static const struct observer_events observer_events = {on_heard, on_missed};
	struct observing *o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	*o = (struct observing){
		.event = sd_event_ref(event), .events = events, .userdata = userdata, .fd = -1};
	o->observer = observer_new(&observer_events, o);
	int r = o->observer ? 0 : -ENOMEM;
	if (r == 0)
		r = sd_event_add_time(event, &o->timer, CLOCK_MONOTONIC, 0, 0, on_time, o);
	if (r >= 0)
		r = sd_event_source_set_enabled(o->timer, SD_EVENT_OFF);
	if (r < 0) {
		observing_free(o);
		return r;
	}
	*ret = o;
	return 0;
}

void observing_free(struct observing *o)
{
	if (!o)
		return;
	stop_reading(o);
	sd_event_source_disable_unref(o->timer);
	observer_free(o->observer);
	sd_event_unref(o->event);
	free(o);
}
