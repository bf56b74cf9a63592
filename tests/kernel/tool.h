/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What probe and flood share: how they end on a fault, and how a subcommand is chosen. */
#pragma once

#include <stddef.h>

/* Faults: one line on stderr with the program's name, exit status 1 */

_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same with errno's text at the end. */
_Noreturn void die_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Subcommands */

struct subcommand {
	const char *name;
	const char *arguments;
	int (*run)(int argc, char **argv); /* of what follows the name */
};

/* Runs the one that argv[1] names; its result, or 2 after saying which there are. */
int subcommand_run(const struct subcommand *subcommands, size_t n, int argc, char **argv);
