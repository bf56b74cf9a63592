/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewalld: reads the configuration, puts it into the kernel, and keeps it there.  This is
 * the command line; service.c is the daemon.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-id128.h>

#include "defaults.h"
#include "journal.h"
#include "service.h"

static void usage(void)
{
	printf("rolewalld [OPTION…]\n\n"
	       "  --config-dir DIR   rolewall.conf and what goes with it (default %s)\n"
	       "  --roles-dir DIR    the shipped role files (default %s)\n"
	       "  --state-dir DIR    (default %s)\n"
	       "  --runtime-dir DIR  (default %s)\n"
	       "  --ownership MODE   who may change the table while the daemon lives:\n"
	       "                     persist (default) or owner: the daemon alone; none: "
	       "everybody,\n"
	       "                     and what they change is undone\n"
	       "  --fd-store         the service manager keeps our sockets "
	       "(FileDescriptorStoreMax=),\n"
	       "                     without which owner is not safe; tried where the kernel does\n"
	       "                     not know persist\n"
	       "  --boot-id ID       of the running system, if the service manager knows better "
	       "than the "
	       "kernel\n"
	       "  --flush-on-exit    when the daemon is stopped, remove its table: the host is "
	       "open "
	       "then\n"
	       "  --help, --version\n\n"
	       "SIGHUP reads the configuration again; SIGTERM ends the daemon and leaves the\n"
	       "host protected (but see --flush-on-exit).\n",
		DEFAULT_CONFIG_DIR, DEFAULT_ROLES_DIR, DEFAULT_STATE_DIR, DEFAULT_RUNTIME_DIR);
}

static bool parse_ownership(const char *s, enum ownership *ret)
{
	for (enum ownership o = OWNERSHIP_NONE; o <= OWNERSHIP_PERSIST; o++)
		if (strcmp(s, ownership_name(o)) == 0) {
			*ret = o;
			return true;
		}
	journal(JOURNAL_SERVICE, LOG_ERR, "unknown ownership '%s'; write persist, owner or none",
		s);
	return false;
}

static bool parse_boot_id(const char *s)
{
	sd_id128_t id;
	if (sd_id128_from_string(s, &id) >= 0)
		return true;
	journal(JOURNAL_SERVICE, LOG_ERR, "'%s' is not a boot id; write 32 hexadecimal digits", s);
	return false;
}

/* As the service manager has made it, or the default one. */
static const char *directory(const char *variable, const char *otherwise)
{
	const char *set = getenv(variable);
	return set && set[0] ? set : otherwise;
}

static const struct option long_options[] = {
	{"config-dir", required_argument, NULL, 'c'},
	{"roles-dir", required_argument, NULL, 'r'},
	{"state-dir", required_argument, NULL, 's'},
	{"runtime-dir", required_argument, NULL, 't'},
	{"ownership", required_argument, NULL, 'o'},
	{"fd-store", no_argument, NULL, 'f'},
	{"boot-id", required_argument, NULL, 'b'},
	{"flush-on-exit", no_argument, NULL, 'x'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'v'},
	{0},
};

/* Reads the command line.  -1 to go on, or the exit status. */
static int parse(int argc, char **argv, struct service_options *o)
{
	for (int c; (c = getopt_long(argc, argv, "", long_options, NULL)) >= 0;)
		switch (c) {
		case 'c':
			o->dirs.config = optarg;
			break;
		case 'r':
			o->dirs.roles = optarg;
			break;
		case 's':
			o->state_dir = optarg;
			break;
		case 't':
			o->runtime_dir = optarg;
			break;
		case 'f':
			o->socket_is_kept = true;
			break;
		case 'b':
			if (!parse_boot_id(optarg))
				return 2;
			o->boot_id = optarg;
			break;
		case 'x':
			o->flush_on_exit = true;
			break;
		case 'o':
			if (!parse_ownership(optarg, &o->ownership))
				return 2;
			break;
		case 'h':
			usage();
			return 0;
		case 'v':
			printf("rolewalld %s\n", VERSION);
			return 0;
		default: /* no enum of ours */
			return 2;
		}
	if (optind < argc) {
		journal(JOURNAL_SERVICE, LOG_ERR, "unknown argument '%s'; try rolewalld --help",
			argv[optind]);
		return 2;
	}
	if (o->ownership == OWNERSHIP_OWNER && !o->socket_is_kept) {
		journal(JOURNAL_SERVICE, LOG_ERR,
			"--ownership owner needs --fd-store: without it the table goes away when "
			"this daemon ends");
		return 2;
	}
	return -1;
}

int main(int argc, char **argv)
{
	struct service_options o = {
		.dirs = {DEFAULT_CONFIG_DIR, DEFAULT_ROLES_DIR},
		.state_dir = directory("STATE_DIRECTORY", DEFAULT_STATE_DIR),
		.runtime_dir = directory("RUNTIME_DIRECTORY", DEFAULT_RUNTIME_DIR),
		.ownership = OWNERSHIP_PERSIST,
	};
	int status = parse(argc, argv, &o);
	if (status >= 0)
		return status;
	journal_begin(VERSION);
	int r = service_run(&o);
	/* No good configuration, and never one: trying again by itself would put whatever is saved
	 * next into force without anybody's command.  (RestartPreventExitStatus= in the unit.) */
	if (r == -EUCLEAN) {
		journal(JOURNAL_NOT_STARTED, LOG_ERR,
			"not started, and nothing was changed: the configuration has faults, and "
			"there is no earlier one; start it again when `rolewallctl check` finds "
			"none");
		return EX_CONFIG;
	}
	if (r == -ECONNABORTED)
		return EX_CONFIG; /* nor is this to be tried until somebody says so */
	return r < 0 ? EX_OSERR : EXIT_SUCCESS;
}
