/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewallctl explain: would this connection be allowed, and why? */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask/explain.h"
#include "base/cleanup.h"
#include "compile/compile.h"
#include "host/gather.h"
#include "verbs.h"

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

static int answer(const struct policy *p, const struct question *q)
{
	struct ruleset *ruleset;
	struct text text = {0};
	char *out = NULL;
	int r = compile(p, 1, &ruleset);
	if (r < 0)
		return failed("cannot explain", r);
	bool allowed = explain(p, ruleset, NULL, q, &text);
	ruleset_free(ruleset);
	r = text_finish(&text, &out);
	if (r < 0)
		return failed("cannot explain", r);
	fputs(out, stdout);
	free(out);
	return allowed ? EXIT_GOOD : EXIT_BAD;
}

static int explain_verb(const struct invocation *v)
{
	struct question q;
	struct policy *p;
	int status = parse_question(v->operands, &q);
	if (status != EXIT_GOOD)
		return status;
	status = find_local(&q);
	if (status != EXIT_GOOD)
		return status;
	status = load_policy(v, &p);
	if (status != EXIT_GOOD)
		return status;
	status = answer(p, &q);
	policy_free(p);
	return status;
}

const struct verb verb_explain = {
	.name = "explain",
	.run = explain_verb,
	.what = "allowed or refused, and which line says so",
	.operands = "PROTOCOL SOURCE[:PORT] DESTINATION[:PORT]",
	.n_operands = 3,
};
