/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of rolewallctl, one file each. */
#pragma once

#include "config/policy.h"

/* What every verb gets.  argv[0] is the verb. */
struct invocation {
	struct config_dirs dirs;
	const char *runtime_dir;
	const char *state_dir;
	int argc;
	char **argv;
};

/* Exit statuses. */
enum {
	EXIT_GOOD = 0,
	EXIT_BAD = 1, /* a faulty configuration, a refused connection, a failure */
	EXIT_USAGE = 2,
	EXIT_DEGRADED = 3,  /* status: the daemon runs, and not all is well */
	EXIT_DIFFERENT = 3, /* diff: a reload would change something */
	EXIT_ABSENT = 4,    /* no daemon that answers */
};

int verb_check(const struct invocation *v);
int verb_show(const struct invocation *v);
int verb_explain(const struct invocation *v);
int verb_start(const struct invocation *v);
int verb_diff(const struct invocation *v);
int verb_reload(const struct invocation *v);
int verb_confirm(const struct invocation *v);
int verb_rollback(const struct invocation *v);
int verb_status(const struct invocation *v);
int verb_flush(const struct invocation *v);

/* Loads the policy and prints its faults to stderr.  EXIT_GOOD or EXIT_BAD. */
int load_policy(const struct invocation *v, struct policy **ret);
/* "rolewallctl: …; try rolewallctl --help", EXIT_USAGE */
int bad_use(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "rolewallctl: …: strerror", EXIT_BAD */
int failed(const char *what, int error);
