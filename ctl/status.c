/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewallctl status: what the daemon says about itself, key by key in its order.  Only one of the
 * keys means something here: state, which is the exit status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
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

/* context: bool, whether as JSON. */
static int take(sd_bus_message *answer, void *context)
{
	const bool *json = context;
	CLEANUP(record_done) struct record s = {0};
	int r = message_get_record(answer, &s);
	if (r < 0)
		return failed("cannot read the answer", r);
	return print(&s, *json);
}

static int status(const struct invocation *v)
{
	bool json = v->values[JSON];
	const struct question q = {
		.method = "Status",
		.connect_within = 60,
		.answer_within = 60,
		.take = take,
		.context = &json,
	};
	return client_ask(v, &q);
}

const struct verb verb_status = {
	.name = "status",
	.run = status,
	.what = "the state of the daemon, which must run for this verb and all below",
	.options = options,
};
