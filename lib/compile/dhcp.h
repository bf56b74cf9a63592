/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client of DHCP sends and receives. */
#pragma once

#include "net/side.h"
#include "ruleset/build.h"

/* The addresses that it uses; once in a ruleset. */
void dhcp_sets(struct build *b);

/* Into the chain in hand: what comes in, or what goes out. */
void dhcp_rules(struct build *b, enum side side);
