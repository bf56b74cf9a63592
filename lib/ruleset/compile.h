/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy in, ruleset out. */
#pragma once

#include "config/policy.h"
#include "ruleset/ruleset.h"

/* Compiles for a generation (1 to mark_last_generation()).  The ruleset borrows the policy's
 * address sets and must not outlive it.  0 or -ENOMEM. */
int compile(const struct policy *p, uint16_t generation, struct ruleset **ret);
