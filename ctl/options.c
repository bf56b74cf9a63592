/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * getopt_long(), and nothing of it outside of this file: a table goes in, values come out in the
 * table's order.  getopt tells an option by a number; ours is its place in the table, from one on.
 */
#include "options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "verbs.h"

const char option_alone[] = "";

static int argument_kind(const struct cli_option *o)
{
	if (!o->argument)
		return no_argument;
	return o->argument[0] == '[' ? optional_argument : required_argument;
}

/* Their number. */
static int translate(const struct cli_option *options, struct option ret[OPTIONS_MOST + 1])
{
	int n = 0;
	for (; options && options[n].name; n++) {
		assert(n < OPTIONS_MOST);
		ret[n] = (struct option){options[n].name, argument_kind(&options[n]), NULL, n + 1};
	}
	ret[n] = (struct option){0};
	return n;
}

/* Reports what getopt did not accept. */
static void say_fault(const struct cli_option *options, int n, int found, char **argv)
{
	const bool is_known = optopt > 0 && optopt <= n;
	if (is_known && found == ':')
		bad_use("--%s needs a value", options[optopt - 1].name);
	else if (is_known)
		bad_use("--%s takes no value", options[optopt - 1].name);
	else if (optopt)
		bad_use("%s has no option '-%c'", argv[0], optopt);
	else
		bad_use("%s has no option '%s'", argv[0], argv[optind - 1]);
}

/* Where the value of an option goes: the last one counts, unless all do.  Negative: there is no
 * room.
 */
static int free_place(const struct cli_option *o, int place, const char *values[OPTIONS_MOST])
{
	if (!o->repeats)
		return place;
	while (place < OPTIONS_MOST && values[place])
		place++;
	return place < OPTIONS_MOST ? place : -ENOSPC;
}

int options_read(const struct cli_option *options, bool stops_at_operand, int argc, char **argv,
	const char *values[OPTIONS_MOST])
{
	struct option known[OPTIONS_MOST + 1];
	const int n = translate(options, known);
	memset(values, 0, OPTIONS_MOST * sizeof(values[0]));
	opterr = 0;
	optind = 0; /* it begins anew */
	for (int o;
		(o = getopt_long(argc, argv, stops_at_operand ? "+:" : ":", known, NULL)) >= 0;) {
		if (o < 1 || o > n) {
			say_fault(options, n, o, argv);
			return -EINVAL;
		}
		const struct cli_option *found = &options[o - 1];
		if (found->is_exact && strcmp(argv[optind - 1] + strlen("--"), found->name) != 0) {
			bad_use("%s has no option '%s'", argv[0], argv[optind - 1]);
			return -EINVAL;
		}
		const int place = free_place(found, o - 1, values);
		if (place < 0) {
			bad_use("%s takes fewer --%s", argv[0], found->name);
			return -EINVAL;
		}
		values[place] = optarg ? optarg : option_alone;
	}
	return optind;
}

void options_put_usage(const struct cli_option *options, FILE *to)
{
	for (const struct cli_option *o = options; o && o->name; o++)
		fprintf(to, o->is_exact ? " --%s%s" : " [--%s%s]%s", o->name,
			o->argument ? o->argument : "", o->repeats ? "…" : "");
}

void options_put_meanings(const struct cli_option *options, FILE *to)
{
	for (const struct cli_option *o = options; o && o->name; o++)
		if (o->what)
			fprintf(to, "        --%s%s: %s\n", o->name, o->argument ? o->argument : "",
				o->what);
}
