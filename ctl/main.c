/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewallctl: what an operator types.
 *
 * The command line is read here, by the tables of the verbs (verbs.h) and the one of the options
 * that all verbs share; a verb gets values.  The first three verbs need the configuration files
 * only: no daemon, no privileges.  diff reads the kernel as well.  The others ask the daemon.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "defaults.h"
#include "verbs.h"

static const struct verb *const verbs[] = {
#define LIST_VERB(name) &verb_##name,
	VERBS(LIST_VERB)
#undef LIST_VERB
};

enum { N_VERBS = sizeof(verbs) / sizeof(verbs[0]) };

/* Those that stand before the verb. */
enum { CONFIG_DIR, ROLES_DIR, STATE_DIR, RUNTIME_DIR, HELP, SHOW_VERSION };

static const struct cli_option shared[] = {
	[CONFIG_DIR] = {"config-dir", "=DIR",
		"the directory of rolewall.conf (default " DEFAULT_CONFIG_DIR ")", false},
	[ROLES_DIR] = {"roles-dir", "=DIR",
		"the shipped role files (default " DEFAULT_ROLES_DIR ")", false},
	[STATE_DIR] = {"state-dir", "=DIR",
		"what the daemon has saved, for a diff without the daemon "
		"(default " DEFAULT_STATE_DIR ")",
		false},
	[RUNTIME_DIR] = {"runtime-dir", "=DIR",
		"where the daemon's socket is (default " DEFAULT_RUNTIME_DIR ")", false},
	[HELP] = {"help", NULL, "prints this help", false},
	[SHOW_VERSION] = {"version", NULL, "prints the version", false},
	{0},
};

static void usage(void)
{
	puts("rolewallctl [OPTION…] VERB …\n");
	options_put_meanings(shared, stdout);
	putchar('\n');
	for (size_t i = 0; i < N_VERBS; i++) {
		const struct verb *v = verbs[i];
		printf("  %s", v->name);
		options_put_usage(v->options, stdout);
		printf("%s%s\n        %s\n", v->operands ? " " : "", v->operands ? v->operands : "",
			v->what);
		options_put_meanings(v->options, stdout);
	}
	puts("\nExit status: 0 good or allowed, 1 faulty or refused, 2 bad use, 3 degraded,\n"
	     "4 the daemon is not running; of diff: 0 no change, 3 some.");
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

/* NULL after a message that there is no such verb. */
static const struct verb *find_verb(const char *name)
{
	struct suggestion near;
	suggest_init(&near, name);
	for (size_t i = 0; i < N_VERBS; i++) {
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
		suggest_offer(&near, verbs[i]->name);
	}
	if (near.best)
		bad_use("unknown verb '%s'; did you mean '%s'?", name, near.best);
	else
		bad_use("unknown verb '%s'", name);
	return NULL;
}

/* argv[0] is the verb. */
static int run(struct invocation *v, int argc, char **argv)
{
	const struct verb *verb = find_verb(argv[0]);
	if (!verb)
		return EXIT_USAGE;
	int first = options_read(verb->options, false, argc, argv, v->values);
	if (first < 0)
		return EXIT_USAGE;
	if (argc - first > verb->n_operands && !verb->takes_more)
		return bad_use("%s takes no '%s'", verb->name, argv[first + verb->n_operands]);
	if (argc - first < verb->n_operands)
		return bad_use("%s takes %s", verb->name, verb->operands);
	v->operands = argv + first;
	return verb->run(v);
}

static const char *or_default(const char *value, const char *otherwise)
{
	return value ? value : otherwise;
}

int main(int argc, char **argv)
{
	static char name[] = "rolewallctl";
	const char *values[OPTIONS_MOST];
	if (argc > 0)
		argv[0] = name;
	int first = options_read(shared, true, argc, argv, values);
	if (first < 0)
		return EXIT_USAGE;
	struct invocation v = {
		.dirs = {or_default(values[CONFIG_DIR], DEFAULT_CONFIG_DIR),
			or_default(values[ROLES_DIR], DEFAULT_ROLES_DIR)},
		.runtime_dir = or_default(values[RUNTIME_DIR], DEFAULT_RUNTIME_DIR),
		.state_dir = or_default(values[STATE_DIR], DEFAULT_STATE_DIR),
	};
	int status = EXIT_GOOD;
	if (values[HELP])
		usage();
	else if (values[SHOW_VERSION])
		printf("rolewallctl %s\n", VERSION);
	else if (first >= argc)
		return bad_use("no verb");
	else
		status = run(&v, argc - first, argv + first);
	if (fflush(stdout) != 0 || ferror(stdout))
		return failed("cannot write", -errno);
	return status;
}
