/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies of a ruleset. */
#pragma once

#include "ruleset/ruleset.h"

/* A copy whose sets of addresses have a suffix to their names, and whose rules look these up.  It
 * fits into one table with a ruleset whose sets have the plain names and may hold other addresses.
 * Borrows from r.  0 or -ENOMEM. */
int ruleset_shadow(const struct ruleset *r, const char *suffix, struct ruleset **ret);

/* The same under the same names, with rules and elements of small sets of its own. */
int ruleset_copy(const struct ruleset *r, struct ruleset **ret);

/* A copy whose sets of addresses are empty, but for those of management.  The same. */
int ruleset_bare(const struct ruleset *r, struct ruleset **ret);
