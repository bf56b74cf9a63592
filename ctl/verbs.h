/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of rolewallctl, one file each: ctl/VERB.c has verb_VERB. */
#pragma once

#include "config/policy.h"
#include "options.h"

/* What every verb gets: the command line as main.c has read it. */
struct invocation {
	struct config_dirs dirs;
	const char *runtime_dir;
	const char *state_dir;
	const char *values[OPTIONS_MOST]; /* of the verb's own options, in their order */
	char **operands;                  /* as many as the verb takes, and NULL */
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

struct verb {
	const char *name;
	int (*run)(const struct invocation *v);
	const char *what; /* it does, for the usage */
	const struct cli_option *options;
	const char *operands; /* as the usage shows them; NULL: none */
	int n_operands;
	bool takes_more; /* operands, any number */
};

/* In the order of the usage. */
#define VERBS(VERB) \
	VERB(init) \
	VERB(check) \
	VERB(show) \
	VERB(explain) \
	VERB(diff) \
	VERB(start) \
	VERB(status) \
	VERB(names) \
	VERB(reload) \
	VERB(confirm) \
	VERB(rollback) \
	VERB(flush)

#define DECLARE_VERB(name) extern const struct verb verb_##name;
VERBS(DECLARE_VERB)
#undef DECLARE_VERB

/* Loads the policy and prints its faults to stderr.  EXIT_GOOD or EXIT_BAD. */
int load_policy(const struct invocation *v, struct policy **ret);
/* "rolewallctl: …; try rolewallctl --help", EXIT_USAGE */
int bad_use(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "rolewallctl: …: strerror", EXIT_BAD */
int failed(const char *what, int error);
