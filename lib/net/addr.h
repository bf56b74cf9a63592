/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 and IPv6 addresses, and runs of them, as an admin writes them. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct addr {
	sa_family_t family; /* AF_INET or AF_INET6 */
	uint8_t bytes[16];  /* network order; the first four for AF_INET, the rest zero */
};

/* Both ends belong to it.  A single address has first equal to last. */
struct addr_range {
	struct addr first;
	struct addr last;
};

enum { ADDR_FAULT_SIZE = 320 };

/* Parsing.  0, or -EINVAL with a message in why ("what; what would be right"). */
int addr_parse(const char *s, size_t length, struct addr *ret);
/* Reads an IPv4 address or prefix at the beginning of s.  Returns its length; 0 if there is none,
 * or not a good one: addr_range_parse() says why.  For long lists, where nearly every line is one.
 */
size_t addr4_scan(const char *s, size_t length, struct addr_range *ret);
/* "10.0.0.7", "10.0.0.0/8" (no host bits), "10.0.0.5-10.0.0.9" */
int addr_range_parse(const char *s, size_t length, struct addr_range *ret,
	char why[ADDR_FAULT_SIZE]);

/* Questions. */
size_t addr_length(const struct addr *a);                     /* 4 or 16 */
int addr_compare(const struct addr *a, const struct addr *b); /* by family, then value */
/* The address one below, or one above.  False: there is none. */
bool addr_before(const struct addr *a, struct addr *ret);
bool addr_after(const struct addr *a, struct addr *ret);
bool addr_is_link_local6(const struct addr *a); /* fe80::/10 */
bool addr_range_is_host(const struct addr_range *r);
/* The prefix length if the run is exactly one prefix, otherwise -1. */
int addr_range_prefix(const struct addr_range *r);

/* Printing, in the form that the parser reads and nft reads. */
void addr_print(const struct addr *a, char to[INET6_ADDRSTRLEN]);
void addr_range_print(const struct addr_range *r, struct text *to);
