/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of fields as the kernel knows them, beside lib/ruleset/field.c.
 *
 * The ids of expression keys are plain numbers in libnftnl and in the kernel, and one
 * family's are easily given to another: all of them stand in this file.
 */
#include "nftables/encode/field.h"

#include <netinet/in.h> /* before the kernel's headers, which then leave its part out */

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

enum { NETWORK = NFT_PAYLOAD_NETWORK_HEADER, TRANSPORT = NFT_PAYLOAD_TRANSPORT_HEADER };

static const struct field_load loads[FIELDS] = {
	[FIELD_IIFNAME] = {LOAD_META, NFT_META_IIFNAME},
	[FIELD_OIFNAME] = {LOAD_META, NFT_META_OIFNAME},
	[FIELD_SKUID] = {LOAD_META, NFT_META_SKUID},
	[FIELD_L4PROTO] = {LOAD_META, NFT_META_L4PROTO},
	[FIELD_CT_STATE] = {LOAD_CT, NFT_CT_STATE},
	[FIELD_CT_DIRECTION] = {LOAD_CT, NFT_CT_DIRECTION},
	[FIELD_CT_STATUS] = {LOAD_CT, NFT_CT_STATUS},
	[FIELD_CT_MARK] = {LOAD_CT, NFT_CT_MARK},
	[FIELD_CT_SADDR] = {LOAD_CT, NFT_CT_SRC_IP, .original = true},
	[FIELD_CT_DADDR] = {LOAD_CT, NFT_CT_DST_IP, .original = true},
	[FIELD_CT_SADDR6] = {LOAD_CT, NFT_CT_SRC_IP6, .original = true},
	[FIELD_CT_DADDR6] = {LOAD_CT, NFT_CT_DST_IP6, .original = true},
	[FIELD_CT_PROTO_SRC] = {LOAD_CT, NFT_CT_PROTO_SRC, .original = true},
	[FIELD_CT_PROTO_DST] = {LOAD_CT, NFT_CT_PROTO_DST, .original = true},
	/* offsets: RFC 791, RFC 8200, RFC 9293, RFC 768 */
	[FIELD_IP_SADDR] = {LOAD_PAYLOAD, NETWORK, 12, .nfproto = NFPROTO_IPV4},
	[FIELD_IP_DADDR] = {LOAD_PAYLOAD, NETWORK, 16, .nfproto = NFPROTO_IPV4},
	[FIELD_IP6_SADDR] = {LOAD_PAYLOAD, NETWORK, 8, .nfproto = NFPROTO_IPV6},
	[FIELD_IP6_DADDR] = {LOAD_PAYLOAD, NETWORK, 24, .nfproto = NFPROTO_IPV6},
	[FIELD_IP_TTL] = {LOAD_PAYLOAD, NETWORK, 8, .nfproto = NFPROTO_IPV4},
	[FIELD_IP6_HOPLIMIT] = {LOAD_PAYLOAD, NETWORK, 7, .nfproto = NFPROTO_IPV6},
	[FIELD_ICMP_TYPE] = {LOAD_PAYLOAD, TRANSPORT, 0, .nfproto = NFPROTO_IPV4,
		.l4proto = IPPROTO_ICMP},
	[FIELD_ICMPV6_TYPE] = {LOAD_PAYLOAD, TRANSPORT, 0, .nfproto = NFPROTO_IPV6,
		.l4proto = IPPROTO_ICMPV6},
	[FIELD_TCP_SPORT] = {LOAD_PAYLOAD, TRANSPORT, 0, .l4proto = IPPROTO_TCP},
	[FIELD_TCP_DPORT] = {LOAD_PAYLOAD, TRANSPORT, 2, .l4proto = IPPROTO_TCP},
	[FIELD_TCP_FLAGS] = {LOAD_PAYLOAD, TRANSPORT, 13, .l4proto = IPPROTO_TCP},
	[FIELD_UDP_SPORT] = {LOAD_PAYLOAD, TRANSPORT, 0, .l4proto = IPPROTO_UDP},
	[FIELD_UDP_DPORT] = {LOAD_PAYLOAD, TRANSPORT, 2, .l4proto = IPPROTO_UDP},
	[FIELD_UDP_PORTS] = {LOAD_PAYLOAD, TRANSPORT, 0, .l4proto = IPPROTO_UDP},
};

const struct field_load *field_load(enum field f)
{
	return &loads[f];
}
