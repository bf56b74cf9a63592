/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies put into force. */
#pragma once

#include "compile/compile.h"
#include "config/policy.h"
#include "nftables/change/apply.h"
#include "testing.h"

/* As apply(), of what the policy is compiled to on this kernel.  The policy is kept until the
 * process ends if it is in force, since the ruleset borrows from it; otherwise it stays the
 * caller's. */
static inline int apply_policy(struct nfsock *s, struct applied *now, struct policy *p,
	struct diags *diags, enum apply_outcome *ret)
{
	static struct policy *kept[1000];
	static size_t n_kept;
	struct ruleset *next;
	assert_true(n_kept < sizeof(kept) / sizeof(kept[0]));
	int r = apply_prepare(s, now, false);
	if (r < 0)
		return r;
	const struct form form = {.generation = 1, .lacks_timeouts = now->lacks_timeouts};
	r = compile_form(p, &form, &next);
	if (r < 0)
		return r;
	r = apply(s, now, next, diags, ret);
	if (r < 0)
		ruleset_free(next);
	else
		kept[n_kept++] = p;
	return r;
}
