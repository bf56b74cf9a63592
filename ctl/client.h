/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking the daemon.
 *
 * If there is no answer, stderr says why, and the exit status is EXIT_ABSENT if no daemon answers,
 * EXIT_BAD if we may not ask or it cannot tell.
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
	int (*take)(sd_bus_message *answer, void *context); /* the exit status */
	void *context;
	bool *may_not_ask; /* if not NULL: likewise set if that is the reason */
	bool *is_absent;   /* if not NULL: set, and nothing is printed, if no daemon answers */
};

/* Asks, waits, and has the answer taken.  What came of that, EXIT_BAD or EXIT_ABSENT. */
int client_ask(const struct invocation *v, const struct question *q);

/* Takes a verdict on what was to be done: prints its lines to stdout (it was done) or stderr (it
 * was not). */
int client_take_verdict(sd_bus_message *answer, void *context);
