/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Protocols by the names that nft knows, and ports; see the header. */
#include "net/service.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "base/utf8.h"

static const struct {
	const char *name;
	uint8_t number;
	bool has_ports;
} protocols[] = {
	{"tcp", IPPROTO_TCP, true},
	{"udp", IPPROTO_UDP, true},
	{"sctp", IPPROTO_SCTP, true},
	{"icmp", IPPROTO_ICMP, false},
	{"icmpv6", IPPROTO_ICMPV6, false},
};

enum { N_PROTOCOLS = sizeof(protocols) / sizeof(protocols[0]) };

/* Decimal digits only, at most five of them: 0 to 99999, or -1. */
static int32_t number(const char *s, size_t length)
{
	int32_t n = 0;
	if (length == 0 || length > 5)
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		n = n * 10 + (s[i] - '0');
	}
	return n;
}

static int port_parse(const char *s, size_t length, uint16_t *ret, char why[SERVICE_FAULT_SIZE])
{
	int32_t n = number(s, length);
	if (n < 1 || n > 65535) {
		snprintf(why, SERVICE_FAULT_SIZE,
			"'%.*s' is not a port; write a number from 1 to 65535, or a range like "
			"49152-65535",
			utf8_shown(s, length, 40), s);
		return -EINVAL;
	}
	*ret = (uint16_t)n;
	return 0;
}

int port_range_parse(const char *s, size_t length, struct port_range *ret,
	char why[SERVICE_FAULT_SIZE])
{
	const char *dash = memchr(s, '-', length);
	size_t head = dash ? (size_t)(dash - s) : length;
	struct port_range range;
	int r = port_parse(s, head, &range.first, why);
	if (r < 0)
		return r;
	range.last = range.first;
	if (dash) {
		r = port_parse(dash + 1, length - head - 1, &range.last, why);
		if (r < 0)
			return r;
	}
	if (range.first > range.last) {
		snprintf(why, SERVICE_FAULT_SIZE, "'%u-%u' is an inverted range; write %u-%u",
			range.first, range.last, range.last, range.first);
		return -EINVAL;
	}
	*ret = range;
	return 0;
}

int protocol_parse(const char *s, size_t length, uint8_t *ret, char why[SERVICE_FAULT_SIZE])
{
	int32_t n = number(s, length);
	if (n >= 0 && n <= 255) {
		*ret = (uint8_t)n;
		return 0;
	}
	char word[48];
	snprintf(word, sizeof(word), "%.*s", utf8_shown(s, length, 40), s);
	for (char *p = word; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a'); /* the page writes TCP */
	struct suggestion near;
	suggest_init(&near, word);
	for (size_t i = 0; i < N_PROTOCOLS; i++) {
		if (strcmp(protocols[i].name, word) == 0) {
			*ret = protocols[i].number;
			return 0;
		}
		suggest_offer(&near, protocols[i].name);
	}
	if (near.best)
		snprintf(why, SERVICE_FAULT_SIZE, "unknown protocol '%s'; did you mean '%s'?", word,
			near.best);
	else
		snprintf(why, SERVICE_FAULT_SIZE,
			"unknown protocol '%s'; write tcp, udp, sctp, icmp, icmpv6 or a number "
			"from "
			"0 to 255",
			word);
	return -EINVAL;
}

const char *protocol_name(uint8_t protocol)
{
	for (size_t i = 0; i < N_PROTOCOLS; i++)
		if (protocols[i].number == protocol)
			return protocols[i].name;
	return NULL;
}

void protocol_print(uint8_t protocol, char to[8])
{
	const char *name = protocol_name(protocol);
	if (name)
		snprintf(to, 8, "%s", name);
	else
		snprintf(to, 8, "%u", protocol);
}

bool protocol_has_ports(uint8_t protocol)
{
	for (size_t i = 0; i < N_PROTOCOLS; i++)
		if (protocols[i].number == protocol)
			return protocols[i].has_ports;
	return false;
}
