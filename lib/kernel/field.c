/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of fields as the kernel knows them, beside lib/ruleset/field.c.
 *
 * The ids of expression keys are plain numbers in libnftnl and in the kernel, and one
 * family's are easily given to another: all of them stand in this file.
 */
#include "kernel/field.h"

#include <netinet/in.h> /* before the kernel's headers, which then leave its part out */

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#define META(id) {.loader = LOAD_META, .key = (id)}
#define CT(id) {.loader = LOAD_CT, .key = (id)}
#define CT_ORIGINAL(id) {.loader = LOAD_CT, .key = (id), .original = true}
#define NETWORK(family, at) \
	{.loader = LOAD_PAYLOAD, .key = NFT_PAYLOAD_NETWORK_HEADER, .offset = (at), \
		.nfproto = (family)}
#define TRANSPORT(protocol, at) \
	{.loader = LOAD_PAYLOAD, .key = NFT_PAYLOAD_TRANSPORT_HEADER, .offset = (at), \
		.l4proto = (protocol)}
#define ICMP(family, protocol) \
	{.loader = LOAD_PAYLOAD, .key = NFT_PAYLOAD_TRANSPORT_HEADER, .nfproto = (family), \
		.l4proto = (protocol)}

static const struct field_load loads[FIELDS] = {
	[FIELD_IIFNAME] = META(NFT_META_IIFNAME),
	[FIELD_OIFNAME] = META(NFT_META_OIFNAME),
	[FIELD_L4PROTO] = META(NFT_META_L4PROTO),
	[FIELD_CT_STATE] = CT(NFT_CT_STATE),
	[FIELD_CT_DIRECTION] = CT(NFT_CT_DIRECTION),
	[FIELD_CT_STATUS] = CT(NFT_CT_STATUS),
	[FIELD_CT_MARK] = CT(NFT_CT_MARK),
	[FIELD_CT_SADDR] = CT_ORIGINAL(NFT_CT_SRC_IP),
	[FIELD_CT_DADDR] = CT_ORIGINAL(NFT_CT_DST_IP),
	[FIELD_CT_SADDR6] = CT_ORIGINAL(NFT_CT_SRC_IP6),
	[FIELD_CT_DADDR6] = CT_ORIGINAL(NFT_CT_DST_IP6),
	[FIELD_CT_PROTO_DST] = CT_ORIGINAL(NFT_CT_PROTO_DST),
	/* offsets: RFC 791, RFC 8200, RFC 9293, RFC 768 */
	[FIELD_IP_SADDR] = NETWORK(NFPROTO_IPV4, 12),
	[FIELD_IP_DADDR] = NETWORK(NFPROTO_IPV4, 16),
	[FIELD_IP6_SADDR] = NETWORK(NFPROTO_IPV6, 8),
	[FIELD_IP6_DADDR] = NETWORK(NFPROTO_IPV6, 24),
	[FIELD_IP6_HOPLIMIT] = NETWORK(NFPROTO_IPV6, 7),
	[FIELD_ICMP_TYPE] = ICMP(NFPROTO_IPV4, IPPROTO_ICMP),
	[FIELD_ICMPV6_TYPE] = ICMP(NFPROTO_IPV6, IPPROTO_ICMPV6),
	[FIELD_TCP_SPORT] = TRANSPORT(IPPROTO_TCP, 0),
	[FIELD_TCP_DPORT] = TRANSPORT(IPPROTO_TCP, 2),
	[FIELD_TCP_FLAGS] = TRANSPORT(IPPROTO_TCP, 13),
	[FIELD_UDP_PORTS] = TRANSPORT(IPPROTO_UDP, 0),
};

const struct field_load *field_load(enum field f)
{
	return &loads[f];
}
