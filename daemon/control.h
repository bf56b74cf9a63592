/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket, RUNTIME_DIR/control: sd-bus, peer to peer, for root only.
 *
 * What is asked for is done by functions of the daemon (commands.c), one at a time, before the next
 * message is read; here is only who may speak.
 */
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

struct control;

/* Makes the socket and serves it with these methods, which get daemon as their userdata; what an
 * earlier life left in its place is replaced.  0 with *ret, or negative errno: -EADDRINUSE if
 * another daemon answers there, -EEXIST if it is no socket.  From then on nobody who hangs up ends
 * the process (SIGPIPE is ignored). */
int control_open(sd_event *event, const char *runtime_dir, const sd_bus_vtable *methods,
	void *daemon, struct control **ret);
/* Serves a socket that is connected already, whoever is at its other end.  Takes it, also if it
 * fails.  0, or negative errno. */
int control_serve(struct control *c, int fd);
/* How many are connected. */
unsigned control_clients(const struct control *c);
/* Hangs up on all clients and removes the socket; NULL is fine. */
void control_close(struct control *c);
