/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One rule of others: which packets it matches and what it does with them. */
#pragma once

#include "others/read_set.h"

struct nftnl_rule;

/* How much of a set to read: its shape; its members, of which those without a peer may be left
 * out; or all elements, with their data. */
enum foreign_wish { FOREIGN_SHAPE, FOREIGN_MEMBERS, FOREIGN_ELEMENTS };

/* Where the sets of the rule's table are found.  read: the set, with what is wanted of it; first is
 * what the rule looks up, or the first part of it; valid until the next call.  0, or negative
 * errno. */
struct foreign_sets {
	int (*read)(void *context, const char *name, enum foreign_wish wish,
		const struct foreign_slot *first, const struct foreign_set **ret);
	void *context;
};

/* A rule of the kernel's.  An expression that libnftnl has never heard of ends its reading. */
struct foreign_source {
	struct nftnl_rule *rule;
	bool is_whole;
};

/* Adds to chain what the rule decides: nothing, a rule, or several (of a verdict map).  0, or
 * negative errno. */
int foreign_rule_take(struct foreign *f, struct foreign_chain *chain,
	const struct foreign_source *source, const struct foreign_sets *sets);
