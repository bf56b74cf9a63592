/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewallctl explain: would this connection be allowed, and why?
 *
 * The daemon judges, by what is in force.  It is told what the files on the disk say, so that it
 * can say that they were not loaded.  Without it the files are judged here, and that is said first.
 */
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask/explain.h"
#include "ask/why.h"
#include "base/cleanup.h"
#include "compile/compile.h"
#include "explain_live.h"
#include "host/gather.h"
#include "net/pasted.h"
#include "verbs.h"

enum { JSON, FILES, PACKET };

static const struct cli_option options[] = {
	[JSON] = {"json", NULL, "as one object of JSON, with a code (docs/explain.md)", false},
	[FILES] = {"files", NULL, "by the files on the disk, whatever is in force", false},
	[PACKET] = {"packet", NULL,
		"- : of the line on stdin, pasted from conntrack, ss or the journal", false},
	{0},
};

/* Reads the question; EXIT_USAGE after a message of what is wrong with it. */
static int parse_question(char **operands, struct question *ret)
{
	struct question_word words[QUESTION_WORDS];
	char why[QUESTION_FAULT_SIZE];
	size_t word;
	for (size_t i = 0; i < QUESTION_WORDS; i++)
		words[i] = (struct question_word){operands[i], strlen(operands[i])};
	return question_parse(words, ret, &word, why) < 0 ? bad_use("%s", why) : EXIT_GOOD;
}

/* The same of the first line on stdin. */
static int parse_pasted(struct question *ret)
{
	CLEANUP(free_string) char *line = NULL;
	size_t room = 0;
	struct pasted p;
	if (getline(&line, &room, stdin) < 0)
		return bad_use("explain --packet - reads a line from stdin, and there is none");
	if (pasted_read(line, &p) < 0)
		return bad_use(
			"no connection is found in this line; paste one of conntrack -L, ss, "
			"or a refusal of the journal");
	char *words[] = {p.words[QUESTION_PROTOCOL], p.words[QUESTION_SOURCE],
		p.words[QUESTION_DESTINATION], NULL};
	return parse_question(words, ret);
}

static int read_question(const struct invocation *v, struct question *ret)
{
	int n = 0;
	while (v->operands[n])
		n++;
	if (v->values[PACKET])
		return n == 1 && strcmp(v->operands[0], "-") == 0
			       ? parse_pasted(ret)
			       : bad_use("explain --packet takes - and nothing else");
	if (n > QUESTION_WORDS)
		return bad_use("explain takes no '%s'", v->operands[QUESTION_WORDS]);
	if (n < QUESTION_WORDS)
		return bad_use("explain takes PROTOCOL SOURCE[:PORT] DESTINATION[:PORT]");
	return parse_question(v->operands, ret);
}

/* One end may be called this-host and the other be an address of it all the same: what goes from
 * one to the other goes by the loopback. */
static int find_local(struct question *q)
{
	CLEANUP(facts_done) struct facts facts = {0};
	int r = facts_gather(NULL, &facts);
	if (r < 0)
		return failed("cannot look at this host", r);
	r = facts_error(&facts, FOLLOWS_LINKS);
	if (r < 0)
		return failed("cannot look at this host", r);
	if (q->source_is_local)
		facts_own_address(&facts, &q->destination, &q->source);
	if (q->destination_is_local)
		facts_own_address(&facts, &q->source, &q->destination);
	q->source_is_local |= facts_is_local(&facts, &q->source);
	q->destination_is_local |= facts_is_local(&facts, &q->destination);
	return EXIT_GOOD;
}

/* From the files. */

static const char *const beforehand[] = {
	[LIVE_ANSWERED] = "",
	[LIVE_ABSENT] = "rolewalld does not run; this is what the files on the disk say:\n",
	[LIVE_FORBIDDEN] = "rolewalld answers only root; this is what the files on the disk say:\n",
	[LIVE_FLUSHED] = "this host is open, since the ruleset was removed; this is what the files "
			 "on the disk say:\n",
	[LIVE_NOTHING_YET] = "rolewalld has put nothing into force yet; this is what the files on "
			     "the disk say:\n",
	[LIVE_ELSEWHERE] =
		"rolewalld reads other directories; this is what the files in these say:\n",
};

static enum why_state state_of(enum live_answer live)
{
	if (live == LIVE_ABSENT)
		return WHY_IS_ABSENT;
	return live == LIVE_FLUSHED ? WHY_IS_FLUSHED : WHY_IS_FILES;
}

static int judge(const struct policy *p, const struct question *q, enum why_state state,
	struct text *explained, struct why *ret)
{
	struct ruleset *ruleset;
	const struct why_seen seen = {.state = state};
	int r = compile(p, 1, &ruleset);
	if (r < 0)
		return r;
	r = why_judge(p, ruleset, NULL, q, &seen, ret);
	if (r == 0 && explained)
		explain(p, ruleset, NULL, q, explained);
	ruleset_free(ruleset);
	return r;
}

static int answer(const struct policy *p, const struct question *q, enum live_answer live,
	bool as_json)
{
	CLEANUP(why_done) struct why w = {0};
	CLEANUP(free_string) char *out = NULL;
	struct text text = {0};
	if (!as_json)
		text_put(&text, beforehand[live]);
	int r = judge(p, q, state_of(live), as_json ? NULL : &text, &w);
	if (r == 0 && as_json)
		why_put_json(&w, false, &text);
	else if (r == 0)
		why_put_text(&w, &text);
	int finished = text_finish(&text, &out);
	if (r < 0 || finished < 0)
		return failed("cannot explain", r < 0 ? r : finished);
	fputs(out, stdout);
	return w.allowed ? EXIT_GOOD : EXIT_BAD;
}

/* From the daemon. */

/* What the files say.  A faulty configuration allows nothing that is not in force. */
static void judge_disk(const struct invocation *v, const struct question *q, struct policy **ret,
	struct explain_request *request)
{
	CLEANUP(diags_done) struct diags diags = {0};
	CLEANUP(why_done) struct why w = {0};
	request->disk_file = "";
	if (policy_load_here(&v->dirs, &diags, ret) < 0 ||
		judge(*ret, q, WHY_IS_FILES, NULL, &w) < 0)
		return;
	request->disk_allows = w.allowed;
	if (w.at.file) {
		request->disk_file = w.at.file;
		request->disk_line = w.at.line;
	}
}

static enum live_answer ask(const struct invocation *v, const struct question *q, int *ret_status)
{
	char config[PATH_MAX], roles[PATH_MAX], source[INET6_ADDRSTRLEN],
		destination[INET6_ADDRSTRLEN];
	struct policy *p = NULL;
	if (!realpath(v->dirs.config, config) || !realpath(v->dirs.roles, roles))
		return LIVE_ELSEWHERE; /* reading them will say why */
	addr_print(&q->source, source);
	addr_print(&q->destination, destination);
	struct explain_request request = {
		.config_dir = config,
		.roles_dir = roles,
		.protocol = q->protocol,
		.source = source,
		.destination = destination,
		.source_port = q->has_source_port ? q->source_port : 0,
		.destination_port = q->destination_port,
		.source_is_local = q->source_is_local,
		.destination_is_local = q->destination_is_local,
		.as_json = v->values[JSON] != NULL,
	};
	judge_disk(v, q, &p, &request);
	enum live_answer live = explain_live(v, &request, ret_status);
	policy_free(p);
	return live;
}

static int explain_verb(const struct invocation *v)
{
	struct question q;
	struct policy *p;
	enum live_answer live = LIVE_ANSWERED;
	int status = read_question(v, &q);
	if (status != EXIT_GOOD)
		return status;
	status = find_local(&q);
	if (status != EXIT_GOOD)
		return status;
	if (!v->values[FILES]) {
		live = ask(v, &q, &status);
		if (live == LIVE_ANSWERED)
			return status;
	}
	status = load_policy(v, &p);
	if (status != EXIT_GOOD)
		return status;
	status = answer(p, &q, live, v->values[JSON] != NULL);
	policy_free(p);
	return status;
}

const struct verb verb_explain = {
	.name = "explain",
	.run = explain_verb,
	.what = "allowed or refused, and which line says so",
	.options = options,
	.operands = "PROTOCOL SOURCE[:PORT] DESTINATION[:PORT]",
	.n_operands = 1,
	.takes_more = true,
};
