/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Things by their name: found in one step, however many there are.
 *
 * An index is all zero at its start.  Its memory is an arena's, so nothing has to be ended.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct index_slot {
	uint64_t hash;
	const char *name;
	void *thing; /* NULL: the slot is free */
};

struct index {
	struct index_slot *slots;
	size_t count, room;
};

/* Notes a thing, which is not NULL, under a name; both must live as long as the arena.  What was
 * there by this name is found no longer.  0 or -ENOMEM. */
int index_put(struct index *x, struct arena *arena, const char *name, void *thing);

/* The thing, or NULL. */
void *index_get(const struct index *x, const char *name);
