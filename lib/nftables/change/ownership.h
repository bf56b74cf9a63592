/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who owns the table.  Only the netlink socket that owns a table may change it.
 *
 * persist: owned while the daemon lives, and left behind, free to be taken over, when it
 *	ends in whatever way.  Since Linux 6.9.
 * owner: owned, and gone with the last holder of the socket, which therefore must be in
 *	the service manager's keeping (fd store).  Since Linux 5.12.
 * none: anybody's; watched and repaired.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum ownership { OWNERSHIP_NONE, OWNERSHIP_OWNER, OWNERSHIP_PERSIST };

/* NFT_TABLE_F_… */
uint32_t ownership_flags(enum ownership o);
const char *ownership_name(enum ownership o);

/* The next one to try where the kernel does not know o. */
enum ownership ownership_after(enum ownership o, bool socket_is_kept);

/* True if a table with these flags can become one of ownership o as it is; otherwise it must be
 * made anew, in the same transaction. */
bool ownership_adopts(enum ownership o, uint32_t flags);
