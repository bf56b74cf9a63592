/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP connections that the tracker has the wrong way round. */
#pragma once

#include "net/side.h"
#include "ruleset/build.h"

struct form;
struct policy;

/* The chain `reversed-inbound` or `reversed-outbound`, with all that it leads to.  0 or -ENOMEM. */
int reversed_side(struct build *b, const struct policy *p, enum side side);

/* Chains for whomever this host may call: NAME for connections as they are tracked, which are
 * stamped and counted, and reversed-NAME.  what: see rule(). */
void reversed_any(struct build *b, const struct policy *p, const struct form *form, struct place at,
	const char *what, const char *name);

/* The end of the chains `outbound` and `reversed-outbound` with outbound = allow. */
void reversed_outbound_any(struct build *b, const struct policy *p, const struct form *form);

/* Into the rule in hand: packets that may be of a connection with the wrong direction. */
void reversed_match(struct build *b, uint32_t direction);

/* The rules of the base chain at hand that lead there, behind those that judge a connection as it
 * is tracked. */
void reversed_input(struct build *b, const struct policy *p);
void reversed_output(struct build *b, const struct policy *p);
