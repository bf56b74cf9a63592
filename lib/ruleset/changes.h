/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must be done to a ruleset in force so that it becomes another one. */
#pragma once

#include "ruleset/ruleset.h"

enum change {
	CHANGE_NONE,
	CHANGE_ADDED,
	CHANGE_REMOVED,
	CHANGE_UPDATED,  /* same object, other rules or elements */
	CHANGE_REPLACED, /* same name, but it must be made anew */
};

/* Objects.  old or next may be NULL: not there. */
enum change chain_change(const struct chain *old, const struct chain *next);
enum change set_change(const struct set *old, const struct set *next);

/* The elements of a set that is updated.  Calls f for each that goes (added false) or comes,
 * in order; an element whose verdict changes goes and comes.  For sets of addresses e is NULL,
 * otherwise range is.  Until f returns nonzero, which is returned. */
int set_differences(const struct set *old, const struct set *next,
	int (*f)(void *context, bool added, const struct addr_range *range,
		const struct element *e),
	void *context);

struct change_summary {
	bool any;       /* something must be sent at all */
	bool restricts; /* something that was allowed may no longer be: judge live connections
			 * again */
};

/* Compares two rulesets of the same generation. */
struct change_summary changes_summarise(const struct ruleset *old, const struct ruleset *next);

/* Once next is in force: its sets that were not made anew have the room of old's. */
void changes_keep_room(struct ruleset *next, const struct ruleset *old);
