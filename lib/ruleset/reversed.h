/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP connections that the tracker has the wrong way round. */
#pragma once

#include "ruleset/dispatch.h"

/* The chain `reversed-inbound` or `reversed-outbound`, with all that it leads to.  0 or -ENOMEM. */
int reversed_side(struct build *b, const struct policy *p, enum side side);

/* The end of the chains `outbound` and `reversed-outbound` with outbound = allow. */
void reversed_outbound_any(struct build *b, const struct policy *p);

/* The rules of the base chain at hand that lead there, behind those that judge a connection as it
 * is tracked. */
void reversed_input(struct build *b, const struct policy *p);
void reversed_output(struct build *b, const struct policy *p);
