/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking the daemon.
 *
 * Whatever keeps it from answering is said on stderr, and is an exit status then: EXIT_ABSENT if
 * there is no daemon that answers, EXIT_BAD if we may not ask or it cannot tell.
 */
#pragma once

#include "bus/message.h"
#include "verbs.h"

/* A question, and how long to wait for the connection, and for the answer. */
struct question {
	const char *method;
	unsigned connect_within; /* seconds */
	unsigned answer_within;
	int (*put)(sd_bus_message *m, const void *request); /* NULL: it has no arguments */
	const void *request;
	bool *is_absent; /* if not NULL: set, and nothing is printed, if no daemon answers */
};

/* Has something done: asks, waits, prints the lines of the verdict to stdout (it was done) or
 * stderr (it was not).  EXIT_GOOD, EXIT_BAD or EXIT_ABSENT. */
int client_command(const struct invocation *v, const struct question *q);

/* Prints the daemon's preview of a reload, and what it says of the configuration.  EXIT_GOOD,
 * EXIT_DIFFERENT, EXIT_BAD or EXIT_ABSENT.  *ret_answered is false, and nothing was printed, if
 * there is no daemon, none that we may ask, or one that reads other directories. */
int client_diff(const struct invocation *v, const struct diff_request *request, bool *ret_answered);

/* The daemon's state.  EXIT_GOOD with *ret, or why not. */
int client_status(const struct invocation *v, struct record *ret);
