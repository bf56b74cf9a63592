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

/* Numbers of elements, in order. */
struct element_list {
	uint32_t *items;
	size_t count, allocated;
};

struct set_difference {
	const struct set *old, *next; /* NULL: there is none */
	enum change change;
	bool same_definition;
	/* If so: which of old's go, and which of next's come.  An element whose verdict changes
	 * does both. */
	struct element_list going, coming;
	/* When it is done in parts: of a set that stays, this is not the first one; a new one is
	 * made without its elements, which come by themselves. */
	bool continues, is_filled_later;
};

struct chain_difference {
	const struct chain *old, *next; /* NULL: there is none */
	enum change change;
};

struct differences {
	const struct ruleset *old, *next;
	/* next's in its order, then those that only old has */
	struct set_difference *sets;
	size_t n_sets;
	struct chain_difference *chains;
	size_t n_chains;
	bool objects; /* come or go */
	struct arena *arena;
	struct index sets_by_name;
};

/* Compares two rulesets, which must outlive the result.  known (or NULL) has the same addresses
 * compared already: its lists are taken over.  0 or -ENOMEM; differences_done() after 0. */
int differences_find(const struct ruleset *old, const struct ruleset *next,
	const struct differences *known, struct differences *ret);
void differences_done(struct differences *d);

/* The difference of a set that is in one of the two rulesets, or NULL. */
const struct set_difference *differences_of_set(const struct differences *d, const char *name);

/* True if the chain does what it did, and only comes from other lines. */
bool chain_difference_is_of_comments(const struct chain_difference *d);

/* How many elements are added or removed. */
size_t changes_elements(const struct differences *d);
/* True if a set that stays must be made anew under its name: it outgrows its room. */
bool changes_remake_sets(const struct differences *d);

/* True if nothing differs but which addresses sets hold. */
bool changes_only_addresses(const struct differences *d);

/* Once next, which is d's, is in force: its sets that were not made anew have the room of
 * old's. */
void changes_keep_room(struct ruleset *next, const struct differences *d);
