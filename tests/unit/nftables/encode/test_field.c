/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the kernel loads each field: one that is mixed up reads other bytes without a word. */
#include "nftables/encode/field.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "testing.h"

static const struct {
	enum field field;
	enum loader loader;
	uint32_t key, offset;
	bool original;
	uint8_t nfproto, l4proto;
} wanted[] = {
	{FIELD_IIFNAME, LOAD_META, NFT_META_IIFNAME, 0, false, 0, 0},
	{FIELD_OIFNAME, LOAD_META, NFT_META_OIFNAME, 0, false, 0, 0},
	{FIELD_SKUID, LOAD_META, NFT_META_SKUID, 0, false, 0, 0},
	{FIELD_L4PROTO, LOAD_META, NFT_META_L4PROTO, 0, false, 0, 0},
	{FIELD_CT_STATE, LOAD_CT, NFT_CT_STATE, 0, false, 0, 0},
	{FIELD_CT_DIRECTION, LOAD_CT, NFT_CT_DIRECTION, 0, false, 0, 0},
	{FIELD_CT_STATUS, LOAD_CT, NFT_CT_STATUS, 0, false, 0, 0},
	{FIELD_CT_MARK, LOAD_CT, NFT_CT_MARK, 0, false, 0, 0},
	{FIELD_CT_SADDR, LOAD_CT, NFT_CT_SRC_IP, 0, true, 0, 0},
	{FIELD_CT_DADDR, LOAD_CT, NFT_CT_DST_IP, 0, true, 0, 0},
	{FIELD_CT_SADDR6, LOAD_CT, NFT_CT_SRC_IP6, 0, true, 0, 0},
	{FIELD_CT_DADDR6, LOAD_CT, NFT_CT_DST_IP6, 0, true, 0, 0},
	{FIELD_CT_PROTO_SRC, LOAD_CT, NFT_CT_PROTO_SRC, 0, true, 0, 0},
	{FIELD_CT_PROTO_DST, LOAD_CT, NFT_CT_PROTO_DST, 0, true, 0, 0},
	{FIELD_IP_SADDR, LOAD_PAYLOAD, NFT_PAYLOAD_NETWORK_HEADER, 12, false, NFPROTO_IPV4, 0},
	{FIELD_IP_DADDR, LOAD_PAYLOAD, NFT_PAYLOAD_NETWORK_HEADER, 16, false, NFPROTO_IPV4, 0},
	{FIELD_IP6_SADDR, LOAD_PAYLOAD, NFT_PAYLOAD_NETWORK_HEADER, 8, false, NFPROTO_IPV6, 0},
	{FIELD_IP6_DADDR, LOAD_PAYLOAD, NFT_PAYLOAD_NETWORK_HEADER, 24, false, NFPROTO_IPV6, 0},
	{FIELD_IP_TTL, LOAD_PAYLOAD, NFT_PAYLOAD_NETWORK_HEADER, 8, false, NFPROTO_IPV4, 0},
	{FIELD_IP6_HOPLIMIT, LOAD_PAYLOAD, NFT_PAYLOAD_NETWORK_HEADER, 7, false, NFPROTO_IPV6, 0},
	{FIELD_ICMP_TYPE, LOAD_PAYLOAD, NFT_PAYLOAD_TRANSPORT_HEADER, 0, false, NFPROTO_IPV4,
		IPPROTO_ICMP},
	{FIELD_ICMPV6_TYPE, LOAD_PAYLOAD, NFT_PAYLOAD_TRANSPORT_HEADER, 0, false, NFPROTO_IPV6,
		IPPROTO_ICMPV6},
	{FIELD_TCP_SPORT, LOAD_PAYLOAD, NFT_PAYLOAD_TRANSPORT_HEADER, 0, false, 0, IPPROTO_TCP},
	{FIELD_TCP_DPORT, LOAD_PAYLOAD, NFT_PAYLOAD_TRANSPORT_HEADER, 2, false, 0, IPPROTO_TCP},
	{FIELD_TCP_FLAGS, LOAD_PAYLOAD, NFT_PAYLOAD_TRANSPORT_HEADER, 13, false, 0, IPPROTO_TCP},
	{FIELD_UDP_SPORT, LOAD_PAYLOAD, NFT_PAYLOAD_TRANSPORT_HEADER, 0, false, 0, IPPROTO_UDP},
	{FIELD_UDP_DPORT, LOAD_PAYLOAD, NFT_PAYLOAD_TRANSPORT_HEADER, 2, false, 0, IPPROTO_UDP},
	{FIELD_UDP_PORTS, LOAD_PAYLOAD, NFT_PAYLOAD_TRANSPORT_HEADER, 0, false, 0, IPPROTO_UDP},
};

TEST(every_field_is_loaded_from_where_it_is)
{
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const struct field_load *l = field_load(wanted[i].field);
		assert_int_equal(l->loader, wanted[i].loader);
		assert_int_equal(l->key, wanted[i].key);
		assert_int_equal(l->offset, wanted[i].offset);
		assert_int_equal(l->original, wanted[i].original);
		assert_int_equal(l->nfproto, wanted[i].nfproto);
		assert_int_equal(l->l4proto, wanted[i].l4proto);
	}
}

TEST(no_field_is_left_out_of_this_test)
{
	bool seen[FIELDS] = {false};
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		seen[wanted[i].field] = true;
	for (enum field f = 0; f < FIELDS; f++)
		assert_true(seen[f]);
}

/* `ct original ip saddr`: the family is in the key, and the address is as long as its type. */
TEST(addresses_of_connections_are_as_long_as_their_family)
{
	for (enum field f = 0; f < FIELDS; f++) {
		const struct field_load *l = field_load(f);
		size_t length = type_spec(field_spec(f)->type)->length;
		bool v4 = l->key == NFT_CT_SRC_IP || l->key == NFT_CT_DST_IP;
		bool v6 = l->key == NFT_CT_SRC_IP6 || l->key == NFT_CT_DST_IP6;
		if (l->loader == LOAD_CT && (v4 || v6))
			assert_int_equal(length, v4 ? 4 : 16);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_loaded_from_where_it_is),
		cmocka_unit_test(no_field_is_left_out_of_this_test),
		cmocka_unit_test(addresses_of_connections_are_as_long_as_their_family),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
