/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a configuration allow and refuse what its [test] sections say? */
#pragma once

#include "config/policy.h"

struct learned;
struct ruleset;

/* r is p compiled, with what is known of names (NULL: nothing is).  Each expectation that fails is
 * an error; each that depends on what is not known yet, a warning.  0 or -ENOMEM. */
int expect_judge_all(const struct policy *p, const struct ruleset *r, const struct learned *learned,
	const struct facts *facts, struct diags *diags);
