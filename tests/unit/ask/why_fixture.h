/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions about the host of explain_fixture.h, and the cause that is found. */
#pragma once

#include "ask/why.h"
#include "explain_fixture.h"

static const char host_of_names[] =
	"[host]\nroles = box\ndisable = off\n[management]\nfrom = 10.9.0.1\n"
	"[peer client]\naddress = 10.0.0.0/24\n[peer server]\nname = a.example\n";

struct asked {
	const char *host_file;
	const char *drop_in; /* NULL: none */
	struct why_seen seen;
	const char *learned; /* an address of a.example; NULL: nobody knows; "": none */
	const char *retired; /* likewise */
	const char *from, *to;
	uint16_t port;
	bool outbound;
};

static inline void learn(struct learned *l, const char *address, bool is_retired)
{
	struct addr a;
	if (!address || !address[0])
		return;
	assert_int_equal(addr_parse(address, strlen(address), &a), 0);
	assert_int_equal(learned_add(l, 2, &a, is_retired), 0);
}

/* Judges, and gives the object of JSON.  To be freed. */
static inline char *judged(const struct asked *a, struct text *advice)
{
	struct question q = {.protocol = IPPROTO_TCP,
		.source_port = 50000,
		.destination_port = a->port,
		.source_is_local = a->outbound,
		.destination_is_local = !a->outbound};
	struct memory_file files[] = {{"etc/rolewall.conf", a->host_file ? a->host_file : host},
		{"roles/test.conf", roles},
		{a->drop_in ? "etc/rolewall.conf.d/test.conf" : NULL, a->drop_in}, {NULL, NULL}};
	struct policy *p = memory_policy_files(files);
	struct learned l = {0};
	struct ruleset *r;
	struct why w;
	struct text text = {0};
	char *out;
	learn(&l, a->learned, false);
	learn(&l, a->retired, true);
	learned_normalise(&l);
	const struct form form = {.generation = 1, .learned = a->learned ? &l : NULL};
	assert_int_equal(addr_parse(a->from, strlen(a->from), &q.source), 0);
	assert_int_equal(addr_parse(a->to, strlen(a->to), &q.destination), 0);
	assert_int_equal(compile_form(p, &form, &r), 0);
	assert_int_equal(why_judge(p, r, form.learned, &q, &a->seen, &w), 0);
	why_put_json(&w, true, &text);
	if (advice)
		text_put(advice, w.advice.data ? w.advice.data : "");
	why_done(&w);
	assert_int_equal(text_finish(&text, &out), 0);
	ruleset_free(r);
	learned_done(&l);
	policy_free(p);
	return out;
}
