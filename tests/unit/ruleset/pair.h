/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two compiled policies and what differs between them. */
#pragma once

#include "ruleset/chain_text.h"
#include "ruleset/changes.h"
#include "ruleset/memory_policy.h"

struct pair {
	struct policy *policies[2];
	struct ruleset *old, *next;
	struct differences d;
};

/* Of two host files. */
static inline struct pair pair_of(const char *old, const char *next)
{
	struct pair p = {{memory_policy(NULL, old), memory_policy(NULL, next)}, NULL, NULL, {0}};
	p.old = compiled(p.policies[0], 1);
	p.next = compiled(p.policies[1], 1);
	assert_int_equal(differences_find(p.old, p.next, NULL, &p.d), 0);
	return p;
}

static inline void pair_done(struct pair *p)
{
	differences_done(&p->d);
	ruleset_free(p->old);
	ruleset_free(p->next);
	policy_free(p->policies[0]);
	policy_free(p->policies[1]);
}
