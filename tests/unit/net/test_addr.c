/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses, prefixes and ranges: what is read, what is printed, and what is refused why. */
#include "testing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "net/addr.h"

static struct addr address(const char *s)
{
	struct addr a;
	assert_int_equal(addr_parse(s, strlen(s), &a), 0);
	return a;
}

static struct addr_range range(const char *s)
{
	struct addr_range r;
	char why[ADDR_FAULT_SIZE] = "";
	if (addr_range_parse(s, strlen(s), &r, why) < 0)
		fail_msg("%s", why);
	return r;
}

static void assert_refused(const char *s, size_t length, const char *expected)
{
	struct addr_range r, before;
	char why[ADDR_FAULT_SIZE] = "";
	memset(&r, 0x5a, sizeof(r));
	before = r;
	assert_int_equal(addr_range_parse(s, length, &r, why), -EINVAL);
	assert_string_equal(why, expected);
	assert_memory_equal(&r, &before, sizeof(r));
}

TEST(an_address_is_read_into_its_first_bytes)
{
	static const uint8_t four[16] = {10, 0, 0, 20};
	static const uint8_t six[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x07};
	struct addr a = address("10.0.0.20"), b = address("2001:db8::7");
	assert_int_equal(a.family, AF_INET);
	assert_memory_equal(a.bytes, four, 16);
	assert_int_equal(addr_length(&a), 4);
	assert_int_equal(b.family, AF_INET6);
	assert_memory_equal(b.bytes, six, 16);
	assert_int_equal(addr_length(&b), 16);
}

TEST(an_address_ends_at_its_length)
{
	struct addr a;
	char text[INET6_ADDRSTRLEN];
	assert_int_equal(addr_parse("10.0.0.20", 8, &a), 0);
	addr_print(&a, text);
	assert_string_equal(text, "10.0.0.2");
	assert_int_equal(addr_parse("10.0.0.2 ", 9, &a), -EINVAL);
	assert_int_equal(addr_parse("", 0, &a), -EINVAL);
}

TEST(an_address_with_a_nul_inside_is_refused)
{
	struct addr a;
	assert_int_equal(addr_parse("10.0.0.2\0"
				    "0",
				 10, &a),
		-EINVAL);
}

TEST(what_is_read_is_printed_in_its_shortest_form)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"10.0.0.7", "10.0.0.7"},
		{"10.0.0.7/32", "10.0.0.7"},
		{"10.0.0.7-10.0.0.7", "10.0.0.7"},
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"10.0.0.0/8", "10.0.0.0/8"},
		{"10.0.9.128/25", "10.0.9.128/25"},
		{"10.0.0.6/31", "10.0.0.6/31"},
		{"0.0.0.0/0", "0.0.0.0/0"},
		{"0.0.0.0-255.255.255.255", "0.0.0.0/0"},
		{"128.0.0.0/1", "128.0.0.0/1"},
		{"10.0.0.0-10.0.0.255", "10.0.0.0/24"},
		{"10.0.0.5-10.0.0.9", "10.0.0.5-10.0.0.9"},
		{"10.0.0.0-10.0.0.254", "10.0.0.0-10.0.0.254"},
		{"10.0.0.1-10.0.0.255", "10.0.0.1-10.0.0.255"},
		{"10.0.0.128-10.0.1.127", "10.0.0.128-10.0.1.127"},
		{"2001:DB8:0:0:0:0:0:7", "2001:db8::7"},
		{"2001:db8::7/128", "2001:db8::7"},
		{"2001:db8::/32", "2001:db8::/32"},
		{"2001:db8::-2001:db8::ffff", "2001:db8::/112"},
		{"2001:db8::1-2001:db8::ffff", "2001:db8::1-2001:db8::ffff"},
		{"::/0", "::/0"},
		{"::", "::"},
		{"::1", "::1"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127",
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127"},
		{"64:ff9b::10.0.0.1", "64:ff9b::a00:1"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr_range r = range(cases[i].in);
		struct text t = {0};
		addr_range_print(&r, &t);
		assert_string_equal(t.data, cases[i].out);
		struct addr_range again = range(t.data);
		assert_int_equal(addr_compare(&r.first, &again.first), 0);
		assert_int_equal(addr_compare(&r.last, &again.last), 0);
		text_done(&t);
	}
}

TEST(what_is_wrong_is_said_and_what_was_meant)
{
#define NOT_AN_ADDRESS " is not an address; write one like 10.0.0.7 or 2001:db8::7"
#define A_NAME \
	" is a name and no address, and names are not supported by this version; write the " \
	"addresses"
#define TO_32    " has no valid prefix length; write /0 to /32"
#define TO_128   " has no valid prefix length; write /0 to /128"
#define ZONE     " has a zone; write the address without %, zones are local to one host"
#define MAPPED   " is an IPv4-mapped address; write the IPv4 address itself"
#define MIXED    " mixes IPv4 and IPv6; write both ends in the same family"
#define INVERTED " is an inverted range; write the lower address first"
#define BOTH     " is both a prefix and a range; write 10.0.0.0/24 or 10.0.0.5-10.0.0.9"
	static const char *const cases[][2] = {
		{"", "''" NOT_AN_ADDRESS},
		{"10.0.0.256", "'10.0.0.256'" NOT_AN_ADDRESS},
		{"10.0.0", "'10.0.0'" NOT_AN_ADDRESS},
		{"10.0.0.1.1", "'10.0.0.1.1'" NOT_AN_ADDRESS},
		{"010.0.0.1", "'010.0.0.1'" NOT_AN_ADDRESS},
		{"0x0a.0.0.1", "'0x0a.0.0.1'" NOT_AN_ADDRESS},
		{"10.0.0.1 ", "'10.0.0.1 '" NOT_AN_ADDRESS},
		{"2001:db8::1::2", "'2001:db8::1::2'" NOT_AN_ADDRESS},
		{"2001:db8:::1", "'2001:db8:::1'" NOT_AN_ADDRESS},
		{"[2001:db8::1]", "'[2001:db8::1]'" NOT_AN_ADDRESS},
		{"proxy.example", "'proxy.example'" A_NAME},
		{"dc-1.corp.example", "'dc-1.corp.example'" A_NAME},
		{"localhost", "'localhost'" A_NAME},
		{"3com", "'3com'" NOT_AN_ADDRESS},
		{"10.0.0.x", "'10.0.0.x'" A_NAME},
		{"dc1.", "'dc1.'" NOT_AN_ADDRESS},
		{"dc 1", "'dc 1'" NOT_AN_ADDRESS},
		{"gr\xc3\xb6n", "'gr\xc3\xb6n'" NOT_AN_ADDRESS},
		{"Any", "'Any'" NOT_AN_ADDRESS},

		{"fe80::1%eth0", "'fe80::1%eth0'" ZONE},
		{"fe80::%eth0/64", "'fe80::%eth0'" ZONE},
		{"fe80::1-fe80::2%2", "'fe80::2%2'" ZONE},

		{"::ffff:10.0.0.1", "'::ffff:10.0.0.1'" MAPPED},
		{"::ffff:0:0/96", "'::ffff:0:0'" MAPPED},
		{"::ffff:a00:1-::ffff:a00:9", "'::ffff:a00:1'" MAPPED},

		{"10.0.0.0/33", "'10.0.0.0/33'" TO_32},
		{"10.0.0.0/", "'10.0.0.0/'" TO_32},
		{"10.0.0.0/08", "'10.0.0.0/08'" TO_32},
		{"0.0.0.0/00", "'0.0.0.0/00'" TO_32},
		{"10.0.0.0/+8", "'10.0.0.0/+8'" TO_32},
		{"10.0.0.0/8/8", "'10.0.0.0/8/8'" TO_32},
		{"10.0.0.0/4294967304", "'10.0.0.0/4294967304'" TO_32},
		{"10.0.0.0/255.0.0.0", "'10.0.0.0/255.0.0.0'" TO_32},
		{"2001:db8::/129", "'2001:db8::/129'" TO_128},
		{"2001:db8::/1000", "'2001:db8::/1000'" TO_128},
		{"/8", "''" NOT_AN_ADDRESS},

		{"10.0.9.7/24", "'10.0.9.7/24' has host bits set; write 10.0.9.0/24 or 10.0.9.7"},
		{"10.0.0.1/0", "'10.0.0.1/0' has host bits set; write 0.0.0.0/0 or 10.0.0.1"},
		{"10.0.0.1/31", "'10.0.0.1/31' has host bits set; write 10.0.0.0/31 or 10.0.0.1"},
		{"2001:db8::1/32",
			"'2001:db8::1/32' has host bits set; write 2001:db8::/32 or 2001:db8::1"},

		{"10.0.0.9-10.0.0.5", "'10.0.0.9-10.0.0.5'" INVERTED},
		{"2001:db8::9-2001:db8::5", "'2001:db8::9-2001:db8::5'" INVERTED},
		{"10.0.0.1-2001:db8::1", "'10.0.0.1-2001:db8::1'" MIXED},
		{"2001:db8::1-10.0.0.1", "'2001:db8::1-10.0.0.1'" MIXED},
		{"10.0.0.1-", "''" NOT_AN_ADDRESS},
		{"-10.0.0.1", "''" NOT_AN_ADDRESS},
		{"10.0.0.1-9", "'9'" NOT_AN_ADDRESS},
		{"10.0.0.1-10.0.0.2-10.0.0.3", "'10.0.0.2-10.0.0.3'" NOT_AN_ADDRESS},
		{"10.0.0.0/24-10.0.1.0/24", "'10.0.0.0/24-10.0.1.0/24'" BOTH},
		{"10.0.0.0/-1", "'10.0.0.0/-1'" BOTH},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_refused(cases[i][0], strlen(cases[i][0]), cases[i][1]);
}

TEST(a_runaway_word_is_shown_by_its_beginning)
{
	char word[1000];
	memset(word, 'x', sizeof(word));
	assert_refused(word, 60,
		"'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'" A_NAME);
	assert_refused(word, sizeof(word),
		"'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'" A_NAME);
}

TEST(a_fault_is_never_cut_inside_a_letter)
{
	for (size_t before = 0; before < 4; before++) {
		char word[200] = "xxxx", why[ADDR_FAULT_SIZE] = "";
		struct addr_range r;
		word[before] = '\0';
		while (strlen(word) < 100)
			strcat(word, "é€𝄞");
		assert_int_equal(addr_range_parse(word, strlen(word), &r, why), -EINVAL);
		assert_int_equal(utf8_valid_length(why, strlen(why)), strlen(why));
	}
}

TEST(a_slash_or_dash_behind_the_end_is_not_seen)
{
	struct addr_range r;
	struct text t = {0};
	char why[ADDR_FAULT_SIZE];
	assert_int_equal(addr_range_parse("10.0.0.1-10.0.0.9/8%", 8, &r, why), 0);
	addr_range_print(&r, &t);
	assert_string_equal(t.data, "10.0.0.1");
	text_done(&t);
	assert_int_equal(addr_range_parse("10.0.0.0/80", 10, &r, why), 0);
	addr_range_print(&r, &t);
	assert_string_equal(t.data, "10.0.0.0/8");
	text_done(&t);
}

TEST(addresses_compare_by_family_and_then_as_numbers)
{
	static const char *const ascending[] = {
		"0.0.0.0",
		"9.255.255.255",
		"10.0.0.2",
		"10.0.0.20",
		"127.0.0.1",
		"128.0.0.0",
		"255.255.255.255",
		"::",
		"::1",
		"2001:db8::ff",
		"2001:db8::100",
		"ff02::1",
	};
	enum { COUNT = sizeof(ascending) / sizeof(ascending[0]) };
	for (size_t i = 0; i < COUNT; i++)
		for (size_t j = 0; j < COUNT; j++) {
			struct addr a = address(ascending[i]), b = address(ascending[j]);
			int c = addr_compare(&a, &b);
			assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
		}
}

TEST(a_range_knows_its_prefix)
{
	static const struct {
		const char *in;
		int prefix;
		bool host;
	} cases[] = {
		{"0.0.0.0/0", 0, false},
		{"0.0.0.0-127.255.255.255", 1, false},
		{"10.0.0.0-10.0.0.1", 31, false},
		{"10.0.0.1-10.0.0.2", -1, false},
		{"10.0.0.1", 32, true},
		{"10.0.0.0-10.0.2.255", -1, false},
		{"::/0", 0, false},
		{"2001:db8::/127", 127, false},
		{"2001:db8::1", 128, true},
		{"2001:db8::1-2001:db8::2", -1, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr_range r = range(cases[i].in);
		assert_int_equal(addr_range_prefix(&r), cases[i].prefix);
		assert_int_equal(addr_range_is_host(&r), cases[i].host);
	}
}

TEST(link_local_addresses_of_ipv6_are_known)
{
	struct addr inside = range("fe80::1-febf::9").last, outside = range("fec0::1").first;
	assert_true(addr_is_link_local6(&inside));
	assert_false(addr_is_link_local6(&outside));
	outside = range("254.128.0.1").first; /* its bytes are 0xfe 0x80 */
	assert_false(addr_is_link_local6(&outside));
}

/* What the fast way takes, the thorough one takes too, and for the same. */
static void assert_scanned(const char *s, size_t wanted)
{
	struct addr_range fast, thorough;
	char why[ADDR_FAULT_SIZE];
	size_t n = addr4_scan(s, strlen(s), &fast);
	assert_int_equal(n, wanted);
	if (n == 0)
		return;
	assert_int_equal(addr_range_parse(s, n, &thorough, why), 0);
	assert_memory_equal(&fast.first, &thorough.first, sizeof(fast.first));
	assert_memory_equal(&fast.last, &thorough.last, sizeof(fast.last));
}

TEST(addresses_and_prefixes_are_scanned_from_the_front)
{
	assert_scanned("10.0.0.7", 8);
	assert_scanned("255.255.255.255", 15);
	assert_scanned("0.0.0.0\n", 7);
	assert_scanned("10.0.0.0/8", 10);
	assert_scanned("10.0.0.7/32,", 11);
	assert_scanned("0.0.0.0/0", 9);
	assert_scanned("128.0.0.0/1 ", 11);
	assert_scanned("10.0.0.4/30", 11);
	assert_scanned("10.0.0.7-10.0.0.9", 8);
	assert_scanned("10.0.0.7.9", 8);
}

TEST(what_is_no_good_prefix_is_not_scanned)
{
	static const char *const bad[] = {"", "10", "10.0.0", "10.0.0.", "10.0.0.256",
		"10.0.0.1000", "010.0.0.1", "10.0.0.00", "10..0.1", " 10.0.0.1", "a", "10.0.0.1/24",
		"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "0.0.0.1/0", "10.0.0.0/99999999999",
		"2001:db8::1", "4294967306.0.0.1", "-1.0.0.1"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_scanned(bad[i], 0);
}

TEST(a_scan_ends_at_its_length)
{
	struct addr_range r;
	assert_int_equal(addr4_scan("10.0.0.77", 8, &r), 8);
	assert_int_equal(r.first.bytes[3], 7);
	assert_int_equal(addr4_scan("10.0.0.0/24", 10, &r), 0); /* host bits of a /2 */
	assert_int_equal(addr4_scan("10.0.0.0/8", 9, &r), 0);
	assert_int_equal(addr4_scan("10.0.0.7", 7, &r), 0);
}

TEST(neighbours_carry_over_bytes_and_end_at_the_ends)
{
	static const char *const pairs[][2] = {{"10.0.0.255", "10.0.1.0"}, {"::ffff", "::1:0"}};
	struct addr a, b, found;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(addr_parse(pairs[i][0], strlen(pairs[i][0]), &a), 0);
		assert_int_equal(addr_parse(pairs[i][1], strlen(pairs[i][1]), &b), 0);
		assert_true(addr_after(&a, &found));
		assert_int_equal(addr_compare(&found, &b), 0);
		assert_true(addr_before(&b, &found));
		assert_int_equal(addr_compare(&found, &a), 0);
	}
	a = (struct addr){.family = AF_INET};
	assert_false(addr_before(&a, &found));
	memset(a.bytes, 0xff, 4);
	assert_false(addr_after(&a, &found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_and_prefixes_are_scanned_from_the_front),
		cmocka_unit_test(what_is_no_good_prefix_is_not_scanned),
		cmocka_unit_test(a_scan_ends_at_its_length),
		cmocka_unit_test(an_address_is_read_into_its_first_bytes),
		cmocka_unit_test(an_address_ends_at_its_length),
		cmocka_unit_test(an_address_with_a_nul_inside_is_refused),
		cmocka_unit_test(what_is_read_is_printed_in_its_shortest_form),
		cmocka_unit_test(what_is_wrong_is_said_and_what_was_meant),
		cmocka_unit_test(a_runaway_word_is_shown_by_its_beginning),
		cmocka_unit_test(a_fault_is_never_cut_inside_a_letter),
		cmocka_unit_test(a_slash_or_dash_behind_the_end_is_not_seen),
		cmocka_unit_test(addresses_compare_by_family_and_then_as_numbers),
		cmocka_unit_test(a_range_knows_its_prefix),
		cmocka_unit_test(link_local_addresses_of_ipv6_are_known),
		cmocka_unit_test(neighbours_carry_over_bytes_and_end_at_the_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
