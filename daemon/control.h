/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket, RUNTIME_DIR/control: sd-bus, peer to peer, for root only.
 *
 * What is asked for is done by functions of the daemon, one at a time, before the next
 * message is read; this file only speaks.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "bus/message.h"
#include "caller.h"

/* A verdict: whether it was done, and the lines that tell why (faults, warnings, one summary),
 * each ended by a newline. */
struct answer {
	bool good;
	struct text lines;
};

/* For a preview: see bus/message.h. */
struct diff_answer {
	enum diff_result result;
	struct text preview, lines;
};

/* What the daemon does when it is asked.  Negative errno only if there is no answer at all. */
struct control_methods {
	int (*reload)(void *daemon, const struct caller *by, const struct reload_request *request,
		struct answer *ret);
	int (*confirm)(void *daemon, const struct caller *by, struct answer *ret);
	int (*rollback)(void *daemon, const struct caller *by, struct answer *ret);
	int (*flush)(void *daemon, const struct caller *by, struct answer *ret);
	int (*diff)(void *daemon, const struct diff_request *request, struct diff_answer *ret);
	int (*status)(void *daemon, struct record *to);
};

struct control;

/* Makes the socket and serves it; what an earlier life left in its place is replaced.  0 with *ret,
 * or negative errno: -EADDRINUSE if another daemon answers there, -EEXIST if it is no socket.  From
 * then on nobody who hangs up ends the process (SIGPIPE is ignored). */
int control_open(sd_event *event, const char *runtime_dir, const struct control_methods *methods,
	void *daemon, struct control **ret);
/* Serves a socket that is connected already, whoever is at its other end.  Takes it, also if it
 * fails.  0, or negative errno. */
int control_serve(struct control *c, int fd);
/* How many are connected. */
unsigned control_clients(const struct control *c);
/* Hangs up on all clients and removes the socket; NULL is fine. */
void control_close(struct control *c);
