/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewallctl status: what the daemon says about itself, key by key in its order.  Two things of it
 * mean something here: state, which is the exit status; and where recordings go, since it is here
 * that the disk is looked at (ask/recordings.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask/recordings.h"
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

static uint64_t number_of(const struct record *s, const char *key)
{
	const struct record_entry *e = record_find(s, key);
	return e && e->kind == RECORD_NUMBER ? e->number : 0;
}

/* Adds what is there, and a problem if that is not enough. */
static void look_at_disk(struct record *s)
{
	const struct record_entry *directory = record_find(s, RECORDINGS_KEY);
	if (!directory || directory->kind != RECORD_TEXT)
		return;
	const struct recordings r = {
		.directory = directory->text,
		.day = number_of(s, RECORDINGS_DAY_KEY),
		.administrators = (uint32_t)number_of(s, RECORDINGS_SIZE_KEY),
	};
	CLEANUP(text_done) struct text what = {0};
	const struct space space = recordings_look(r.directory);
	if (recordings_lack(&r, &space, &what)) {
		record_line(s, "problems", what.data ? what.data : "out of memory");
		if (is_healthy(s))
			record_replace(s, "state", "degraded");
	}
	if (space.error == 0) {
		record_number(s, "recordings-available", space.available);
		record_number(s, "recordings-total", space.total);
	}
}

/* context: bool, whether as JSON. */
static int take(sd_bus_message *answer, void *context)
{
	const bool *json = context;
	CLEANUP(record_done) struct record s = {0};
	int r = message_get_record(answer, &s);
	if (r < 0)
		return failed("cannot read the answer", r);
	look_at_disk(&s);
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
