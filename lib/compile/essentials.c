/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ICMP by type, and multicast memberships; DHCP is in dhcp.c.
 *
 * Errors are let through because path MTU discovery and plain honesty depend on them; the
 * kernel relates them to connections itself.  Echo of this host's own is not limited; what
 * others may have of it is in echo.c.  Redirects are not here: a host
 * that believes them lets its neighbours choose its routes.  To the kernel a redirect is
 * related to the connection that it quotes, and bears its mark, as an error is; so ICMP is judged
 * by its type even if it is related to a connection that is allowed.
 */
#include "compile/essentials.h"

#include <linux/netfilter/nf_conntrack_common.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include "compile/dhcp.h"
#include "compile/echo.h"
#include "config/policy.h"

static const struct place built_in = {0};

/* Errors are what IP needs to work; echo is how people find out whether it does. */
static void write_icmp4(struct build *b, const char *name, const char *echo)
{
	const struct element types[] = {
		{ICMP_ECHOREPLY, ICMP_ECHOREPLY, VERDICT_JUMP, "echo-answer"},
		{ICMP_DEST_UNREACH, ICMP_DEST_UNREACH, VERDICT_ACCEPT, NULL},
		{ICMP_ECHO, ICMP_ECHO, VERDICT_JUMP, echo},
		{ICMP_TIME_EXCEEDED, ICMP_TIME_EXCEEDED, VERDICT_ACCEPT, NULL},
		{ICMP_PARAMETERPROB, ICMP_PARAMETERPROB, VERDICT_ACCEPT, NULL},
	};
	number_set(b, built_in, name, TYPE_ICMP_TYPE, true, types,
		sizeof(types) / sizeof(types[0]));
}

/* RFC 4890, 4.4.1 and 4.4.2: must not be dropped at a host.  Neighbour discovery only with
 * the hop limit that proves it local (RFC 4861, 6.1 and 7.1). */
static void write_icmp6(struct build *b, const char *name, const char *echo)
{
	const struct element types[] = {
		{ICMP6_DST_UNREACH, ICMP6_DST_UNREACH, VERDICT_ACCEPT, NULL},
		{ICMP6_PACKET_TOO_BIG, ICMP6_PACKET_TOO_BIG, VERDICT_ACCEPT, NULL},
		{ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEEDED, VERDICT_ACCEPT, NULL},
		{ICMP6_PARAM_PROB, ICMP6_PARAM_PROB, VERDICT_ACCEPT, NULL},
		{ICMP6_ECHO_REQUEST, ICMP6_ECHO_REQUEST, VERDICT_JUMP, echo},
		{ICMP6_ECHO_REPLY, ICMP6_ECHO_REPLY, VERDICT_JUMP, "echo-answer"},
		{MLD_LISTENER_QUERY, MLD_LISTENER_QUERY, VERDICT_JUMP, "multicast-listener"},
		{MLD_LISTENER_REPORT, MLD_LISTENER_REPORT, VERDICT_JUMP, "multicast-listener"},
		{MLD_LISTENER_REDUCTION, MLD_LISTENER_REDUCTION, VERDICT_JUMP,
			"multicast-listener"},
		{ND_ROUTER_SOLICIT, ND_ROUTER_SOLICIT, VERDICT_JUMP, "neighbour-discovery"},
		{ND_ROUTER_ADVERT, ND_ROUTER_ADVERT, VERDICT_JUMP, "neighbour-discovery"},
		{ND_NEIGHBOR_SOLICIT, ND_NEIGHBOR_SOLICIT, VERDICT_JUMP, "neighbour-discovery"},
		{ND_NEIGHBOR_ADVERT, ND_NEIGHBOR_ADVERT, VERDICT_JUMP, "neighbour-discovery"},
		{141, 141, VERDICT_JUMP, "neighbour-discovery"}, /* inverse, RFC 3122 */
		{142, 142, VERDICT_JUMP, "neighbour-discovery"},
		{143, 143, VERDICT_JUMP, "multicast-listener"},  /* MLDv2, RFC 3810 */
		{148, 148, VERDICT_JUMP, "neighbour-discovery"}, /* SEND, RFC 3971 */
		{149, 149, VERDICT_JUMP, "neighbour-discovery"},
	};
	number_set(b, built_in, name, TYPE_ICMPV6_TYPE, true, types,
		sizeof(types) / sizeof(types[0]));
}

void essential_chains(struct build *b, const struct policy *p)
{
	dhcp_sets(b);
	write_icmp4(b, "icmp-types", "echo-v4");
	write_icmp6(b, "icmpv6-types", "echo-v6");
	write_icmp4(b, "icmp-types-out", "echo-own");
	write_icmp6(b, "icmpv6-types-out", "echo-own");
	echo_chains(b, p);
	chain(b, built_in, "echo-own", HOOK_NONE);
	rule(b, built_in, "echo from this host, not limited");
	accept_packet(b);
	chain(b, built_in, "echo-answer", HOOK_NONE);
	rule(b, built_in, "answer to an echo that was let through");
	match_any_bit(b, FIELD_CT_STATE, NF_CT_STATE_BIT(IP_CT_ESTABLISHED));
	accept_packet(b);
	chain(b, built_in, "related", HOOK_NONE);
	rule(b, built_in, "ICMP error about a live connection");
	dispatch(b, FIELD_ICMP_TYPE, numbers(b, "icmp-types"));
	rule(b, built_in, "ICMPv6 error about a live connection");
	dispatch(b, FIELD_ICMPV6_TYPE, numbers(b, "icmpv6-types"));
	rule(b, built_in, "expected by a helper of the tracker");
	match_not(b, FIELD_L4PROTO, IPPROTO_ICMP);
	match_not(b, FIELD_L4PROTO, IPPROTO_ICMPV6);
	accept_packet(b);
	chain(b, built_in, "neighbour-discovery", HOOK_NONE);
	rule(b, built_in, "neighbour discovery");
	match(b, FIELD_IP6_HOPLIMIT, 255);
	accept_packet(b);
	/* RFC 3810, 5: sent with a hop limit of 1 */
	chain(b, built_in, "multicast-listener", HOOK_NONE);
	rule(b, built_in, "multicast listener discovery");
	match(b, FIELD_IP6_HOPLIMIT, 1);
	accept_packet(b);
}

/* meta l4proto 2 ip daddr & 240.0.0.0 == 224.0.0.0 ip ttl 1 accept
 *
 * RFC 3376, 4: to a group, and with a TTL of 1.  Without it switches and routers do not know what
 * this host listens to. */
static void write_igmp(struct build *b)
{
	rule(b, built_in, "multicast membership");
	match(b, FIELD_L4PROTO, IPPROTO_IGMP);
	match_masked(b, FIELD_IP_DADDR, 0xf0000000, 0xe0000000);
	match(b, FIELD_IP_TTL, 1);
	accept_packet(b);
}

void essential_rules(struct build *b, enum side side)
{
	rule(b, built_in, "ICMP that IP needs");
	dispatch(b, FIELD_ICMP_TYPE, numbers(b, side == SIDE_IN ? "icmp-types" : "icmp-types-out"));
	rule(b, built_in, "ICMPv6 that IP needs");
	dispatch(b, FIELD_ICMPV6_TYPE,
		numbers(b, side == SIDE_IN ? "icmpv6-types" : "icmpv6-types-out"));
	write_igmp(b);
	dhcp_rules(b, side);
}
