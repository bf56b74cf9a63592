/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses that a name may have, by the registries of IANA for special purposes.
 *
 * Whoever controls a zone, or forges an answer, chooses the addresses.  Some are never right, and
 * open nothing: this host itself, its links, groups.  Private ones are right for the domain
 * controllers of a company and wrong for a service on the Internet; the caller knows which it is.
 */
#include "names/scope.h"

#include <string.h>

struct prefix {
	enum scope scope;
	unsigned length;
	uint8_t bytes[16];
};

static const struct prefix prefixes4[] = {
	{SCOPE_NEVER, 8, {0}}, {SCOPE_NEVER, 8, {127}}, {SCOPE_NEVER, 16, {169, 254}},
	{SCOPE_NEVER, 3, {224}}, /* multicast, and what is reserved above it */
	{SCOPE_PRIVATE, 8, {10}}, {SCOPE_PRIVATE, 12, {172, 16}}, {SCOPE_PRIVATE, 16, {192, 168}},
	{SCOPE_PRIVATE, 10, {100, 64}}, /* shared by a provider's customers */
};

static const struct prefix prefixes6[] = {
	{SCOPE_NEVER, 80, {0}}, /* ::, ::1, IPv4-mapped and IPv4-compatible */
	{SCOPE_NEVER, 10, {0xfe, 0x80}},
	{SCOPE_NEVER, 8, {0xff}},
	{SCOPE_PRIVATE, 7, {0xfc}},
	{SCOPE_PRIVATE, 10, {0xfe, 0xc0}},
};

static bool is_in(const struct prefix *p, const struct addr *a)
{
	const unsigned whole = p->length / 8, rest = p->length % 8;
	return memcmp(p->bytes, a->bytes, whole) == 0 &&
	       (rest == 0 || (p->bytes[whole] ^ a->bytes[whole]) >> (8 - rest) == 0);
}

enum scope scope_of(const struct addr *a)
{
	const bool is4 = a->family == AF_INET;
	const struct prefix *p = is4 ? prefixes4 : prefixes6;
	const size_t n = is4 ? sizeof(prefixes4) / sizeof(*p) : sizeof(prefixes6) / sizeof(*p);
	for (size_t i = 0; i < n; i++)
		if (is_in(&p[i], a))
			return p[i].scope;
	return SCOPE_GLOBAL;
}
