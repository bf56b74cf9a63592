/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host as a client of DHCP.
 *
 * DHCPv4 (RFC 2131, 4.1): a server, or a relay in its place, speaks from an address of its own; a
 * client from its own, or from 0.0.0.0 if it has none yet.  Packets go to the address of the other
 * end, or to 255.255.255.255, and never to a group.  The addresses of servers are unknown: behind
 * relays they are anywhere, and a client that renews its lease at the last moment asks all servers
 * and may be answered by one that the tracker has never seen.  A lease that is lost is a host that
 * is lost, so answers are not held to what was asked.
 *
 * DHCPv6 (RFC 8415, 13.1 and 18.3.10) is between link-local addresses.
 */
#include "compile/dhcp.h"

static const struct place built_in = {0};

enum { SERVER4 = 67, CLIENT4 = 68, SERVER6 = 547, CLIENT6 = 546 };

/* 1.0.0.0 to 223.255.255.255 but 127.0.0.0/8 */
#define HOSTS4 \
	{0x01000000, 0x7effffff}, \
	{ \
		0x80000000, 0xdfffffff \
	}

void dhcp_sets(struct build *b)
{
	static const struct element servers[] = {HOSTS4};
	static const struct element clients[] = {{0, 0}, HOSTS4};
	static const struct element targets[] = {HOSTS4, {0xffffffff, 0xffffffff}};
	number_set(b, built_in, "dhcp-servers", TYPE_IPV4_ADDR, false, servers, 2);
	number_set(b, built_in, "dhcp-clients", TYPE_IPV4_ADDR, false, clients, 3);
	number_set(b, built_in, "dhcp-targets", TYPE_IPV4_ADDR, false, targets, 3);
}

static uint32_t ports(uint16_t source, uint16_t destination)
{
	return (uint32_t)source << 16 | destination;
}

void dhcp_rules(struct build *b, enum side side)
{
	bool in = side == SIDE_IN;
	rule(b, built_in, "DHCP client");
	match(b, FIELD_UDP_PORTS, in ? ports(SERVER4, CLIENT4) : ports(CLIENT4, SERVER4));
	lookup(b, FIELD_IP_SADDR, numbers(b, in ? "dhcp-servers" : "dhcp-clients"));
	lookup(b, FIELD_IP_DADDR, numbers(b, "dhcp-targets"));
	accept_packet(b);
	rule(b, built_in, "DHCPv6 client");
	match(b, FIELD_UDP_PORTS, in ? ports(SERVER6, CLIENT6) : ports(CLIENT6, SERVER6));
	match_link_local(b, FIELD_IP6_SADDR);
	if (in) /* what goes out is for a group, ff02::1:2 */
		match_link_local(b, FIELD_IP6_DADDR);
	accept_packet(b);
}
