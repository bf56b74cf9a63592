/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fingerprints: a number for the table, and for each chain and set in it, that changes with
 * anything that matters there.  Those of a ruleset and those of the kernel's table are equal
 * exactly if the kernel has that ruleset.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "netlink/nfsock.h"
#include "ruleset/ruleset.h"

enum fingerprint_kind {
	FINGERPRINT_TABLE,
	FINGERPRINT_CHAIN,
	FINGERPRINT_SET,
	FINGERPRINT_OBJECT,
	FINGERPRINT_KINDS,
};

struct fingerprint {
	enum fingerprint_kind kind;
	const char *name;
	uint64_t value;
	uint64_t meaning; /* the same without comments, which only say where a rule comes from */
	bool ignores_elements; /* the elements of a dynamic set do not count */
	struct fingerprint *next;
};

struct fingerprints {
	struct arena *arena;
	struct fingerprint *first;
	struct index by_name[FINGERPRINT_KINDS];
};

void fingerprints_done(struct fingerprints *f);

/* What the table should have.  0 or -ENOMEM. */
int fingerprints_of(const struct ruleset *r, struct fingerprints *ret);

/* What the kernel's table has; nothing if there is none.  0, -EINTR if it changed meanwhile,
 * or another negative errno. */
int fingerprints_read(struct nfsock *s, struct fingerprints *ret);

/* Calls f for each difference: expected is NULL for what was found and not expected, found for
 * what was not found.  Until f returns nonzero, which is returned. */
int fingerprints_differences(const struct fingerprints *expected, const struct fingerprints *found,
	int (*f)(void *context, const struct fingerprint *expected,
		const struct fingerprint *found),
	void *context);

/* True if they are equal.  Otherwise to gets what is different, one after the other: "chain
 * input changed, set x removed". */
bool fingerprints_compare(const struct fingerprints *expected, const struct fingerprints *found,
	struct text *to);
