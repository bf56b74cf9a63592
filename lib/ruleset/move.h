/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ruleset goes to another generation, without being compiled again. */
#pragma once

#include "ruleset/ruleset.h"

/* The ruleset becomes what a compile for that generation, 1 to generation_last(), gives.  It must
 * be the only one that has its rules. */
void ruleset_move(struct ruleset *r, uint16_t generation);

/* A copy in that generation, with rules of its own.  It borrows the rest from r.  0 or -ENOMEM. */
int ruleset_moved(const struct ruleset *r, uint16_t generation, struct ruleset **ret);

/* to is the ruleset that its copy, from, is in force as: its sets have the room that the kernel has
 * given to the copy's, and it goes to the copy's generation. */
void ruleset_follow(struct ruleset *to, const struct ruleset *from);
