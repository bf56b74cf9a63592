/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What our table in the kernel holds now: names and kinds, and the generation in force. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/index.h"
#include "netlink/nfsock.h"

struct inventory_item {
	const char *name;
	uint32_t kind; /* chains: 1 + hook number of a base chain of ours, 0 for the others,
			* INVENTORY_FOREIGN for base chains that are not as ours are;
			* objects: NFT_OBJECT_…; sets: their flags */
	struct inventory_item *next;
	uint32_t type, room; /* of a set: of its keys, and how many it takes; 0: any number */
	bool drops;          /* of a base chain: what its rules do not judge */
};

#define INVENTORY_FOREIGN UINT32_MAX

struct inventory {
	struct arena *arena;
	uint32_t genid; /* of the kernel's ruleset when this was read */
	bool has_table;
	uint32_t table_flags; /* NFT_TABLE_F_… */
	uint32_t owner;       /* port id of the socket that owns the table; 0: nobody alive does */
	struct inventory_item *chains;
	struct inventory_item *sets; /* named ones */
	struct inventory_item *objects;
	struct index chains_by_name, sets_by_name, objects_by_name;
	uint32_t
		mark; /* the generation as it is stamped; 0: no table of ours, or none that tells */
};

/* 0, -EINTR if the ruleset changed while it was read (ask again), or negative errno.
 * inventory_done() after 0. */
int inventory_read(struct nfsock *s, struct inventory *ret);
void inventory_done(struct inventory *i);

/* True if the table judges packets at all, and refuses what its rules say nothing of: it is awake
 * and has our base chains.  What the rules say is another matter. */
bool inventory_protects(const struct inventory *i);

/* What there is by a name, or NULL. */
const struct inventory_item *inventory_chain(const struct inventory *i, const char *name);
const struct inventory_item *inventory_set(const struct inventory *i, const char *name);
const struct inventory_item *inventory_object(const struct inventory *i, const char *name);
const struct inventory_item *inventory_find(const struct inventory_item *list, const char *name);
