/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewallctl status: what the daemon says about itself, key by key in its order.  Only one of the
 * keys means something here: state, which is the exit status.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

static bool is_healthy(const struct record *s)
{
	const struct record_entry *state = record_find(s, "state");
	return state && state->kind == RECORD_TEXT && strcmp(state->text, "healthy") == 0;
}

static int print(const struct record *s, bool json)
{
	struct text text = {0};
	char *out = NULL;
	(json ? record_put_json : record_put_text)(s, &text);
	int r = text_finish(&text, &out);
	if (r < 0)
		return failed("cannot show", r);
	fputs(out, stdout);
	free(out);
	return is_healthy(s) ? EXIT_GOOD : EXIT_DEGRADED;
}

int verb_status(const struct invocation *v)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{0},
	};
	struct record s = {0};
	bool json = false;
	optind = 0;
	for (int o; (o = getopt_long(v->argc, v->argv, "", options, NULL)) >= 0;) {
		if (o != 'j')
			return EXIT_USAGE;
		json = true;
	}
	if (optind < v->argc)
		return bad_use("status takes no '%s'", v->argv[optind]);
	int status = client_status(v, &s);
	if (status == EXIT_GOOD)
		status = print(&s, json);
	record_done(&s);
	return status;
}
