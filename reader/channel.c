/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon and the reader are started in any order, and either may be restarted.  While the
 * daemon is not there its socket is waited for, by listening to the directories on the way there:
 * nothing is tried again and again.
 *
 * A daemon that hangs up at once, because it does not like what it hears, is tried again after a
 * second, then after twice as long, up to a minute.  After a connection that lasted it is tried at
 * once.
 *
 * The daemon speaks first.  Until then the connection may only be one that waits for its turn,
 * since there is one reader at a time.
 */
#include "channel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "say.h"

enum {
	SECOND = 1000000,
	PAUSE_FIRST = SECOND,
	PAUSE_MOST = 60 * SECOND,
	LASTED = 10 * SECOND, /* a connection of that age was a good one */
	READS_MOST = 64,      /* in one turn of the loop */
};

static void open_channel(struct channel *c);
static void on_changed(void *userdata);

static uint64_t now_usec(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec / 1000;
}

/* Saying. */

/* True if that is news. */
static bool is_news(struct channel *c, enum channel_state state)
{
	const bool is_other = c->said != state;
	c->said = state;
	return is_other;
}

static void say_waiting(struct channel *c)
{
	if (!is_news(c, CHANNEL_WAITS))
		return;
	say(LOG_NOTICE, "waiting for rolewalld at %s", c->address.sun_path);
	sd_notify(false, "STATUS=Waiting for rolewalld");
}

static void say_forbidden(struct channel *c, int error)
{
	if (!is_news(c, CHANNEL_FORBIDDEN))
		return;
	say(LOG_ERR,
		"cannot connect to %s: %s; only the user rolewall-reader and root may; it is tried "
		"again when the socket changes",
		c->address.sun_path, strerror(error));
	sd_notifyf(false, "STATUS=Cannot connect to rolewalld: %s", strerror(error));
}

static void say_connected(struct channel *c)
{
	if (!is_news(c, CHANNEL_CONNECTED))
		return;
	say(LOG_INFO, "connected to rolewalld");
	sd_notify(false, "STATUS=Connected to rolewalld");
}

/* Ending. */

static void close_socket(struct channel *c)
{
	c->source = sd_event_source_disable_unref(c->source);
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->was_heard = false;
	outbox_done(&c->outbox);
}

static void try_again_later(struct channel *c)
{
	c->pause = c->pause ? c->pause * 2 : PAUSE_FIRST;
	if (c->pause > PAUSE_MOST)
		c->pause = PAUSE_MOST;
	sd_event_source_set_time(c->timer, now_usec() + c->pause);
	sd_event_source_set_enabled(c->timer, SD_EVENT_ONESHOT);
}

static void say_closed(struct channel *c)
{
	if (c->was_heard) {
		c->said = CHANNEL_UNKNOWN;
		say(LOG_NOTICE, "rolewalld has closed the connection");
	} else if (is_news(c, CHANNEL_FORBIDDEN)) {
		say(LOG_ERR,
			"rolewalld closes the connection at once: run this program as the user "
			"rolewall-reader, as the user of rolewalld, or as root");
	}
}

static void close_channel(struct channel *c)
{
	const bool has_lasted = now_usec() - c->opened >= LASTED;
	say_closed(c);
	close_socket(c);
	c->events->closed(c->userdata);
	if (has_lasted) {
		c->pause = 0;
		open_channel(c);
	} else {
		try_again_later(c);
	}
}

/* Reading. */

/* The descriptor that came with a message, or -1. */
static int descriptor_of(struct msghdr *m)
{
	int fd = -1;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h))
		if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS)
			memcpy(&fd, CMSG_DATA(h), sizeof(fd));
	return fd;
}

/* 1 with a notice, 0 if there is none now, or negative errno.  There is room for one descriptor:
 * the kernel closes any others. */
static int receive(struct channel *c, struct notice *ret, int *ret_fd)
{
	uint8_t bytes[NOTICE_SIZE + 1];
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {bytes, sizeof(bytes)};
	struct msghdr m = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(c->fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	CLEANUP(close_fd) int fd = descriptor_of(&m);
	if (n == 0)
		return -ECONNRESET;
	int r = notice_decode(bytes, (size_t)n, NOTICE_OF_DAEMON, ret);
	if (r == 0 && (ret->kind == NOTICE_LOG) != (fd >= 0))
		r = -EBADMSG;
	if (r < 0)
		return r;
	*ret_fd = fd;
	fd = -1;
	return 1;
}

static void end_by(struct channel *c, int error)
{
	if (error == -EPROTONOSUPPORT)
		say(LOG_ERR, "rolewalld is of another version: restart it and this program");
	else if (error == -EBADMSG)
		say(LOG_ERR, "rolewalld and this program are of different versions: restart both");
	close_channel(c);
}

static void read_some(struct channel *c)
{
	for (int i = 0; i < READS_MOST && c->fd >= 0; i++) {
		struct notice n;
		int fd = -1, r = receive(c, &n, &fd);
		if (r == 0)
			return;
		if (r < 0) {
			end_by(c, r);
			return;
		}
		c->was_heard = true;
		say_connected(c);
		c->events->heard(c->userdata, &n, fd);
	}
}

/* Sending. */

static void send_some(struct channel *c)
{
	if (c->fd < 0)
		return;
	if (outbox_send(&c->outbox, c->fd) < 0)
		outbox_done(&c->outbox); /* the hang-up is heard, too */
	sd_event_source_set_io_events(c->source,
		EPOLLIN | (outbox_first(&c->outbox) ? EPOLLOUT : 0));
}

void channel_send(struct channel *c, const struct notice *n)
{
	if (c->fd < 0)
		return;
	const bool others_wait = outbox_first(&c->outbox);
	if (outbox_put(&c->outbox, n, -1) < 0) {
		/* half an answer is useless: the daemon must get all of it again */
		outbox_done(&c->outbox);
		shutdown(c->fd, SHUT_RDWR);
		return;
	}
	if (!others_wait)
		send_some(c);
}

size_t channel_waiting(const struct channel *c)
{
	return c->outbox.count;
}

/* Beginning. */

static int on_socket(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct channel *c = userdata;
	(void)source;
	(void)fd;
	if (events & EPOLLOUT)
		send_some(c);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		read_some(c);
	return 0;
}

static int connect_socket(struct channel *c)
{
	c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return -errno;
	if (connect(c->fd, (const struct sockaddr *)&c->address, sizeof(c->address)) < 0)
		return -errno;
	return sd_event_add_io(c->event, &c->source, c->fd, EPOLLIN, on_socket, c);
}

/* Nothing is listened to while we are connected: who makes files beside the socket wakes nobody. */
static void listen_no_more(struct channel *c)
{
	if (c->is_watched)
		watch_done(&c->watch);
	c->is_watched = false;
}

/* 1 if it was not listened to before: it may have come just then. */
static int listen_for_daemon(struct channel *c)
{
	if (c->is_watched)
		return 0;
	int r = watch_init(&c->watch, c->event, c->address.sun_path, WATCH_AT_ONCE, on_changed, c);
	c->is_watched = r == 0;
	return r == 0 ? 1 : r;
}

static bool is_to_wait_for(int error)
{
	return error == -ENOENT || error == -ECONNREFUSED || error == -ENOTDIR ||
	       error == -EACCES || error == -EPERM || error == -EPROTOTYPE;
}

static void wait_for_daemon(struct channel *c, int error)
{
	if (error == -EACCES || error == -EPERM || error == -EPROTOTYPE)
		say_forbidden(c, -error);
	else
		say_waiting(c);
	/* as if nobody took connections for the moment, or for want of memory */
	if (!is_to_wait_for(error) || !c->is_watched)
		try_again_later(c);
}

static void open_channel(struct channel *c)
{
	sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
	int r = connect_socket(c);
	if (r < 0 && is_to_wait_for(r) && listen_for_daemon(c) > 0) {
		close_socket(c);
		r = connect_socket(c);
	}
	if (r < 0) {
		close_socket(c);
		wait_for_daemon(c, r);
		return;
	}
	c->opened = now_usec();
	listen_no_more(c);
}

static void on_changed(void *userdata)
{
	struct channel *c = userdata;
	if (c->fd < 0)
		open_channel(c);
}

static int on_time(sd_event_source *source, uint64_t time, void *userdata)
{
	(void)source;
	(void)time;
	on_changed(userdata);
	return 0;
}

/* Life. */

int channel_init(struct channel *c, sd_event *event, const char *runtime_dir,
	const struct channel_events *events, void *userdata)
{
	*c = (struct channel){.event = event, .events = events, .userdata = userdata, .fd = -1};
	c->address.sun_family = AF_UNIX;
	int n = snprintf(c->address.sun_path, sizeof(c->address.sun_path), "%s/%s", runtime_dir,
		NOTICE_SOCKET);
	if (n < 0 || (size_t)n >= sizeof(c->address.sun_path))
		return -ENAMETOOLONG;
	int r = sd_event_add_time(event, &c->timer, CLOCK_MONOTONIC, 0, 0, on_time, c);
	if (r >= 0)
		r = sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
	if (r < 0) {
		c->timer = sd_event_source_unref(c->timer);
		return r;
	}
	open_channel(c);
	return 0;
}

void channel_done(struct channel *c)
{
	close_socket(c);
	listen_no_more(c);
	c->timer = sd_event_source_disable_unref(c->timer);
}
