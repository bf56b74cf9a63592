/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection to the control socket, from its first byte to its last. */
#pragma once

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "control.h"

/* Which of the event loop's work comes first: what is asked before who else may ask, and all of it
 * behind the daemon's own.  So nobody takes the place of a connection that has something to say. */
enum {
	PRIORITY_TALK = SD_EVENT_PRIORITY_NORMAL + 10,
	PRIORITY_ACCEPT,
	PRIORITY_TIMER,
};

struct connection;

/* Whom a connection belongs to. */
struct connection_owner {
	sd_event *event;
	const struct control_methods *methods;
	void *daemon;
	/* Something was said, or a call has ended. */
	void (*heard)(struct control *control, struct connection *c);
	/* It is over: to be closed. */
	void (*ended)(struct control *control, struct connection *c);
	struct control *control;
};

struct connection {
	struct connection *next, *previous; /* the owner's */
	uint64_t silent_since;              /* the owner's */

	const struct connection_owner *owner;
	int client;
	sd_event_source *client_source;
	int to_bus; /* a pipe, -1 once nothing more can come */
	int at_bus; /* its other end, which is the bus's */
	size_t received;
	sd_bus *bus;
};

/* Takes the client's socket, also if it fails.  0, or negative errno. */
int connection_open(const struct connection_owner *owner, int client, struct connection **ret);
/* May be called from anywhere, its own callbacks too. */
void connection_close(struct connection *c);
