/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewallctl status: what the daemon says about itself, key by key in its order.  Only one of the
 * keys means something here: state, which is the exit status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

enum { JSON };

static const struct cli_option options[] = {
	[JSON] = {"json", NULL, "as one object of JSON", false},
	{0},
};

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

static int status(const struct invocation *v)
{
	struct record s = {0};
	int r = client_status(v, &s);
	if (r == EXIT_GOOD)
		r = print(&s, v->values[JSON]);
	record_done(&s);
	return r;
}

const struct verb verb_status = {
	.name = "status",
	.run = status,
	.what = "the state of the daemon, which must run for this verb and all below",
	.options = options,
};
