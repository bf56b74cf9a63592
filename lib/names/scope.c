/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses that a name may have, by the registries of IANA for special purposes.
 *
 * Whoever controls a zone, or forges an answer, chooses the addresses.  Some are never right, and
 * open nothing: this host itself, its links, groups.  Private ones are right for the domain
 * controllers of a company and wrong for a service on the Internet; the caller knows which it is.
 *
 * An address of IPv6 that a gateway translates has one of IPv4 in it, and leads to that one: it is
 * of its scope.  Behind DNS64 most addresses of names are such.
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
	{SCOPE_NEVER, 10, {0xfe, 0x80}}, {SCOPE_NEVER, 8, {0xff}}, {SCOPE_PRIVATE, 7, {0xfc}},
	{SCOPE_PRIVATE, 10, {0xfe, 0xc0}},
	{SCOPE_PRIVATE, 48,
		{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}}, /* NAT64 of one network (RFC 8215) */
};

/* Where in an address of IPv6 the one of IPv4 is. */
static const struct translation {
	struct prefix of;
	unsigned at;
} translations[] = {
	{{SCOPE_GLOBAL, 96, {0x00, 0x64, 0xff, 0x9b}}, 12}, /* NAT64 (RFC 6052) */
	{{SCOPE_GLOBAL, 16, {0x20, 0x02}}, 2},              /* 6to4 (RFC 3056) */
};

static bool is_in(const struct prefix *p, const struct addr *a)
{
	const unsigned whole = p->length / 8, rest = p->length % 8;
	return memcmp(p->bytes, a->bytes, whole) == 0 &&
	       (rest == 0 || (p->bytes[whole] ^ a->bytes[whole]) >> (8 - rest) == 0);
}

static enum scope scope_by(const struct prefix *p, size_t n, const struct addr *a)
{
	for (size_t i = 0; i < n; i++)
		if (is_in(&p[i], a))
			return p[i].scope;
	return SCOPE_GLOBAL;
}

static enum scope scope4(const struct addr *a)
{
	return scope_by(prefixes4, sizeof(prefixes4) / sizeof(prefixes4[0]), a);
}

enum scope scope_of(const struct addr *a)
{
	if (a->family == AF_INET)
		return scope4(a);
	for (size_t i = 0; i < sizeof(translations) / sizeof(translations[0]); i++) {
		const struct translation *t = &translations[i];
		struct addr inner = {.family = AF_INET};
		if (!is_in(&t->of, a))
			continue;
		memcpy(inner.bytes, a->bytes + t->at, addr_length(&inner));
		return scope4(&inner);
	}
	return scope_by(prefixes6, sizeof(prefixes6) / sizeof(prefixes6[0]), a);
}
