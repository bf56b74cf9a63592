/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matches and targets of xtables, which iptables-nft uses where nft has no words of its own. */
#pragma once

#include "others/foreign.h"

/* Narrows boxes by a match with its data, as xtables has it in memory.  0 or -ENOMEM. */
int foreign_xt_match(const char *name, uint32_t revision, const void *info, size_t length,
	struct foreign_boxes *boxes);

/* What a target does to a packet. */
enum foreign_action { FOREIGN_DOES_NOTHING, FOREIGN_CHANGES, FOREIGN_ENDS };

/* What a target does, and how it ends the rule if it does. */
enum foreign_action foreign_xt_target(const char *name, enum foreign_end *ret_end);

/* True if the target leads connections elsewhere: to *ret, as far as that is known.  families: of
 * the chain. */
bool foreign_xt_leads(const char *name, uint32_t revision, const void *info, size_t length,
	uint8_t families, struct foreign_target *ret);
