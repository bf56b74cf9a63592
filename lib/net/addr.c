/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses through inet_pton() and inet_ntop(), which are strict: no leading zeros, no
 * short forms.  What they cannot say is said here: what is wrong and what was meant.
 *
 * A prefix with host bits is refused instead of being rounded: 10.0.9.7/24 may mean a host
 * or its network, and guessing opens the one for the other.  IPv4-mapped addresses are
 * refused as well: no packet on the wire carries them, a rule with one never matches.
 */
#include "net/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

size_t addr_length(const struct addr *a)
{
	return a->family == AF_INET ? 4 : 16;
}

/* A number in front, as inet_pton() takes it: without leading zeros.  Its digits; 0: none, or more
 * than most. */
static size_t scan_number(const char *s, size_t length, unsigned most, unsigned *ret)
{
	unsigned n = 0;
	size_t i = 0;
	while (i < length && s[i] >= '0' && s[i] <= '9') {
		n = n * 10 + (unsigned)(s[i++] - '0');
		if (n > most || (i > 1 && s[0] == '0'))
			return 0;
	}
	*ret = n;
	return i;
}

size_t addr4_scan(const char *s, size_t length, struct addr_range *ret)
{
	uint32_t address = 0, rest;
	unsigned n;
	size_t at = 0;
	for (int part = 0; part < 4; part++) {
		if (part && (at == length || s[at++] != '.'))
			return 0;
		size_t digits = scan_number(s + at, length - at, 255, &n);
		if (digits == 0)
			return 0;
		at += digits;
		address = address << 8 | n;
	}
	n = 32;
	if (at < length && s[at] == '/') {
		size_t digits = scan_number(s + at + 1, length - at - 1, 32, &n);
		if (digits == 0)
			return 0;
		at += 1 + digits;
	}
	rest = n < 32 ? UINT32_MAX >> n : 0;
	if (address & rest)
		return 0;
	uint32_t first = htonl(address), last = htonl(address | rest);
	*ret = (struct addr_range){{.family = AF_INET}, {.family = AF_INET}};
	memcpy(ret->first.bytes, &first, sizeof(first));
	memcpy(ret->last.bytes, &last, sizeof(last));
	return at;
}

int addr_parse(const char *s, size_t length, struct addr *ret)
{
	char copy[INET6_ADDRSTRLEN];
	struct addr a = {0};
	if (length == 0 || length >= sizeof(copy) || memchr(s, '\0', length))
		return -EINVAL;
	memcpy(copy, s, length);
	copy[length] = '\0';
	a.family = memchr(copy, ':', length) ? AF_INET6 : AF_INET;
	if (inet_pton(a.family, copy, a.bytes) != 1)
		return -EINVAL;
	*ret = a;
	return 0;
}

int addr_compare(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family == AF_INET ? -1 : 1;
	return memcmp(a->bytes, b->bytes, addr_length(a));
}

bool addr_before(const struct addr *a, struct addr *ret)
{
	*ret = *a;
	for (size_t i = addr_length(a); i-- > 0;)
		if (ret->bytes[i]-- != 0)
			return true;
	return false;
}

bool addr_after(const struct addr *a, struct addr *ret)
{
	*ret = *a;
	for (size_t i = addr_length(a); i-- > 0;)
		if (++ret->bytes[i] != 0)
			return true;
	return false;
}

bool addr_is_link_local6(const struct addr *a)
{
	return a->family == AF_INET6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

bool addr_range_is_host(const struct addr_range *r)
{
	return addr_compare(&r->first, &r->last) == 0;
}

static bool bit(const uint8_t *bytes, size_t i)
{
	return bytes[i / 8] & (0x80 >> (i % 8));
}

int addr_range_prefix(const struct addr_range *r)
{
	size_t bits = addr_length(&r->first) * 8, same = 0;
	while (same < bits && bit(r->first.bytes, same) == bit(r->last.bytes, same))
		same++;
	for (size_t i = same; i < bits; i++)
		if (bit(r->first.bytes, i) || !bit(r->last.bytes, i))
			return -1;
	return (int)same;
}

/* Sets or clears all bits behind the first length ones. */
static void fill(struct addr *a, size_t length, bool ones)
{
	for (size_t i = length; i < addr_length(a) * 8; i++) {
		uint8_t mask = (uint8_t)(0x80 >> (i % 8));
		a->bytes[i / 8] =
			(uint8_t)(ones ? a->bytes[i / 8] | mask : a->bytes[i / 8] & ~mask);
	}
}

static bool is_mapped(const struct addr *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	return a->family == AF_INET6 && memcmp(a->bytes, mapped, sizeof(mapped)) == 0;
}

static int fault(char why[ADDR_FAULT_SIZE], const char *s, size_t length, const char *rest)
{
	/* names stay readable: a run-away line is shown by its beginning */
	int shown = utf8_shown(s, length, 60);
	snprintf(why, ADDR_FAULT_SIZE, "'%.*s%s' %s", shown, s, length > 60 ? "…" : "", rest);
	return -EINVAL;
}

/* Letters, digits and hyphens between dots.  The last part of an address does not begin with a
 * letter, except in IPv6, which has colons. */
static bool is_host_name(const char *s, size_t length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *dot = memrchr(s, '.', length), *last = dot ? dot + 1 : s;
	for (size_t i = 0; i < length; i++)
		if (!s[i] || (!strchr(letters, s[i]) && !strchr("0123456789-._", s[i])))
			return false;
	return last < s + length && strchr(letters, *last) &&
	       !(length == 3 && strncasecmp(s, "any", 3) == 0) &&
	       !(length == 4 && strncasecmp(s, "none", 4) == 0);
}

static int parse_single(const char *s, size_t length, struct addr *ret, char why[ADDR_FAULT_SIZE])
{
	if (memchr(s, '%', length))
		return fault(why, s, length,
			"has a zone; write the address without %, zones are local to one host");
	if (addr_parse(s, length, ret) < 0)
		return fault(why, s, length,
			"is not an address; write one like 10.0.0.7 or 2001:db8::7");
	if (is_mapped(ret))
		return fault(why, s, length,
			"is an IPv4-mapped address; write the IPv4 address itself");
	return 0;
}

static int parse_prefix(const char *s, size_t length, const char *slash, struct addr_range *ret,
	char why[ADDR_FAULT_SIZE])
{
	size_t digits = length - (size_t)(slash - s) - 1, bits = 0;
	int r = parse_single(s, (size_t)(slash - s), &ret->first, why);
	if (r < 0)
		return r;
	for (size_t i = 0; i < digits; i++) {
		char c = slash[1 + i];
		if (c < '0' || c > '9' || i > 2 || (i > 0 && bits == 0))
			digits = 0;
		else
			bits = bits * 10 + (size_t)(c - '0');
	}
	size_t most = addr_length(&ret->first) * 8;
	if (digits == 0 || bits > most)
		return fault(why, s, length,
			most == 32 ? "has no valid prefix length; write /0 to /32"
				   : "has no valid prefix length; write /0 to /128");
	struct addr network = ret->first;
	fill(&network, bits, false);
	if (addr_compare(&network, &ret->first) != 0) {
		char right[INET6_ADDRSTRLEN], host[INET6_ADDRSTRLEN], rest[ADDR_FAULT_SIZE / 2];
		addr_print(&network, right);
		addr_print(&ret->first, host);
		snprintf(rest, sizeof(rest), "has host bits set; write %s/%zu or %s", right, bits,
			host);
		return fault(why, s, length, rest);
	}
	ret->last = ret->first;
	fill(&ret->last, bits, true);
	return 0;
}

static int parse_run(const char *s, size_t length, const char *dash, struct addr_range *ret,
	char why[ADDR_FAULT_SIZE])
{
	int r = parse_single(s, (size_t)(dash - s), &ret->first, why);
	if (r < 0)
		return r;
	r = parse_single(dash + 1, length - (size_t)(dash - s) - 1, &ret->last, why);
	if (r < 0)
		return r;
	if (ret->first.family != ret->last.family)
		return fault(why, s, length,
			"mixes IPv4 and IPv6; write both ends in the same family");
	if (addr_compare(&ret->first, &ret->last) > 0)
		return fault(why, s, length, "is an inverted range; write the lower address first");
	return 0;
}

int addr_range_parse(const char *s, size_t length, struct addr_range *ret,
	char why[ADDR_FAULT_SIZE])
{
	struct addr_range range;
	const char *slash = memchr(s, '/', length), *dash = memchr(s, '-', length);
	int r;
	if (is_host_name(s, length))
		r = fault(why, s, length,
			"is a name and no address, and names are not supported by this version; "
			"write the addresses");
	else if (slash && dash)
		r = fault(why, s, length,
			"is both a prefix and a range; write 10.0.0.0/24 or 10.0.0.5-10.0.0.9");
	else if (slash)
		r = parse_prefix(s, length, slash, &range, why);
	else if (dash)
		r = parse_run(s, length, dash, &range, why);
	else
		r = parse_single(s, length, &range.first, why);
	if (r < 0)
		return r;
	if (!slash && !dash)
		range.last = range.first;
	*ret = range;
	return 0;
}

void addr_print(const struct addr *a, char to[INET6_ADDRSTRLEN])
{
	if (!inet_ntop(a->family, a->bytes, to, INET6_ADDRSTRLEN))
		to[0] = '\0';
}

void addr_range_print(const struct addr_range *r, struct text *to)
{
	char first[INET6_ADDRSTRLEN], last[INET6_ADDRSTRLEN];
	int prefix = addr_range_prefix(r);
	addr_print(&r->first, first);
	addr_print(&r->last, last);
	if (addr_range_is_host(r))
		text_put(to, first);
	else if (prefix >= 0)
		text_printf(to, "%s/%d", first, prefix);
	else
		text_printf(to, "%s-%s", first, last);
}
