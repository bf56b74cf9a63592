/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewallctl status: what the daemon says about itself, key by key in its order.  Only one of the
 * keys means something here: state, which is the exit status.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "client.h"

enum { INDENT = 2 };

static void print_list(struct text *to, char *const *lines, int width)
{
	if (!lines[0])
		text_put(to, "none\n");
	for (size_t i = 0; lines[i]; i++) {
		if (i > 0)
			text_pad(to, (size_t)width);
		text_printf(to, "%s\n", lines[i]);
	}
}

static void print_text(struct text *to, const struct status *s)
{
	int width = 0;
	for (size_t i = 0; i < s->count; i++) {
		int n = (int)strlen(s->entries[i].key) + 1 + INDENT;
		width = n > width ? n : width;
	}
	for (size_t i = 0; i < s->count; i++) {
		const struct status_entry *e = &s->entries[i];
		text_printf(to, "%s:", e->key);
		text_pad(to, (size_t)width - strlen(e->key) - 1);
		switch (e->kind) {
		case STATUS_TEXT:
			text_printf(to, "%s\n", e->text);
			break;
		case STATUS_NUMBER:
			text_printf(to, "%" PRIu64 "\n", e->number);
			break;
		case STATUS_BOOL:
			text_printf(to, "%s\n", e->flag ? "yes" : "no");
			break;
		case STATUS_LIST:
			print_list(to, e->lines, width);
			break;
		}
	}
}

static void print_json(struct text *to, const struct status *s)
{
	struct json j = {.to = to};
	json_open(&j, NULL, '{');
	for (size_t i = 0; i < s->count; i++) {
		const struct status_entry *e = &s->entries[i];
		switch (e->kind) {
		case STATUS_TEXT:
			json_string(&j, e->key, e->text);
			break;
		case STATUS_NUMBER:
			json_number(&j, e->key, e->number);
			break;
		case STATUS_BOOL:
			json_bool(&j, e->key, e->flag);
			break;
		case STATUS_LIST:
			json_open(&j, e->key, '[');
			for (char **line = e->lines; *line; line++)
				json_string(&j, NULL, *line);
			json_close(&j, ']');
			break;
		}
	}
	json_close(&j, '}');
	text_put(to, "\n");
}

static bool is_healthy(const struct status *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->entries[i].key, "state") == 0)
			return s->entries[i].kind == STATUS_TEXT &&
			       strcmp(s->entries[i].text, "healthy") == 0;
	return false;
}

static int print(const struct status *s, bool json)
{
	struct text text = {0};
	char *out = NULL;
	(json ? print_json : print_text)(&text, s);
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
	struct status s = {0};
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
	status_done(&s);
	return status;
}
