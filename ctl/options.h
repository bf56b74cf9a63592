/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a command line, read and explained by one table. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct cli_option {
	const char *name;     /* without its dashes; NULL ends a table */
	const char *argument; /* as the usage shows it: "=WHAT", "[=WHAT]" if it may be left out,
				 NULL: none */
	const char *what;     /* it does, for the usage */
	bool is_exact;        /* no shorter spelling of it is taken */
	bool repeats; /* it may be there several times: the last of its table, whose values take the
		       * places from its own on */
};

/* The value of an option that is there without an argument. */
extern const char option_alone[];

/* So many in one table. */
enum { OPTIONS_MOST = 8 };

/* Reads options in front of operands (in front of the first only, if stops_at_operand) and gives
 * each its value: NULL if it is not there.  argv[0] is the name of the program or verb, for
 * messages on stderr.  The index of the first operand, or -EINVAL. */
int options_read(const struct cli_option *options, bool stops_at_operand, int argc, char **argv,
	const char *values[OPTIONS_MOST]);
/* " [--force] [--confirm[=SECONDS]]" */
void options_put_usage(const struct cli_option *options, FILE *to);
/* A line for each. */
void options_put_meanings(const struct cli_option *options, FILE *to);
