/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading what others have in nf_tables, as far as it is on the way of our packets. */
#pragma once

#include "others/read_set.h"

/* More of others than this is not looked at, and what was left out stands in the gaps. */
enum {
	FOREIGN_CHAINS_AT_MOST = 10000,
	FOREIGN_RULES_AT_MOST = 10000,
	FOREIGN_SETS_AT_MOST = 10000,
	FOREIGN_ELEMENTS_AT_MOST = 1000, /* of one set */
	FOREIGN_ALL_ELEMENTS_AT_MOST = 20000,
};

/* Elements of large sets that nobody is interested in are left out (NULL: none).  0 with *ret, for
 * foreign_done(); -EINTR if the ruleset changes all the time; or another negative errno. */
int foreign_read(const struct foreign_interest *interest, struct foreign *ret);
