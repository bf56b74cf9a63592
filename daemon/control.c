/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may speak to the daemon, and how many at once.
 *
 * The socket is root's by mode; who is at the other end is asked of the kernel as well, since
 * CAP_DAC_OVERRIDE goes around modes.  We ourselves are usually not root, so uid 0 is compared
 * with nothing of ours.
 *
 * There are CLIENTS_MOST places.  While all are taken nobody is accepted: who comes waits in the
 * socket's queue.  A client that hangs is silent, and who was silent for SILENCE_MOST is hung up
 * on, so there is a place again.  While nobody is connected no timer runs.
 *
 * This defends against clients that hang or talk rubbish.  It does not defend against root.
 */
#include "control.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "bus/message.h"
#include "client.h"
#include "journal.h"

enum {
	CLIENTS_MOST = 32,
	BACKLOG = 64,
	SECOND = 1000000,
	SILENCE_MOST = 15 * SECOND,
	PAUSE = SECOND, /* of accepting, when there is nothing to do it with */
};

struct control {
	struct client_owner owner;
	int listener; /* -1: none */
	sd_event_source *listener_source;
	sd_event_source *timer;
	/* by when they were last heard of */
	struct client *first, *last;
	unsigned count;
	bool is_paused;
	struct sockaddr_un address;
	struct stat made; /* the socket's file */
};

/* Not the event loop's time: that stands still during a call. */
static uint64_t now_usec(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec / 1000;
}

/* Clients. */

static void take_out(struct control *c, struct client *x)
{
	*(x->previous ? &x->previous->next : &c->first) = x->next;
	*(x->next ? &x->next->previous : &c->last) = x->previous;
	x->next = x->previous = NULL;
	c->count--;
}

static void put_last(struct control *c, struct client *x)
{
	x->previous = c->last;
	*(c->last ? &c->last->next : &c->first) = x;
	c->last = x;
	x->silent_since = now_usec();
	c->count++;
}

/* Accepting clients, and the timer for silent ones. */
static void set_sources(struct control *c)
{
	bool accepts = !c->is_paused && c->count < CLIENTS_MOST;
	bool needed = c->is_paused || c->first;
	if (needed)
		sd_event_source_set_time(c->timer,
			c->is_paused ? now_usec() + PAUSE : c->first->silent_since + SILENCE_MOST);
	sd_event_source_set_enabled(c->timer, needed ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
	sd_event_source_set_enabled(c->listener_source, accepts ? SD_EVENT_ON : SD_EVENT_OFF);
}

static void on_heard(struct control *c, struct client *x)
{
	take_out(c, x);
	put_last(c, x);
}

static void on_ended(struct control *c, struct client *x)
{
	take_out(c, x);
	client_close(x);
	set_sources(c);
}

int control_serve(struct control *c, int fd)
{
	struct client *x;
	int r = client_open(&c->owner, fd, &x);
	if (r < 0)
		return r;
	put_last(c, x);
	set_sources(c);
	return 0;
}

unsigned control_clients(const struct control *c)
{
	return c->count;
}

/* Accepting. */

/* What accept() lacks now it would still lack in the next turn of the loop. */
static void pause_accepting(struct control *c, int error)
{
	journal(JOURNAL_SERVICE, LOG_WARNING,
		"rolewallctl cannot reach this daemon through %s for now: %s", c->address.sun_path,
		strerror(error));
	c->is_paused = true;
	set_sources(c);
}

static bool is_root(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == 0;
}

static int on_client(sd_event_source *source, int listener, uint32_t events, void *userdata)
{
	struct control *c = userdata;
	(void)source;
	(void)events;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			pause_accepting(c, errno);
		return 0;
	}
	if (!is_root(fd)) {
		close(fd);
		return 0;
	}
	int r = control_serve(c, fd);
	if (r < 0)
		pause_accepting(c, -r);
	return 0;
}

static int on_time(sd_event_source *source, uint64_t time, void *userdata)
{
	struct control *c = userdata;
	const uint64_t now = now_usec();
	(void)source;
	(void)time;
	c->is_paused = false;
	while (c->first && now - c->first->silent_since >= SILENCE_MOST)
		on_ended(c, c->first);
	set_sources(c);
	return 0;
}

/* The socket. */

static int make_address(struct control *c, const char *runtime_dir)
{
	c->address.sun_family = AF_UNIX;
	/* with room for the name it has before it is ready */
	int n = snprintf(c->address.sun_path, sizeof(c->address.sun_path) - sizeof(".new") + 1,
		"%s/%s", runtime_dir, CONTROL_SOCKET);
	if (n < 0 || (size_t)n > sizeof(c->address.sun_path) - sizeof(".new"))
		return -ENAMETOOLONG;
	if (mkdir(runtime_dir, 0755) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

/* 0 if the place is free, or taken by a socket that nobody listens on any more. */
static int look_at_place(const struct sockaddr_un *address)
{
	struct stat st;
	if (lstat(address->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	int r = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	int error = errno;
	close(fd);
	/* EAGAIN: so many are waiting there that we would have to */
	if (r == 0 || error == EAGAIN)
		return -EADDRINUSE;
	return error == ECONNREFUSED || error == ENOENT ? 0 : -error;
}

/* Under another name until it listens, so that its place is never empty, nor is a socket there
 * that nobody listens on. */
static int listen_at(struct control *c)
{
	struct sockaddr_un new = c->address;
	strcat(new.sun_path, ".new");
	c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->listener < 0)
		return -errno;
	if (unlink(new.sun_path) < 0 && errno != ENOENT)
		return -errno;
	/* the file gets the mode of the socket */
	if (fchmod(c->listener, 0600) < 0 ||
		bind(c->listener, (const struct sockaddr *)&new, sizeof(new)) < 0)
		return -errno;
	if (listen(c->listener, BACKLOG) < 0 || lstat(new.sun_path, &c->made) < 0 ||
		rename(new.sun_path, c->address.sun_path) < 0) {
		int error = errno;
		unlink(new.sun_path);
		c->made = (struct stat){0};
		return -error;
	}
	return 0;
}

static int watch(struct control *c)
{
	sd_event *event = c->owner.event;
	int r = sd_event_add_io(event, &c->listener_source, c->listener, EPOLLIN, on_client, c);
	if (r < 0)
		return r;
	r = sd_event_source_set_priority(c->listener_source, PRIORITY_TALK);
	if (r < 0)
		return r;
	r = sd_event_add_time(event, &c->timer, CLOCK_MONOTONIC, 0, 0, on_time, c);
	if (r < 0)
		return r;
	r = sd_event_source_set_priority(c->timer, PRIORITY_TIMER);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
	return r;
}

/* Life. */

static int open_at(struct control *c, const char *runtime_dir)
{
	int r = make_address(c, runtime_dir);
	if (r < 0)
		return r;
	r = look_at_place(&c->address);
	if (r < 0)
		return r;
	r = listen_at(c);
	return r < 0 ? r : watch(c);
}

int control_open(sd_event *event, const char *runtime_dir, const sd_bus_vtable *methods,
	void *daemon, struct control **ret)
{
	struct control *c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	*c = (struct control){
		.owner = {sd_event_ref(event), methods, daemon, on_heard, on_ended, c},
		.listener = -1,
	};
	signal(SIGPIPE, SIG_IGN);
	int r = open_at(c, runtime_dir);
	if (r < 0) {
		control_close(c);
		return r;
	}
	*ret = c;
	return 0;
}

/* The place may be another daemon's by now. */
static void remove_socket(const struct control *c)
{
	struct stat st;
	if (c->made.st_ino != 0 && lstat(c->address.sun_path, &st) == 0 &&
		st.st_ino == c->made.st_ino && st.st_dev == c->made.st_dev)
		unlink(c->address.sun_path);
}

void control_close(struct control *c)
{
	if (!c)
		return;
	while (c->first)
		on_ended(c, c->first);
	assert(c->count == 0);
	remove_socket(c);
	sd_event_source_disable_unref(c->listener_source);
	sd_event_source_disable_unref(c->timer);
	if (c->listener >= 0)
		close(c->listener);
	sd_event_unref(c->owner.event);
	free(c);
}
