/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our table, brought up to date whatever is in it. */
#pragma once

#include "nftables/change/apply.h"

/* Brings the table to next, in the generation that follows on what the kernel and *now have: at the
 * first time it is adopted or taken over, if that can be; otherwise it is replaced.  Tries again
 * until nobody commits in between.  0; or as apply(), and now->is_unsure if an answer was lost on
 * the way. */
int renew(struct nfsock *s, struct applied *now, struct ruleset *next, struct diags *diags);
