/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports and protocols: each edge, and each fault in the words an admin sees. */
#include "testing.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "net/service.h"

#define NOT_A_PORT " is not a port; write a number from 1 to 65535, or a range like 49152-65535"
#define WRITE_ONE  "; write tcp, udp, sctp, icmp, icmpv6 or a number from 0 to 255"

TEST(ports_and_ranges_are_read)
{
	static const struct {
		const char *in;
		uint16_t first, last;
	} cases[] = {
		{"1", 1, 1},
		{"22", 22, 22},
		{"65535", 65535, 65535},
		{"49152-65535", 49152, 65535},
		{"1-65535", 1, 65535},
		{"22-22", 22, 22},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct port_range r;
		char why[SERVICE_FAULT_SIZE] = "";
		assert_int_equal(port_range_parse(cases[i].in, strlen(cases[i].in), &r, why), 0);
		assert_int_equal(r.first, cases[i].first);
		assert_int_equal(r.last, cases[i].last);
	}
}

TEST(what_is_not_a_port_is_refused)
{
	static const char *const cases[][2] = {
		{"0", "'0'" NOT_A_PORT},
		{"65536", "'65536'" NOT_A_PORT},
		{"99999", "'99999'" NOT_A_PORT},
		{"4294967318", "'4294967318'" NOT_A_PORT},
		{"", "''" NOT_A_PORT},
		{"-1", "''" NOT_A_PORT},
		{"+22", "'+22'" NOT_A_PORT},
		{" 22", "' 22'" NOT_A_PORT},
		{"ssh", "'ssh'" NOT_A_PORT},
		{"0x16", "'0x16'" NOT_A_PORT},
		{"22-", "''" NOT_A_PORT},
		{"0-22", "'0'" NOT_A_PORT},
		{"1-65536", "'65536'" NOT_A_PORT},
		{"1-2-3", "'2-3'" NOT_A_PORT},
		{"22:25", "'22:25'" NOT_A_PORT},
		{"80-22", "'80-22' is an inverted range; write 22-80"},
		{"65535-1", "'65535-1' is an inverted range; write 1-65535"},
		{"1234567890123456789012345678901234567890123",
			"'1234567890123456789012345678901234567890'" NOT_A_PORT},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct port_range r = {7, 8};
		char why[SERVICE_FAULT_SIZE] = "";
		assert_int_equal(port_range_parse(cases[i][0], strlen(cases[i][0]), &r, why),
			-EINVAL);
		assert_string_equal(why, cases[i][1]);
		assert_int_equal(r.first, 7);
		assert_int_equal(r.last, 8);
	}
}

TEST(a_port_ends_at_its_length)
{
	struct port_range r;
	char why[SERVICE_FAULT_SIZE];
	assert_int_equal(port_range_parse("2222-2300", 2, &r, why), 0);
	assert_int_equal(r.first, 22);
	assert_int_equal(r.last, 22);
}

TEST(every_protocol_number_is_read_and_printed)
{
	for (unsigned n = 0; n <= 255; n++) {
		char in[8], out[8], why[SERVICE_FAULT_SIZE] = "";
		uint8_t p = 99;
		snprintf(in, sizeof(in), "%u", n);
		assert_int_equal(protocol_parse(in, strlen(in), &p, why), 0);
		assert_int_equal(p, n);
		protocol_print(p, out);
		p = 99;
		assert_int_equal(protocol_parse(out, strlen(out), &p, why), 0);
		assert_int_equal(p, n);
		if (!protocol_name((uint8_t)n))
			assert_string_equal(out, in);
	}
}

TEST(protocols_have_the_names_and_ports_of_nft)
{
	static const struct {
		const char *name;
		uint8_t number;
		bool ports;
	} cases[] = {
		{"tcp", 6, true},
		{"udp", 17, true},
		{"sctp", 132, true},
		{"icmp", 1, false},
		{"icmpv6", 58, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t p = 0;
		char why[SERVICE_FAULT_SIZE] = "", out[8];
		assert_int_equal(protocol_parse(cases[i].name, strlen(cases[i].name), &p, why), 0);
		assert_int_equal(p, cases[i].number);
		assert_string_equal(protocol_name(p), cases[i].name);
		assert_int_equal(protocol_has_ports(p), cases[i].ports);
		protocol_print(p, out);
		assert_string_equal(out, cases[i].name);
	}
	assert_null(protocol_name(0));
	assert_null(protocol_name(47));
	assert_false(protocol_has_ports(47));
	assert_false(protocol_has_ports(0));
	assert_false(protocol_has_ports(255));
}

TEST(an_unknown_protocol_is_refused_with_a_guess)
{
	static const char *const cases[][2] = {
		{"tpc", "unknown protocol 'tpc'; did you mean 'tcp'?"},
		{"upd", "unknown protocol 'upd'; did you mean 'udp'?"},
		{"icmpv", "unknown protocol 'icmpv'; did you mean 'icmp'?"},
		{"256", "unknown protocol '256'" WRITE_ONE},
		{"65536", "unknown protocol '65536'" WRITE_ONE},
		{"-1", "unknown protocol '-1'" WRITE_ONE},
		{"", "unknown protocol ''" WRITE_ONE},
		{"all", "unknown protocol 'all'" WRITE_ONE},
		{"tcp,udp", "unknown protocol 'tcp,udp'" WRITE_ONE},
		{"a-word-that-is-much-longer-than-all-names",
			"unknown protocol 'a-word-that-is-much-longer-than-all-name'" WRITE_ONE},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t p = 99;
		char why[SERVICE_FAULT_SIZE] = "";
		assert_int_equal(protocol_parse(cases[i][0], strlen(cases[i][0]), &p, why),
			-EINVAL);
		assert_string_equal(why, cases[i][1]);
		assert_int_equal(p, 99);
	}
}

TEST(the_spelling_of_the_page_is_understood_or_suggested)
{
	uint8_t p = 0;
	char why[SERVICE_FAULT_SIZE] = "";
	if (protocol_parse("TCP", 3, &p, why) == 0)
		assert_int_equal(p, IPPROTO_TCP);
	else
		assert_string_equal(why, "unknown protocol 'TCP'; did you mean 'tcp'?");
}

TEST(a_protocol_ends_at_its_length)
{
	uint8_t p = 0;
	char why[SERVICE_FAULT_SIZE];
	assert_int_equal(protocol_parse("tcpx", 3, &p, why), 0);
	assert_int_equal(p, IPPROTO_TCP);
	assert_int_equal(protocol_parse("1325", 3, &p, why), 0);
	assert_int_equal(p, IPPROTO_SCTP);
}

TEST(a_fault_is_never_cut_inside_a_letter)
{
	for (size_t before = 0; before < 4; before++) {
		char word[200] = "xxxx", why[SERVICE_FAULT_SIZE] = "";
		struct port_range r;
		uint8_t p;
		word[before] = '\0';
		while (strlen(word) < 80)
			strcat(word, "é€𝄞");
		assert_int_equal(port_range_parse(word, strlen(word), &r, why), -EINVAL);
		assert_int_equal(utf8_valid_length(why, strlen(why)), strlen(why));
		assert_int_equal(protocol_parse(word, strlen(word), &p, why), -EINVAL);
		assert_int_equal(utf8_valid_length(why, strlen(why)), strlen(why));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_and_ranges_are_read),
		cmocka_unit_test(what_is_not_a_port_is_refused),
		cmocka_unit_test(a_port_ends_at_its_length),
		cmocka_unit_test(every_protocol_number_is_read_and_printed),
		cmocka_unit_test(protocols_have_the_names_and_ports_of_nft),
		cmocka_unit_test(an_unknown_protocol_is_refused_with_a_guess),
		cmocka_unit_test(the_spelling_of_the_page_is_understood_or_suggested),
		cmocka_unit_test(a_protocol_ends_at_its_length),
		cmocka_unit_test(a_fault_is_never_cut_inside_a_letter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
