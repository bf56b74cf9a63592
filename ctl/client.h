/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking the daemon.
 *
 * Whatever keeps it from answering is said on stderr, and is an exit status then: EXIT_ABSENT if
 * there is no daemon that answers, EXIT_BAD if we may not ask or it cannot tell.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "verbs.h"

/* Asks, waits, prints the lines of the verdict to stdout (it was done) or stderr (it was not).
 * EXIT_GOOD, EXIT_BAD or EXIT_ABSENT. */
int client_reload(const struct invocation *v, bool force, uint32_t confirm, const char *session);
int client_confirm(const struct invocation *v);
int client_rollback(const struct invocation *v);
int client_flush(const struct invocation *v, const char *word);

struct diff_question {
	const char *config_dir, *roles_dir; /* absolute */
	const char *session;                /* SSH_CONNECTION of who asks, or "" */
	bool as_json;
	bool *ret_is_heard;
};

/* Prints the daemon's preview of a reload, and what it says of the configuration.  EXIT_GOOD,
 * EXIT_DIFFERENT, EXIT_BAD or EXIT_ABSENT.  *ret_is_heard is false, and nothing was printed, if
 * there is no daemon, none that we may ask, or one that reads other directories. */
int client_diff(const struct invocation *v, const struct diff_question *d);

enum status_kind {
	STATUS_TEXT,
	STATUS_NUMBER,
	STATUS_BOOL,
	STATUS_LIST,
};

struct status_entry {
	char *key;
	enum status_kind kind;
	char *text;
	uint64_t number;
	bool flag;
	char **lines; /* ended by NULL */
};

struct status {
	struct status_entry *entries;
	size_t count;
	size_t allocated;
};

/* The daemon's state, in its order.  EXIT_GOOD with *ret, or why not. */
int client_status(const struct invocation *v, struct status *ret);
void status_done(struct status *s);
