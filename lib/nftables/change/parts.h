/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A change of more elements than one transaction should have. */
#pragma once

#include "ruleset/stages.h"

/* Where a difference of addresses is. */
struct parts {
	const struct differences *whole;
	struct differences part; /* the present one */
	struct {
		size_t going, coming; /* taken so far */
	} * taken;
};

/* Lifetime.  Only addresses differ in the whole, and no set is made anew.  0 or -ENOMEM. */
int parts_start(struct parts *p, const struct differences *whole);
void parts_done(struct parts *p);

/* The next part, or NULL: about parts_room() elements that can be changed in a transaction of their
 * own. */
const struct differences *parts_next(struct parts *p);

/* How many elements one transaction should have at most, of a set that has so many already:
 * PART_ELEMENTS, and more of intervals. */
size_t parts_room(const struct set *s, size_t already);
