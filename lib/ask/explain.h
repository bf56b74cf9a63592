/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a connection is allowed or refused, or what it nearly matched. */
#pragma once

#include <stdbool.h>

#include "net/addr.h"

struct learned;
struct policy;
struct ruleset;
struct text;

/* The first packet of a connection, as somebody asks about it. */
struct question {
	uint8_t protocol;
	struct addr source;
	struct addr destination; /* same family */
	uint16_t source_port;    /* ports of protocols that have them */
	uint16_t destination_port;
	/* Which end is this host.  Neither is known to be: it is asked both ways. */
	bool source_is_local;
	bool destination_is_local;
};

/* r is p compiled, with what is known of names (compile/learned.h; NULL: unknown here, and the
 * answer says what depends on names). Writes the answer, its first line the verdict; true if the
 * connection is known to be allowed. */
bool explain(const struct policy *p, const struct ruleset *r, const struct learned *learned,
	const struct question *q, struct text *to);

/* In one line, without an end of line: why no flow allows a connection that the policy refuses.
 * Exactly one end of it is this host. */
void explain_refusal(const struct policy *p, const struct learned *learned,
	const struct question *q, struct text *to);
