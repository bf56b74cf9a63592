/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What others have changed in our table, as far as fingerprints tell. */
#pragma once

#include "ask/difference.h"
#include "netlink/nfsock.h"

/* Compares the kernel's table with the ruleset that should be in it.  0 with *ret, in which what is
 * missing counts as added and what is too much as removed, since that is what would put it right;
 * -EINTR if the table changed meanwhile; or another negative errno. */
int disturbance_read(struct nfsock *s, const struct ruleset *expected, struct difference_list *ret);
/* True (1) if the kernel's table is just that; 0, and to gets what is different; or the same. */
int disturbance_none(struct nfsock *s, const struct ruleset *expected, struct text *to);
