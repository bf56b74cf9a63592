/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of fields, types and symbols: none has a gap, and the numbers are nft's. */
#include <string.h>

#include "ruleset/field.h"
#include "testing.h"

TEST(every_field_is_spelled_and_has_a_type)
{
	for (enum field f = 0; f < FIELDS; f++) {
		assert_non_null(field_spec(f)->text);
		assert_in_range(field_spec(f)->type, 0, DATA_TYPES - 1);
		assert_in_range(type_spec(field_spec(f)->type)->length, 1, 16);
	}
}

TEST(no_two_fields_are_spelled_alike)
{
	for (enum field f = 0; f < FIELDS; f++)
		for (enum field g = 0; g < f; g++)
			assert_string_not_equal(field_spec(f)->text, field_spec(g)->text);
}

TEST(types_of_sets_have_the_numbers_of_nft)
{
	static const struct {
		enum data_type type;
		const char *name;
		uint32_t number;
		size_t length;
		int big_endian;
	} wanted[] = {
		{TYPE_IPV4_ADDR, "ipv4_addr", 7, 4, 1},
		{TYPE_IPV6_ADDR, "ipv6_addr", 8, 16, 1},
		{TYPE_INET_PROTO, "inet_proto", 12, 1, 1},
		{TYPE_INET_SERVICE, "inet_service", 13, 2, 1},
		{TYPE_ICMP_TYPE, "icmp_type", 14, 1, 1},
		{TYPE_MARK, "mark", 19, 4, 0},
		{TYPE_ICMPV6_TYPE, "icmpv6_type", 29, 1, 1},
	};
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const struct type_spec *t = type_spec(wanted[i].type);
		assert_string_equal(t->name, wanted[i].name);
		assert_int_equal(t->number, wanted[i].number);
		assert_int_equal(t->length, wanted[i].length);
		assert_int_equal(t->big_endian, wanted[i].big_endian);
	}
}

TEST(both_ends_of_an_address_have_the_type_of_their_family)
{
	static const enum field fields4[] = {
		FIELD_CT_SADDR, FIELD_CT_DADDR, FIELD_IP_SADDR, FIELD_IP_DADDR};
	static const enum field fields6[] = {
		FIELD_CT_SADDR6, FIELD_CT_DADDR6, FIELD_IP6_SADDR, FIELD_IP6_DADDR};
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(field_spec(fields4[i])->type, TYPE_IPV4_ADDR);
		assert_int_equal(field_spec(fields6[i])->type, TYPE_IPV6_ADDR);
	}
}

TEST(symbols_are_those_of_their_type)
{
	assert_string_equal(type_symbol(TYPE_INET_PROTO, 6), "tcp");
	assert_string_equal(type_symbol(TYPE_INET_PROTO, 17), "udp");
	assert_string_equal(type_symbol(TYPE_INET_PROTO, 58), "icmpv6");
	assert_string_equal(type_symbol(TYPE_INET_PROTO, 132), "sctp");
	assert_string_equal(type_symbol(TYPE_CT_STATE, 0x2), "established");
	assert_string_equal(type_symbol(TYPE_CT_STATE, 0x4), "related");
	assert_string_equal(type_symbol(TYPE_CT_STATE, 0x8), "new");
	assert_string_equal(type_symbol(TYPE_CT_STATE, 0x40), "untracked");
	assert_string_equal(type_symbol(TYPE_CT_DIRECTION, 0), "original");
	assert_string_equal(type_symbol(TYPE_CT_DIRECTION, 1), "reply");
	assert_string_equal(type_symbol(TYPE_CT_STATUS, 0x20), "dnat");
}

TEST(a_value_without_a_name_has_none)
{
	assert_null(type_symbol(TYPE_INET_PROTO, 89));
	assert_null(type_symbol(TYPE_INET_SERVICE, 6));
	assert_null(type_symbol(TYPE_CT_STATE, 0x6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_spelled_and_has_a_type),
		cmocka_unit_test(no_two_fields_are_spelled_alike),
		cmocka_unit_test(types_of_sets_have_the_numbers_of_nft),
		cmocka_unit_test(both_ends_of_an_address_have_the_type_of_their_family),
		cmocka_unit_test(symbols_are_those_of_their_type),
		cmocka_unit_test(a_value_without_a_name_has_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
