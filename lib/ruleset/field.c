/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of fields, types and symbols.  Numbers of types: nftables include/datatype.h. */
#include "ruleset/field.h"

#include <linux/netfilter/nf_conntrack_common.h>

static const struct type_spec types[DATA_TYPES] = {
	[TYPE_IPV4_ADDR] = {"ipv4_addr", 7, 4, 1},
	[TYPE_IPV6_ADDR] = {"ipv6_addr", 8, 16, 1},
	[TYPE_INET_PROTO] = {"inet_proto", 12, 1, 1},
	[TYPE_INET_SERVICE] = {"inet_service", 13, 2, 1},
	[TYPE_ICMP_TYPE] = {"icmp_type", 14, 1, 1},
	[TYPE_ICMPV6_TYPE] = {"icmpv6_type", 29, 1, 1},
	[TYPE_MARK] = {"mark", 19, 4, 0},
	[TYPE_CT_STATE] = {NULL, 0, 4, 0},
	[TYPE_CT_DIRECTION] = {NULL, 0, 1, 0},
	[TYPE_CT_STATUS] = {NULL, 0, 4, 0},
	[TYPE_TCP_FLAGS] = {NULL, 0, 1, 1},
	[TYPE_INTERFACE_NAME] = {NULL, 0, 16, 0},
	[TYPE_UID] = {NULL, 0, 4, 0},
	[TYPE_INTEGER] = {NULL, 0, 1, 1},
	[TYPE_PORT_PAIR] = {NULL, 0, 4, 1},
};

static const struct field_spec fields[FIELDS] = {
	[FIELD_IIFNAME] = {"iifname", TYPE_INTERFACE_NAME},
	[FIELD_OIFNAME] = {"oifname", TYPE_INTERFACE_NAME},
	[FIELD_SKUID] = {"meta skuid", TYPE_UID},
	[FIELD_L4PROTO] = {"meta l4proto", TYPE_INET_PROTO},
	[FIELD_CT_STATE] = {"ct state", TYPE_CT_STATE},
	[FIELD_CT_DIRECTION] = {"ct direction", TYPE_CT_DIRECTION},
	[FIELD_CT_STATUS] = {"ct status", TYPE_CT_STATUS},
	[FIELD_CT_MARK] = {"ct mark", TYPE_MARK},
	[FIELD_CT_SADDR] = {"ct original ip saddr", TYPE_IPV4_ADDR},
	[FIELD_CT_DADDR] = {"ct original ip daddr", TYPE_IPV4_ADDR},
	[FIELD_CT_SADDR6] = {"ct original ip6 saddr", TYPE_IPV6_ADDR},
	[FIELD_CT_DADDR6] = {"ct original ip6 daddr", TYPE_IPV6_ADDR},
	[FIELD_CT_PROTO_SRC] = {"ct original proto-src", TYPE_INET_SERVICE},
	[FIELD_CT_PROTO_DST] = {"ct original proto-dst", TYPE_INET_SERVICE},
	[FIELD_IP_SADDR] = {"ip saddr", TYPE_IPV4_ADDR},
	[FIELD_IP_DADDR] = {"ip daddr", TYPE_IPV4_ADDR},
	[FIELD_IP6_SADDR] = {"ip6 saddr", TYPE_IPV6_ADDR},
	[FIELD_IP6_DADDR] = {"ip6 daddr", TYPE_IPV6_ADDR},
	[FIELD_IP_TTL] = {"ip ttl", TYPE_INTEGER},
	[FIELD_IP6_HOPLIMIT] = {"ip6 hoplimit", TYPE_INTEGER},
	[FIELD_ICMP_TYPE] = {"icmp type", TYPE_ICMP_TYPE},
	[FIELD_ICMPV6_TYPE] = {"icmpv6 type", TYPE_ICMPV6_TYPE},
	[FIELD_TCP_SPORT] = {"tcp sport", TYPE_INET_SERVICE},
	[FIELD_TCP_DPORT] = {"tcp dport", TYPE_INET_SERVICE},
	[FIELD_TCP_FLAGS] = {"tcp flags", TYPE_TCP_FLAGS},
	[FIELD_UDP_SPORT] = {"udp sport", TYPE_INET_SERVICE},
	[FIELD_UDP_DPORT] = {"udp dport", TYPE_INET_SERVICE},
	[FIELD_UDP_PORTS] = {"udp sport, udp dport", TYPE_PORT_PAIR},
};

static const struct {
	enum data_type type;
	uint32_t value;
	const char *name;
} symbols[] = {
	{TYPE_INET_PROTO, 1, "icmp"},
	{TYPE_INET_PROTO, 6, "tcp"},
	{TYPE_INET_PROTO, 17, "udp"},
	{TYPE_INET_PROTO, 58, "icmpv6"},
	{TYPE_INET_PROTO, 132, "sctp"},
	{TYPE_CT_STATE, NF_CT_STATE_INVALID_BIT, "invalid"},
	{TYPE_CT_STATE, NF_CT_STATE_BIT(IP_CT_ESTABLISHED), "established"},
	{TYPE_CT_STATE, NF_CT_STATE_BIT(IP_CT_RELATED), "related"},
	{TYPE_CT_STATE, NF_CT_STATE_BIT(IP_CT_NEW), "new"},
	{TYPE_CT_STATE, NF_CT_STATE_UNTRACKED_BIT, "untracked"},
	{TYPE_CT_DIRECTION, 0, "original"},
	{TYPE_CT_DIRECTION, 1, "reply"},
	{TYPE_CT_STATUS, IPS_DST_NAT, "dnat"},
	{TYPE_TCP_FLAGS, 0x04, "rst"},
	{TYPE_TCP_FLAGS, 0x10, "ack"},
};

const struct type_spec *type_spec(enum data_type t)
{
	return &types[t];
}

const struct field_spec *field_spec(enum field f)
{
	return &fields[f];
}

const char *type_symbol(enum data_type t, uint32_t value)
{
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		if (symbols[i].type == t && symbols[i].value == value)
			return symbols[i].name;
	return NULL;
}
