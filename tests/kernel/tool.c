/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults and subcommands of the two tools of the kernel tests: see the header. */
#include "tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_fault(const char *format, va_list args)
{
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, args);
}

void die(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	print_fault(format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void die_errno(const char *format, ...)
{
	const int error = errno;
	va_list args;
	va_start(args, format);
	print_fault(format, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(error));
	exit(1);
}

int subcommand_run(const struct subcommand *subcommands, size_t n, int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < n; i++)
		if (strcmp(argv[1], subcommands[i].name) == 0)
			return subcommands[i].run(argc - 2, argv + 2);

	fputs("usage:\n", stderr);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "\t%s %s %s\n", program_invocation_short_name, subcommands[i].name,
			subcommands[i].arguments);
	return 2;
}
