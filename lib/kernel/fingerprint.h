/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fingerprints: a number for each chain and set of a table that changes with anything that
 * matters in it.  Those of a ruleset and those of the kernel's table are equal exactly if
 * the kernel has that ruleset.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "kernel/nfsock.h"
#include "ruleset/ruleset.h"

enum fingerprint_kind { FINGERPRINT_CHAIN, FINGERPRINT_SET, FINGERPRINT_OBJECT };

struct fingerprint {
	enum fingerprint_kind kind;
	const char *name;
	uint64_t value;
	bool ignores_elements; /* a dynamic set's are nobody's business */
	struct fingerprint *next;
};

struct fingerprints {
	struct arena *arena;
	struct fingerprint *first;
};

void fingerprints_done(struct fingerprints *f);

/* What the table should have.  0 or -ENOMEM. */
int fingerprints_of(const struct ruleset *r, struct fingerprints *ret);

/* What the kernel's table has; nothing if there is none.  0, -EINTR if it changed meanwhile,
 * or another negative errno. */
int fingerprints_read(struct nfsock *s, struct fingerprints *ret);

/* True if they are equal.  Otherwise to gets what is different, one after the other: "chain
 * input changed, set x removed". */
bool fingerprints_compare(const struct fingerprints *expected, const struct fingerprints *found,
	struct text *to);
