/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewallctl show: what the configuration means. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask/show_flows.h"
#include "ask/show_json.h"
#include "base/cleanup.h"
#include "compile/compile.h"
#include "ruleset/show_nft.h"
#include "verbs.h"

/* Files alone cannot tell which generation the kernel is at. */
enum { FIRST_GENERATION = 1 };

enum { FORMAT };

static const struct cli_option options[] = {
	[FORMAT] = {"format", "=flows|nft|json",
		"the table of flows (default), the nft script, or both as JSON", false},
	{0},
};

static int show_compiled(const struct policy *p, struct text *text)
{
	struct ruleset *ruleset;
	int r = compile(p, FIRST_GENERATION, &ruleset);
	if (r < 0)
		return r;
	show_nft(ruleset, text);
	ruleset_free(ruleset);
	return 0;
}

static int print(const struct policy *p, const char *format)
{
	CLEANUP(text_done) struct text text = {0};
	CLEANUP(free_string) char *out = NULL;
	int r = 0;
	if (strcmp(format, "nft") == 0)
		r = show_compiled(p, &text);
	else if (strcmp(format, "json") == 0)
		show_json(p, NULL, &text);
	else
		show_flows(p, NULL, &text);
	if (r < 0)
		return failed("cannot show", r);
	r = text_finish(&text, &out);
	if (r < 0)
		return failed("cannot show", r);
	fputs(out, stdout);
	return EXIT_GOOD;
}

static int show(const struct invocation *v)
{
	const char *format = v->values[FORMAT] ? v->values[FORMAT] : "flows";
	struct policy *p;
	if (strcmp(format, "nft") != 0 && strcmp(format, "flows") != 0 &&
		strcmp(format, "json") != 0)
		return bad_use("unknown format '%s'; there are flows, nft and json", format);
	int status = load_policy(v, &p);
	if (status != EXIT_GOOD)
		return status;
	status = print(p, format);
	policy_free(p);
	return status;
}

const struct verb verb_show = {
	.name = "show",
	.run = show,
	.what = "what the configuration means",
	.options = options,
};
