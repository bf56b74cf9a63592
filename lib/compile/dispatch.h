/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From protocol and port to the chain of a flow, in a number of steps that does not grow
 * with the number of flows. */
#pragma once

#include "net/side.h"
#include "ruleset/build.h"

struct flow;
struct host_flow;
struct policy;

/* "in" or "out", the first part of the names of a side's chains and counters. */
const char *side_name(enum side s);

/* True if the flow is on and somebody may open it on this side. */
bool side_has_flow(const struct host_flow *f, enum side s);

/* "in-NAME", the chain that looks at who is at the other end; "reversed-in-NAME" for connections
 * that the tracker has the wrong way round. */
const char *flow_chain(struct build *b, const struct flow *f, enum side s, bool reversed);

/* Writes the chain `inbound` or `outbound` with its maps, and the chains of each protocol.
 * The flows' chains (in-NAME, out-NAME) must be there. */
int dispatch_side(struct build *b, const struct policy *p, enum side s);

/* The chain `reversed-inbound` or `reversed-outbound`, for TCP only: the port of the service is
 * the one that the connection's first packet came from.  The flows' chains
 * (reversed-in-NAME, …) must be there. */
int dispatch_reversed(struct build *b, const struct policy *p, enum side s);
