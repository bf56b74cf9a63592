/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewallctl: what an operator types.
 *
 * A table of verbs; each gets the options that all share and does its own.  The first three
 * need the configuration files only: no daemon, no privileges.  diff reads the kernel as well.
 * The others ask the daemon.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "defaults.h"
#include "verbs.h"

static const struct {
	const char *name;
	int (*run)(const struct invocation *v);
	const char *arguments;
	const char *what;
} verbs[] = {
	{"check", verb_check, "", "is the configuration good? all faults, file:line:column"},
	{"show", verb_show, " [--format=flows|nft|json]",
		"what it means: the table of flows, the nft script, or both as JSON"},
	{"explain", verb_explain, " PROTOCOL SOURCE[:PORT] DESTINATION[:PORT]",
		"allowed or refused, and which line says so"},
	{"diff", verb_diff, " [--json]",
		"what a reload would change, and which live connections it would cut (as root)"},
	{"start", verb_start, " [--force]",
		"starts the service; --force: even if nothing was in force yet and this cuts "
		"every\n"
		"        SSH session to this host"},
	{"status", verb_status, " [--json]", "what the daemon does: asks it, as all below"},
	{"reload", verb_reload, " [--force] [--confirm[=SECONDS]]",
		"puts the configuration in force, or says why not; --force: even if that cuts the\n"
		"        session you sit in; --confirm: until the time is over (60), unless "
		"confirmed"},
	{"confirm", verb_confirm, "", "keeps what reload --confirm has put in force"},
	{"rollback", verb_rollback, "", "goes back to what was in force before it, at once"},
	{"flush", verb_flush, " --yes-open-this-host", "removes all rules: no firewall any more"},
};

enum { N_VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static void usage(FILE *to)
{
	fprintf(to,
		"rolewallctl [OPTION…] VERB …\n\n"
		"  --config-dir DIR   rolewall.conf and what goes with it (default %s)\n"
		"  --roles-dir DIR    the shipped role files (default %s)\n"
		"  --state-dir DIR    what the daemon saved, for diff without it (default %s)\n"
		"  --runtime-dir DIR  where the daemon's socket is (default %s)\n"
		"  --help, --version\n\n",
		DEFAULT_CONFIG_DIR, DEFAULT_ROLES_DIR, DEFAULT_STATE_DIR, DEFAULT_RUNTIME_DIR);
	for (size_t i = 0; i < N_VERBS; i++)
		fprintf(to, "  %s%s\n        %s\n", verbs[i].name, verbs[i].arguments,
			verbs[i].what);
	fprintf(to,
		"\nExit status: 0 good or allowed, 1 faulty or refused, 2 bad use, 3 degraded,\n"
		"4 the daemon is not running; of diff: 0 no change, 3 some.\n");
}

int bad_use(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("rolewallctl: ", stderr);
	vfprintf(stderr, format, args);
	fputs("; try rolewallctl --help\n", stderr);
	va_end(args);
	return EXIT_USAGE;
}

int failed(const char *what, int error)
{
	fprintf(stderr, "rolewallctl: %s: %s\n", what, strerror(-error));
	return EXIT_BAD;
}

int load_policy(const struct invocation *v, struct policy **ret)
{
	struct diags diags = {0};
	int r = policy_load_here(&v->dirs, &diags, ret);
	diags_print(&diags, stderr);
	diags_done(&diags);
	if (r < 0 && r != -EINVAL)
		return failed("cannot read the configuration", r);
	return r < 0 ? EXIT_BAD : EXIT_GOOD;
}

static int run(const struct invocation *v)
{
	struct suggestion near;
	suggest_init(&near, v->argv[0]);
	for (size_t i = 0; i < N_VERBS; i++) {
		if (strcmp(verbs[i].name, v->argv[0]) == 0)
			return verbs[i].run(v);
		suggest_offer(&near, verbs[i].name);
	}
	if (near.best)
		return bad_use("unknown verb '%s'; did you mean '%s'?", v->argv[0], near.best);
	return bad_use("unknown verb '%s'", v->argv[0]);
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
	struct invocation v = {
		.dirs = {DEFAULT_CONFIG_DIR, DEFAULT_ROLES_DIR},
		.runtime_dir = DEFAULT_RUNTIME_DIR,
		.state_dir = DEFAULT_STATE_DIR,
	};
	/* '+': what follows the verb is the verb's */
	for (int o; (o = getopt_long(argc, argv, "+", options, NULL)) >= 0;)
		switch (o) {
		case 'c':
			v.dirs.config = optarg;
			break;
		case 'r':
			v.dirs.roles = optarg;
			break;
		case 's':
			v.state_dir = optarg;
			break;
		case 't':
			v.runtime_dir = optarg;
			break;
		case 'h':
			usage(stdout);
			return EXIT_GOOD;
		case 'v':
			printf("rolewallctl %s\n", VERSION);
			return EXIT_GOOD;
		default: /* no enum of ours */
			fputs("try rolewallctl --help\n", stderr);
			return EXIT_USAGE;
		}
	v.argc = argc - optind;
	v.argv = argv + optind;
	if (v.argc == 0)
		return bad_use("no verb");
	int status = run(&v);
	if (fflush(stdout) != 0 || ferror(stdout))
		return failed("cannot write", -errno);
	return status;
}
