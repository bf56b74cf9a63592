/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of addresses in the shape in which the kernel keeps them best: single hosts
 * apart from runs (a hash and a tree there), IPv4 apart from IPv6.  A million hosts take
 * four megabytes.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

/* Host byte order: compared as numbers. */
struct range4 {
	uint32_t first;
	uint32_t last;
};

struct range6 {
	struct in6_addr first;
	struct in6_addr last;
};

enum addrset_part {
	ADDRSET_HOSTS4,
	ADDRSET_RANGES4,
	ADDRSET_HOSTS6,
	ADDRSET_RANGES6,
	ADDRSET_PARTS,
};

struct addrset {
	uint32_t *hosts4;
	struct range4 *ranges4;
	struct in6_addr *hosts6;
	struct range6 *ranges6;
	size_t count[ADDRSET_PARTS];
	size_t allocated[ADDRSET_PARTS];
};

void addrset_done(struct addrset *s);

/* Building: add in any order, then normalise once.  0 or -ENOMEM. */
int addrset_add(struct addrset *s, const struct addr_range *r);
/* Sorts, drops what is there twice, joins runs that overlap or touch, and drops hosts that
 * a run holds already: the kernel refuses overlapping elements. */
void addrset_normalise(struct addrset *s);

/* Questions, of a normalised set. */
bool addrset_contains(const struct addrset *s, const struct addr *a);
size_t addrset_count(const struct addrset *s);
/* Adds to *ret the hosts of a that lie in runs of b.  0 or -ENOMEM. */
int addrset_hosts_in_runs(const struct addrset *a, const struct addrset *b, struct addrset *ret);
/* The elements of a part as they lie there, and the size of one. */
const void *addrset_part(const struct addrset *s, enum addrset_part part, size_t *ret_size);
/* How many elements from a's i-th and b's j-th on are equal: much cheaper than comparing them one
 * by one. */
size_t addrset_same(const struct addrset *a, size_t i, const struct addrset *b, size_t j,
	enum addrset_part part);
/* The i-th element of a part, as a range. */
struct addr_range addrset_get(const struct addrset *s, enum addrset_part part, size_t i);
