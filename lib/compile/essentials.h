/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets without which IP does not work, allowed whatever the flows say. */
#pragma once

#include "net/side.h"
#include "ruleset/build.h"

struct policy;

/* The chains and maps that the rules below lead to; once in a ruleset.  One of them is "related":
 * which packets that are related to an allowed connection pass. */
void essential_chains(struct build *b, const struct policy *p);

/* Into the chain in hand: ICMP and ICMPv6 by type, and the DHCP client's packets that come in
 * or go out. */
void essential_rules(struct build *b, enum side side);
