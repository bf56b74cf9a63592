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
#include <systemd/sd-event.h>

#include "base/protocol.h"
#include "base/text.h"

/* A verdict: whether it was done, and the lines that tell why (faults, warnings, one summary),
 * each ended by a newline. */
struct answer {
	bool good;
	struct text lines;
};

/* The preview of a reload.  Its directories are those that who asks would look into. */
struct diff_request {
	const char *config_dir, *roles_dir; /* absolute */
	const char *session;                /* as below */
	bool as_json;
};

struct diff_answer {
	enum diff_result result;
	struct text preview; /* for DIFF_SAME, DIFF_DIFFERENT */
	struct text lines;   /* faults and warnings of the configuration, or why there is nothing */
};

struct reload_request {
	bool force;          /* even if it cuts the session from which it is asked */
	uint32_t confirm;    /* seconds until it is undone unless confirmed; 0: for good */
	const char *session; /* SSH_CONNECTION of who asks: "ADDRESS PORT ADDRESS PORT"; or "" */
};

/* The state as keys with values, in the order in which they are shown.  Keys are the words of
 * `rolewallctl status`: small letters and hyphens. */
struct status_writer;
void status_text(struct status_writer *w, const char *key, const char *value);
void status_number(struct status_writer *w, const char *key, uint64_t value);
void status_bool(struct status_writer *w, const char *key, bool value);
/* A list that may be empty, before its lines.  It ends where another key begins. */
void status_list(struct status_writer *w, const char *key);
/* One more line of a list; a key's lines follow each other. */
void status_line(struct status_writer *w, const char *key, const char *line);

/* What the daemon does when it is asked.  Negative errno only if there is no answer at all. */
struct control_methods {
	int (*reload)(void *daemon, const struct reload_request *request, struct answer *ret);
	int (*confirm)(void *daemon, struct answer *ret);
	int (*rollback)(void *daemon, struct answer *ret);
	int (*flush)(void *daemon, struct answer *ret);
	int (*diff)(void *daemon, const struct diff_request *request, struct diff_answer *ret);
	int (*status)(void *daemon, struct status_writer *w);
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
/* How many connections there are. */
unsigned control_connections(const struct control *c);
/* Closes all connections and removes the socket; NULL is fine. */
void control_close(struct control *c);
