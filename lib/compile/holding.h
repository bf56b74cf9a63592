/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of a connection's first packet to an address that a peer by name may have. */
#pragma once

#include "compile/compile.h"
#include "ruleset/build.h"

/* For which an element of the sets of addresses that are nobody's lives. */
enum { NOT_OF_NAME_SECONDS = 5 };

/* A flow of which somebody whom we may call has names. */
bool holding_is_for(const struct policy *p, const struct host_flow *f);
/* First packets to addresses that they may have are held, or dropped in silence; not refused. */
bool holding_is_wanted(const struct policy *p);

/* Sets and chains, before the rules; the chain `refused-outbound` is there. */
void holding_chains(struct build *b, const struct policy *p, const struct form *form);
/* Into the chain `output`, behind all that allows anything. */
void holding_rules(struct build *b, const struct policy *p);
