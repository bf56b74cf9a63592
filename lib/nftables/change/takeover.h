/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes over, without a gap, a table that protects already and whose rules are not known. */
#pragma once

#include "netlink/nfsock.h"
#include "nftables/change/ownership.h"
#include "nftables/read/inventory.h"
#include "ruleset/ruleset.h"

/* Brings the table that the inventory found to next.  1; 0 if that cannot be done so, and nothing
 * was changed; -ESTALE if it ended on the way; or another negative errno, and nothing was changed.
 */
int takeover(struct nfsock *s, const struct inventory *now, enum ownership ownership,
	struct ruleset *next);
