/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's rules for NFT_TABLE_F_OWNER, as far as we need them: a table without owner
 * flag never gets one, unless it is an orphan (made to persist, and its owner is gone); and
 * one with an owner is never set free.
 *
 * For a table that exists a kernel answers the same whether it does not know a flag or does not
 * allow it now.  So what it knows is found with tables of other names (abilities.c).
 */
#include "nftables/change/ownership.h"

#include <stdlib.h>

/* linux/netfilter/nf_tables.h; older headers lack the second */
enum { TABLE_OWNER = 0x2, TABLE_PERSIST = 0x4 };

uint32_t ownership_flags(enum ownership o)
{
	switch (o) {
	case OWNERSHIP_PERSIST:
		return TABLE_OWNER | TABLE_PERSIST;
	case OWNERSHIP_OWNER:
		return TABLE_OWNER;
	case OWNERSHIP_NONE:
		return 0;
	}
	abort();
}

const char *ownership_name(enum ownership o)
{
	switch (o) {
	case OWNERSHIP_PERSIST:
		return "persist";
	case OWNERSHIP_OWNER:
		return "owner";
	case OWNERSHIP_NONE:
		return "none";
	}
	abort();
}

enum ownership ownership_after(enum ownership o, bool socket_is_kept)
{
	return o == OWNERSHIP_PERSIST && socket_is_kept ? OWNERSHIP_OWNER : OWNERSHIP_NONE;
}

bool ownership_adopts(enum ownership o, uint32_t flags)
{
	if (o == OWNERSHIP_PERSIST)
		return flags & TABLE_PERSIST; /* the kernel takes an orphan's other flag away */
	return (flags & (TABLE_OWNER | TABLE_PERSIST)) == ownership_flags(o);
}
