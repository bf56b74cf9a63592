/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of slots, a power of two and at most half full: an entry whose slot is taken goes to the
 * next free one.  It is doubled when it is half full; the old one stays in the arena, so that an
 * index of n things takes up to four times their slots.
 */
#include "base/index.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"

enum { FIRST_ROOM = 4 };

/* The slot of a name, or the free one that it would have. */
static struct index_slot *slot_of(const struct index *x, uint64_t hash, const char *name)
{
	/* the low bits of this hash depend on all bytes, but weakly */
	for (size_t i = (size_t)(hash ^ hash >> 32);; i++) {
		struct index_slot *slot = &x->slots[i & (x->room - 1)];
		if (!slot->thing || (slot->hash == hash && strcmp(slot->name, name) == 0))
			return slot;
	}
}

static int grow(struct index *x, struct arena *arena)
{
	struct index new = {.count = x->count, .room = x->room ? 2 * x->room : FIRST_ROOM};
	new.slots = arena_array(arena, new.room, sizeof(*new.slots));
	if (!new.slots)
		return -ENOMEM;
	for (size_t i = 0; i < x->room; i++)
		if (x->slots[i].thing)
			*slot_of(&new, x->slots[i].hash, x->slots[i].name) = x->slots[i];
	*x = new;
	return 0;
}

int index_put(struct index *x, struct arena *arena, const char *name, void *thing)
{
	if (2 * (x->count + 1) > x->room && grow(x, arena) < 0)
		return -ENOMEM;
	uint64_t hash = hash_text(HASH_START, name);
	struct index_slot *slot = slot_of(x, hash, name);
	x->count += !slot->thing;
	*slot = (struct index_slot){hash, name, thing};
	return 0;
}

void *index_get(const struct index *x, const char *name)
{
	return x->room ? slot_of(x, hash_text(HASH_START, name), name)->thing : NULL;
}
