/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy with names, and what was learned of them: some of everything. */
#pragma once

#include "ask/names_view.h"
#include "compile/learned.h"
#include "names/script.h"
#include "ruleset/memory_policy.h"

#define KNOWN_NOW (10 * HOURS)

struct known {
	struct policy *policy;
	struct answers *answers;
	struct notice_state state;
	struct names_view view;
};

static inline void known_learn(struct answers *a)
{
	learn(a, "a.example", ANSWERS_A, "192.0.2.1 192.0.2.2", 600, KNOWN_NOW - 5 * MINUTES);
	assert_int_equal(learn_from(a, "b.example", ANSWERS_A, "192.0.2.2", 600,
				 KNOWN_NOW - 90 * SECONDS, ANSWERS_FROM_OBSERVING),
		0);
	fail_asked(a, "a.example", ANSWERS_AAAA, ANSWERS_SERVFAIL, KNOWN_NOW - 65 * SECONDS);
	fail_asked(a, "c.example", ANSWERS_A, ANSWERS_NXDOMAIN, KNOWN_NOW - 3 * SECONDS);
	learn_targets(a, "_ldap._tcp.example", "dc.example", 600, KNOWN_NOW - 2 * SECONDS);
}

/* Fills *k, which must stay where it is. */
static inline void known_begin(struct known *k)
{
	struct answers_follow *follows;
	size_t count;
	*k = (struct known){
		.policy = memory_policy(NULL,
			"[host]\n[management]\nfrom = 10.0.9.0/24\n"
			"[peer p]\nname = a.example, b.example\n"
			"[peer q]\nname = c.example\nsrv = _ldap._tcp.example\n"
			"[flow f]\nport = 443\nprotocol = tcp\nsource = this-host\ntarget = p\n"
			"[flow g]\nport = 389\nprotocol = tcp\nsource = this-host\ntarget = q\n"),
		.answers = answers_new(),
	};
	assert_non_null(k->answers);
	assert_int_equal(learned_follows(k->policy, &follows, &count), 0);
	configure(k->answers, follows, count, KNOWN_NOW - 1 * HOURS);
	free(follows);
	known_learn(k->answers);
	k->state = (struct notice_state){.n_resolvers = 1, .asked = 7, .observed = 2};
	addresses("10.0.0.53", k->state.resolvers);
	k->view = (struct names_view){.answers = k->answers,
		.policy = k->policy,
		.now = KNOWN_NOW,
		.is_connected = true,
		.state = &k->state};
}

static inline void known_end(struct known *k)
{
	policy_free(k->policy);
	answers_free(k->answers);
}
