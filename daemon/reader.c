/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One reader at a time.  While one is connected nobody is accepted: who comes waits in the socket's
 * queue, and is served when the first one goes.
 *
 * A reader that says something it may not is hung up on at once, and the next one is accepted a
 * moment later, so that one that does nothing else keeps nobody busy.  So is one that neither takes
 * what it is told nor answers what it is asked for SILENCE_MOST: it promises answers within half of
 * that.  In each turn of the loop a bounded number of notices is read, behind the daemon's own
 * events.  None of that costs anything that is known.
 *
 * While nothing is asked and nothing waits no timer runs.
 */
#include "reader.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "journal.h"
#include "names/outbox.h"
#include "reader_user.h"
#include "socket_file.h"

#ifndef SILENCE_SECONDS
#define SILENCE_SECONDS 20 /* its unit test is less patient */
#endif

enum {
	SECOND = 1000000,
	SILENCE_MOST = SILENCE_SECONDS * SECOND,
	PAUSE = SECOND / 10,
	SAID_PAUSE = 60 * SECOND, /* between two complaints of the same reader */
	READS_MOST = 64,
	/* behind all others: one that never stops talking keeps nobody from being served */
	PRIORITY_READER = PRIORITY_TIMER + 1,
	WAITING_MOST = 65536, /* notices that it does not take */
	MOST = 2000,
};

struct reader {
	sd_event *event;
	const struct reader_events *events;
	void *userdata;
	struct socket_file file;
	sd_event_source *listener;
	int fd; /* -1: nobody is connected */
	sd_event_source *source;
	sd_event_source *timer; /* of silence, or of a pause */
	struct outbox outbox;
	struct reply_joining joining;
	size_t awaited; /* answers */
	size_t most;
	bool has_failed;  /* to be hung up on in the next turn of the loop */
	bool is_paused;   /* nobody is accepted … */
	uint64_t resumes; /* … until then */
	uint64_t heard, complained;
	struct reader_status status;
};

static uint64_t now_usec(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec / 1000;
}

/* Events of the socket, and the timer. */
static void set_sources(struct reader *r)
{
	const bool is_connected = r->fd >= 0;
	const bool waits = is_connected && (r->awaited > 0 || outbox_first(&r->outbox));
	uint64_t wake = waits ? r->heard + SILENCE_MOST : r->resumes;
	if (r->has_failed)
		wake = now_usec();
	sd_event_source_set_time(r->timer, wake);
	sd_event_source_set_enabled(r->timer,
		waits || r->is_paused || r->has_failed ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
	sd_event_source_set_enabled(r->listener,
		is_connected || r->is_paused ? SD_EVENT_OFF : SD_EVENT_ON);
	if (is_connected)
		sd_event_source_set_io_events(r->source,
			EPOLLIN | (outbox_first(&r->outbox) ? EPOLLOUT : 0));
}

static void pause_accepting(struct reader *r)
{
	r->is_paused = true;
	r->resumes = now_usec() + PAUSE;
}

/* Ending. */

static void close_connection(struct reader *r)
{
	r->source = sd_event_source_disable_unref(r->source);
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	r->awaited = 0;
	r->has_failed = false;
	outbox_done(&r->outbox);
	reply_joining_done(&r->joining);
	r->status.is_connected = r->status.has_state = false;
}

static void end_connection(struct reader *r)
{
	close_connection(r);
	set_sources(r);
	r->events->went(r->userdata);
}

static void complain(struct reader *r, const char *what)
{
	const uint64_t now = now_usec();
	r->status.hung_up++;
	if (r->complained != 0 && now - r->complained < SAID_PAUSE)
		return;
	r->complained = now;
	journal(JOURNAL_SERVICE, LOG_WARNING,
		"rolewall-reader %s: its connection is closed; what is known of names stays in "
		"force",
		what);
}

static void hang_up(struct reader *r, const char *what)
{
	complain(r, what);
	pause_accepting(r);
	end_connection(r);
}

/* Reading. */

static void take_reply(struct reader *r)
{
	const struct reply *reply = &r->joining.reply;
	if (reply->source == ANSWERS_FROM_ASKING && reply->serial != 0 && r->awaited > 0)
		r->awaited--;
	r->events->replied(r->userdata, reply);
}

/* 0 or negative errno. */
static int take(struct reader *r, const struct notice *n)
{
	/* nothing comes in the middle of an answer */
	if (n->kind == NOTICE_STATE && r->joining.awaited == 0) {
		r->status.state = n->state;
		r->status.has_state = true;
		return 0;
	}
	if (n->kind == NOTICE_DRAINED && r->joining.awaited == 0) {
		if (r->awaited > 0)
			r->awaited--;
		r->events->drained(r->userdata, n->serial);
		return 0;
	}
	int result = reply_join(&r->joining, n);
	if (result > 0)
		take_reply(r);
	return result < 0 ? result : 0;
}

/* 1 if something was read, 0 if there is nothing, or negative errno. */
static int read_one(struct reader *r)
{
	uint8_t bytes[NOTICE_SIZE + 1];
	struct notice n;
	/* without room for descriptors: the kernel closes those that are sent */
	ssize_t length = recv(r->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (length < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (length == 0)
		return -ECONNRESET;
	int result = notice_decode(bytes, (size_t)length, NOTICE_OF_READER, &n);
	if (result == 0)
		result = take(r, &n);
	return result < 0 ? result : 1;
}

static void end_by(struct reader *r, int error)
{
	if (error == -EBADMSG)
		hang_up(r, "sent an invalid message");
	else if (error == -EPROTONOSUPPORT)
		hang_up(r, "is of another version (restart it)");
	else if (error == -ENOMEM)
		hang_up(r, "cannot be read for want of memory");
	else
		end_connection(r);
}

static void read_some(struct reader *r)
{
	for (int i = 0; i < READS_MOST && r->fd >= 0 && !r->has_failed; i++) {
		int result = read_one(r);
		if (result == 0)
			break;
		if (result < 0) {
			end_by(r, result);
			return;
		}
		r->heard = now_usec();
	}
	set_sources(r);
}

/* Sending. */

/* A reader that is gone is heard of by reading. */
static void send_some(struct reader *r)
{
	(void)outbox_send(&r->outbox, r->fd);
}

/* These functions call nobody back. */
static void fail(struct reader *r)
{
	r->has_failed = true;
	outbox_done(&r->outbox);
	set_sources(r);
}

static void tell(struct reader *r, const struct notice *n, int fd)
{
	if (r->fd < 0 || r->has_failed) {
		if (fd >= 0)
			close(fd);
		return;
	}
	const bool others_wait = outbox_first(&r->outbox);
	if (outbox_put(&r->outbox, n, fd) < 0 || r->outbox.count > WAITING_MOST) {
		fail(r);
		return;
	}
	if (r->awaited == 0 && !others_wait)
		r->heard = now_usec(); /* it was silent since nobody asked */
	if (!others_wait)
		send_some(r);
	set_sources(r);
}

/* Connections. */

static int on_socket(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct reader *r = userdata;
	(void)source;
	(void)fd;
	if (r->has_failed) {
		hang_up(r, "does not read its messages");
		return 0;
	}
	if (events & EPOLLOUT)
		send_some(r);
	read_some(r);
	return 0;
}

static int serve(struct reader *r, int fd)
{
	int result = sd_event_add_io(r->event, &r->source, fd, EPOLLIN, on_socket, r);
	if (result < 0)
		return result;
	result = sd_event_source_set_priority(r->source, PRIORITY_READER);
	assert(result >= 0);
	r->fd = fd;
	r->heard = now_usec();
	r->status.is_connected = true;
	r->status.state = (struct notice_state){0};
	set_sources(r);
	reader_limit(r, r->most);
	r->events->came(r->userdata);
	return 0;
}

static int on_reader(sd_event_source *source, int listener, uint32_t events, void *userdata)
{
	struct reader *r = userdata;
	(void)source;
	(void)events;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0 && reader_user_connected(fd, &r->status.uid) && serve(r, fd) >= 0)
		return 0;
	if (fd >= 0)
		close(fd);
	/* what is lacking now will be lacking in the next turn of the loop */
	pause_accepting(r);
	set_sources(r);
	return 0;
}

static int on_time(sd_event_source *source, uint64_t time, void *userdata)
{
	struct reader *r = userdata;
	(void)source;
	(void)time;
	r->is_paused = false;
	if (r->has_failed)
		hang_up(r, "does not read its messages");
	else if (r->fd >= 0 && now_usec() - r->heard >= SILENCE_MOST)
		hang_up(r, "is silent");
	else
		set_sources(r);
	return 0;
}

/* Telling. */

static void put_name(struct notice *n, const char *name, enum name_kind kind)
{
	assert(strlen(name) < NAME_SIZE);
	memcpy(n->name, name, strlen(name) + 1);
	n->name_kind = kind;
}

void reader_limit(struct reader *r, size_t most)
{
	r->most = most < NOTICE_ITEMS_MOST ? most : NOTICE_ITEMS_MOST;
	const struct notice n = {.kind = NOTICE_LIMITS, .most = (uint16_t)r->most};
	tell(r, &n, -1);
}

void reader_follow(struct reader *r, const char *name, enum name_kind kind)
{
	struct notice n = {.kind = NOTICE_FOLLOW};
	put_name(&n, name, kind);
	tell(r, &n, -1);
}

void reader_forget(struct reader *r, const char *name, enum name_kind kind)
{
	struct notice n = {.kind = NOTICE_FORGET};
	put_name(&n, name, kind);
	tell(r, &n, -1);
}

void reader_ask(struct reader *r, const char *name, enum name_kind kind, unsigned questions,
	uint32_t serial, bool is_urgent)
{
	struct notice n = {.kind = NOTICE_ASK,
		.questions = questions,
		.serial = serial,
		.is_urgent = is_urgent};
	assert(serial != 0);
	put_name(&n, name, kind);
	tell(r, &n, -1);
	if (r->fd >= 0)
		r->awaited += (size_t)__builtin_popcount(questions);
	set_sources(r);
}

void reader_give_log(struct reader *r, int fd)
{
	const struct notice n = {.kind = NOTICE_LOG};
	const int copy = r->fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;
	if (copy >= 0)
		tell(r, &n, copy);
	else if (r->fd >= 0)
		fail(r);
}

void reader_drain(struct reader *r, uint32_t serial)
{
	const struct notice n = {.kind = NOTICE_DRAIN, .serial = serial};
	tell(r, &n, -1);
	if (r->fd >= 0)
		r->awaited++;
	set_sources(r);
}

struct reader_status reader_status(const struct reader *r)
{
	return r ? r->status : (struct reader_status){0};
}

/* Life. */

static int listen_for_readers(struct reader *r, const char *runtime_dir)
{
	int result = socket_file_open(&r->file, runtime_dir, NOTICE_SOCKET, SOCK_SEQPACKET,
		reader_user());
	if (result < 0)
		return result;
	if (result > 0)
		journal(JOURNAL_SERVICE, LOG_WARNING,
			"the file system of %s has no access lists, so that the user " READER_USER
			" cannot connect: run rolewall-reader as root",
			runtime_dir);
	result = sd_event_add_io(r->event, &r->listener, r->file.fd, EPOLLIN, on_reader, r);
	if (result >= 0)
		result = sd_event_source_set_priority(r->listener, PRIORITY_READER);
	if (result >= 0)
		result = sd_event_add_time(r->event, &r->timer, CLOCK_MONOTONIC, 0, 0, on_time, r);
	if (result >= 0)
		result = sd_event_source_set_priority(r->timer, PRIORITY_READER + 1);
	if (result >= 0)
		result = sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
	return result;
}

int reader_open(sd_event *event, const char *runtime_dir, const struct reader_events *events,
	void *userdata, struct reader **ret)
{
	struct reader *r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	*r = (struct reader){.event = sd_event_ref(event),
		.events = events,
		.userdata = userdata,
		.file = {.fd = -1},
		.fd = -1,
		.most = MOST};
	int result = listen_for_readers(r, runtime_dir);
	if (result < 0) {
		reader_close(r);
		return result;
	}
	*ret = r;
	return 0;
}

void reader_close(struct reader *r)
{
	if (!r)
		return;
	close_connection(r);
	sd_event_source_disable_unref(r->listener);
	sd_event_source_disable_unref(r->timer);
	socket_file_close(&r->file);
	sd_event_unref(r->event);
	free(r);
}
