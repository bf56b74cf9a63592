/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rulesets between two rulesets: what is put into force on the way from one to the other, so
 * that a packet that both of them allow is allowed at every moment.
 */
#pragma once

#include "ruleset/ruleset.h"

/* old, and beside it the chains and sets that only next has, to which nothing leads yet.  0 with
 * *ret NULL if there is nothing to prepare; -ENOMEM.  Borrows from both. */
int stages_prepare(const struct ruleset *old, const struct ruleset *next, struct ruleset **ret);

/* next, in its hashes the single hosts and ports of old that lie in runs of next, and the sets that
 * only old has.  0 with
 * *ret NULL if there are none; -ENOMEM.  Borrows from both. */
int stages_hold(const struct ruleset *old, const struct ruleset *next, struct ruleset **ret);
