/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a connection is allowed or refused, or what it nearly matched. */
#pragma once

#include <stdbool.h>

#include "net/question.h"

struct learned;
struct policy;
struct ruleset;
struct text;

/* r is p compiled, with what is known of names (compile/learned.h; NULL: unknown here, and the
 * answer says what depends on names). Writes the answer, its first line the verdict; true if the
 * connection is known to be allowed. */
bool explain(const struct policy *p, const struct ruleset *r, const struct learned *learned,
	const struct question *q, struct text *to);

/* In one line, without an end of line: why no flow allows a connection that the policy refuses.
 * Exactly one end of it is this host. */
void explain_refusal(const struct policy *p, const struct learned *learned,
	const struct question *q, struct text *to);
