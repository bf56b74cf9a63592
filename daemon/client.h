/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One who is connected to the control socket, from the first byte to the last. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "control.h"

/* Which of the event loop's work comes first: what was said before who was silent for too long, and
 * all of it behind the daemon's own. */
enum {
	PRIORITY_TALK = SD_EVENT_PRIORITY_NORMAL + 10,
	PRIORITY_TIMER,
};

struct client;

/* Whom a client belongs to. */
struct client_owner {
	sd_event *event;
	const sd_bus_vtable *methods;
	void *daemon; /* their userdata */
	/* It has said something, and what it asked for is done. */
	void (*heard)(struct control *control, struct client *c);
	/* It is over: to be closed. */
	void (*ended)(struct control *control, struct client *c);
	struct control *control;
};

struct client {
	struct client *next, *previous; /* the owner's */
	uint64_t silent_since;          /* the owner's */

	const struct client_owner *owner;
	sd_bus *bus; /* owns the socket */
	sd_event_source *source;
	bool is_started; /* the bus */
};

/* Takes the socket, also if it fails.  0, or negative errno. */
int client_open(const struct client_owner *owner, int fd, struct client **ret);
/* May be called from anywhere, its own callbacks too. */
void client_close(struct client *c);
