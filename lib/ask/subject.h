/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a chain, set or counter is about, in the words of the configuration: its name tells. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "net/side.h"

enum subject_kind {
	SUBJECT_FLOW, /* name and side */
	SUBJECT_PEER, /* name */
	SUBJECT_MANAGEMENT,
	SUBJECT_SESSIONS,  /* the limit of the sizing table */
	SUBJECT_OUTBOUND,  /* outbound = allow */
	SUBJECT_PORTS,     /* which port leads to which flow: name is the protocol, and side */
	SUBJECT_PROTOCOLS, /* which protocol leads where: side */
	SUBJECT_GENERATION,
	SUBJECT_BUILT_IN, /* everything else: name is the object's */
};

struct subject {
	enum subject_kind kind;
	enum side side;
	const char *name; /* part of the object's, not ended by NUL; "" of those without */
	size_t length;
};

struct subject subject_of(const char *object);
bool subject_same(const struct subject *a, const struct subject *b);
int subject_order(const struct subject *a, const struct subject *b); /* for qsort() */

/* The length of an object's name without what only tells its versions apart: a hash of eight
 * hexadecimal digits behind a dash. */
size_t subject_base_length(const char *object);
