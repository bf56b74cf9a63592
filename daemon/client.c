/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An sd-bus connection, peer to peer, that takes one step of sd-bus at a time.
 *
 * sd-bus reads the client's socket itself, but the event loop is not attached to it.  sd-bus reads
 * more than an introduction when it reads one, and looks at the rest only when it is called again:
 * if the rest was all that the client had to say, nothing would ever wake it.  So after each step
 * that did something there is another one in the next turn of the loop, until one does nothing.
 *
 * While an answer waits to be taken nothing is read: a client that asks and does not listen costs
 * no more than the answers that its socket holds, and one that waits.
 *
 * control.c has checked who the client is before it accepted it; the client's own claims are
 * ignored, so sd-bus is told to accept anonymous clients.
 */
#include "client.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bus/message.h"

/* Stepping. */

/* Whatever needs another step asks for being writable, which the socket is, unless answers wait
 * there. */
static int wait_for_next(struct client *c, bool did_something)
{
	uint64_t queued = 0;
	int r = sd_bus_get_n_queued_write(c->bus, &queued);
	int events = queued > 0 ? (int)EPOLLOUT : sd_bus_get_events(c->bus);
	if (r < 0 || events < 0)
		return r < 0 ? r : events;
	return sd_event_source_set_io_events(c->source,
		(uint32_t)events | (did_something ? EPOLLOUT : 0));
}

/* 1 if something was done, 0 if not, or negative errno.  To start is to read already, and may fail
 * as any reading does. */
static int step(struct client *c)
{
	if (c->is_started)
		return sd_bus_process(c->bus, NULL);
	c->is_started = true;
	int r = sd_bus_start(c->bus);
	return r < 0 ? r : 1;
}

static int on_socket(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct client *c = userdata;
	(void)source;
	(void)fd;
	int r = step(c);
	if (r >= 0 && sd_bus_is_open(c->bus) <= 0)
		r = -ECONNRESET;
	if (r >= 0)
		r = wait_for_next(c, r > 0);
	if (r < 0)
		c->owner->ended(c->owner->control, c);
	else if (events & EPOLLIN)
		c->owner->heard(c->owner->control, c);
	return 0;
}

/* Life. */

/* Takes the socket, also if it fails. */
static int new_bus(int fd, sd_bus **ret)
{
	sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);
	if (r < 0) {
		close(fd);
		return r;
	}
	r = sd_bus_set_fd(bus, fd, fd);
	assert(r >= 0); /* it is open, the bus is not started */
	*ret = bus;
	return 0;
}

static int prepare(struct client *c, int fd)
{
	sd_id128_t id;
	int r = sd_id128_randomize(&id);
	if (r < 0)
		return r;
	r = sd_bus_set_server(c->bus, true, id);
	if (r < 0)
		return r;
	r = sd_bus_set_anonymous(c->bus, true);
	if (r < 0)
		return r;
	r = sd_bus_negotiate_fds(c->bus, false);
	if (r < 0)
		return r;
	r = sd_bus_add_object_vtable(c->bus, NULL, CONTROL_OBJECT, CONTROL_INTERFACE,
		c->owner->methods, c->owner->daemon);
	if (r < 0)
		return r;
	r = sd_event_add_io(c->owner->event, &c->source, fd, EPOLLIN, on_socket, c);
	if (r < 0)
		return r;
	r = sd_event_source_set_priority(c->source, PRIORITY_TALK);
	return r < 0 ? r : 0;
}

DEFINE_CLEANUP(free_client, struct client, client_close)

int client_open(const struct client_owner *owner, int fd, struct client **ret)
{
	CLEANUP(free_client) struct client *c = calloc(1, sizeof(*c));
	if (!c) {
		close(fd);
		return -ENOMEM;
	}
	*c = (struct client){.owner = owner};
	int r = new_bus(fd, &c->bus);
	if (r < 0)
		return r;
	r = prepare(c, fd);
	if (r < 0)
		return r;
	*ret = TAKE(c);
	return 0;
}

void client_close(struct client *c)
{
	sd_event_source_disable_unref(c->source);
	sd_bus_close_unref(c->bus);
	free(c);
}
