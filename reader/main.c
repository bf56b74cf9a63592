/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewall-reader: reads the answers of name servers, which nobody can trust, for rolewalld,
 * without any right of its own.  This is the command line; loop.c is the program.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "defaults.h"
#include "host/trail.h"
#include "loop.h"
#include "say.h"

static void usage(void)
{
	printf("rolewall-reader [OPTION…]\n\n"
	       "  --runtime-dir DIR  of the rolewalld that it reads for (default %s)\n"
	       "  --help, --version\n\n"
	       "Asks the name servers of this host for the names that rolewalld follows, reads\n"
	       "/etc/hosts, and tells rolewalld what it has found.  It needs no rights.  It may "
	       "be\n"
	       "started before rolewalld and waits for it.\n",
		DEFAULT_RUNTIME_DIR);
}

static const struct option long_options[] = {
	{"runtime-dir", required_argument, NULL, 't'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'v'},
	{0},
};

/* Reads the command line.  -1 to go on, or the exit status. */
static int parse(int argc, char **argv, const char **ret_runtime_dir)
{
	for (int c; (c = getopt_long(argc, argv, "", long_options, NULL)) >= 0;)
		switch (c) {
		case 't':
			*ret_runtime_dir = optarg;
			break;
		case 'h':
			usage();
			return 0;
		case 'v':
			printf("rolewall-reader %s\n", VERSION);
			return 0;
		default: /* no enum of ours */
			return 2;
		}
	if (optind < argc) {
		say(LOG_ERR, "unknown argument '%s'; try rolewall-reader --help", argv[optind]);
		return 2;
	}
	return -1;
}

int main(int argc, char **argv)
{
	const char *directory = DEFAULT_RUNTIME_DIR;
	int status = parse(argc, argv, &directory);
	if (status >= 0)
		return status;
	CLEANUP(free_string) char *runtime_dir = trail_absolute(directory);
	if (!runtime_dir) {
		say(LOG_ERR, "cannot find %s: %s", directory, strerror(errno));
		return EX_OSERR;
	}
	return loop_run(runtime_dir) < 0 ? EX_OSERR : EXIT_SUCCESS;
}
