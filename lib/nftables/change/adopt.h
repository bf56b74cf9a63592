/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table that holds already what it is to hold. */
#pragma once

#include "netlink/nfsock.h"
#include "nftables/change/ownership.h"
#include "nftables/read/inventory.h"
#include "ruleset/ruleset.h"

/* Takes the table that the inventory found if it holds next, in whatever generation, as after a
 * restart: it goes on to the generation given, and no set is made anew.  1: next is in force; 0: it
 * holds something else, or may not be taken, and nothing was changed; or negative errno. */
int adopt(struct nfsock *s, const struct inventory *now, enum ownership ownership,
	uint16_t generation, struct ruleset *next);
