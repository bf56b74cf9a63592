/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewalld: reads the configuration, puts it into the kernel, and keeps it there.  This is
 * the command line; service.c is the daemon.
 */
#include <getopt.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "defaults.h"
#include "log.h"
#include "service.h"

static void usage(void)
{
	printf("rolewalld [OPTION…]\n\n"
	       "  --config-dir DIR   rolewall.conf and what goes with it (default %s)\n"
	       "  --roles-dir DIR    the shipped role files (default %s)\n"
	       "  --state-dir DIR    (default %s)\n"
	       "  --runtime-dir DIR  (default %s)\n"
	       "  --help, --version\n\n"
	       "SIGHUP reads the configuration again; SIGTERM ends the daemon and leaves the\n"
	       "host protected.\n",
		DEFAULT_CONFIG_DIR, DEFAULT_ROLES_DIR, DEFAULT_STATE_DIR, DEFAULT_RUNTIME_DIR);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"config-dir", required_argument, NULL, 'c'},
		{"roles-dir", required_argument, NULL, 'r'},
		{"state-dir", required_argument, NULL, 's'},
		{"runtime-dir", required_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{0},
	};
	struct config_dirs dirs = {DEFAULT_CONFIG_DIR, DEFAULT_ROLES_DIR};
	for (int o; (o = getopt_long(argc, argv, "", options, NULL)) >= 0;)
		switch (o) {
		case 'c':
			dirs.config = optarg;
			break;
		case 'r':
			dirs.roles = optarg;
			break;
		case 's':
		case 't':
			break; /* nothing is kept there yet */
		case 'h':
			usage();
			return 0;
		case 'v':
			printf("rolewalld %s\n", VERSION);
			return 0;
		default:
			return 2;
		}
	if (optind < argc) {
		log_line(SD_ERR, "unknown argument '%s'; try rolewalld --help", argv[optind]);
		return 2;
	}
	return service_run(&dirs) < 0 ? 1 : 0;
}
