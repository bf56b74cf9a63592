/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts as data: which addresses are this host's, and when two looks have seen the same. */
#include "host/facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "testing.h"

static struct addr address(const char *s)
{
	struct addr a;
	assert_int_equal(addr_parse(s, strlen(s), &a), 0);
	return a;
}

static struct link_address on(const char *link, const char *a)
{
	struct link_address l = {.address = address(a), .network = {address(a), address(a)}};
	snprintf(l.link, sizeof(l.link), "%s", link);
	return l;
}

TEST(listed_addresses_and_loopback_are_local)
{
	static const struct {
		const char *address;
		bool local;
	} cases[] = {
		{"10.0.0.7", true},
		{"10.0.0.6", false},
		{"10.0.0.8", false},
		{"2001:db8::7", true},
		{"2001:db8::8", false},
		{"127.0.0.1", true},
		{"127.255.255.255", true},
		{"126.255.255.255", false},
		{"128.0.0.0", false},
		{"::1", true},
		{"::2", false},
		{"::", false},
		{"7f00::", false},
		{"0.0.0.0", false},
		{"a00:7::", false},
	};
	struct link_address own[] = {on("eth0", "10.0.0.7"), on("eth0", "2001:db8::7")};
	const struct facts f = {.addresses = own, .n_addresses = 2};
	const struct facts nothing = {0};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr a = address(cases[i].address);
		if (facts_is_local(&f, &a) != cases[i].local)
			fail_msg("%s", cases[i].address);
	}
	assert_false(facts_is_local(&nothing, &own[0].address));
	struct addr loopback = address("127.0.0.1");
	assert_true(facts_is_local(&nothing, &loopback));
}

TEST(a_gateway_is_learned_if_nobody_else_has_said_so)
{
	struct facts f = {0};
	struct addr one = address("fe80::1"), two = address("fe80::2");
	assert_int_equal(facts_add_gateway(&f, &one, true), 0);
	assert_int_equal(facts_add_gateway(&f, &two, true), 0);
	assert_int_equal(facts_add_gateway(&f, &one, false), 0);
	assert_int_equal(facts_add_gateway(&f, &two, true), 0);
	assert_int_equal(f.n_gateways, 2);
	assert_false(f.gateways[0].is_learned);
	assert_true(f.gateways[1].is_learned);
	facts_done(&f);
}

TEST(each_difference_counts)
{
	struct link_address own[] = {on("eth0", "10.0.0.7"), on("eth0", "10.0.0.8")};
	struct gateway gateway = {.address = address("10.0.0.1")};
	struct addr resolver = address("10.0.0.53");
	const struct facts f = {.addresses = own,
		.n_addresses = 2,
		.gateways = &gateway,
		.n_gateways = 1,
		.resolvers = &resolver,
		.n_resolvers = 1};
	struct facts copy;
	assert_int_equal(facts_copy(&f, &copy), 0);
	assert_true(facts_equal(&f, &copy));
	copy.addresses[1].is_down = true;
	assert_false(facts_equal(&f, &copy));
	copy.addresses[1].is_down = false;
	copy.addresses[1].network.last = address("10.0.0.9");
	assert_false(facts_equal(&f, &copy));
	copy.addresses[1] = own[1];
	copy.addresses[0].link[3] = '1';
	assert_false(facts_equal(&f, &copy));
	copy.addresses[0] = own[0];
	copy.gateways[0].is_learned = true;
	assert_false(facts_equal(&f, &copy));
	copy.gateways[0] = gateway;
	copy.resolvers[0] = address("10.0.0.54");
	assert_false(facts_equal(&f, &copy));
	copy.resolvers[0] = resolver;
	assert_true(facts_equal(&f, &copy));
	copy.n_inside = 1;
	assert_false(facts_equal(&f, &copy));
	copy.n_inside = 0;
	copy.local_ports.last = 7;
	assert_false(facts_equal(&f, &copy));
	copy.local_ports = f.local_ports;
	copy.n_gateways = 0;
	assert_false(facts_equal(&f, &copy));
	facts_done(&copy);
}

TEST(local_ports_are_what_the_kernel_says_and_no_nonsense)
{
	static const char *const bad[] = {"", "7", "9 8", "0 5", "1 65536"};
	struct port_range ports = {0};
	assert_true(facts_read_local_ports("20000\t31999\n", &ports));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(facts_read_local_ports(bad[i], &ports));
	assert_int_equal(ports.first, 20000);
	assert_int_equal(ports.last, 31999);
}

TEST(the_narrowest_network_says_by_which_link_it_is_reached)
{
	struct link_address own[] = {
		{.link = "eth0", .address = address("10.0.0.1")},
		{.link = "docker0", .address = address("10.0.7.1")},
	};
	const struct facts f = {.addresses = own, .n_addresses = 2};
	struct addr near = address("10.0.7.2"), wide = address("10.0.8.2"),
		    far = address("10.1.0.1"), other = address("2001:db8::1");
	own[0].network = (struct addr_range){address("10.0.0.0"), address("10.0.255.255")};
	own[1].network = (struct addr_range){address("10.0.7.0"), address("10.0.7.255")};
	assert_string_equal(facts_link_to(&f, &near), "docker0");
	assert_string_equal(facts_link_to(&f, &wide), "eth0");
	assert_null(facts_link_to(&f, &far));
	assert_null(facts_link_to(&f, &other));
}

TEST(an_error_is_that_of_a_part_that_is_followed)
{
	const struct facts f = {.routes_error = -ENOBUFS, .resolvers_error = -EACCES};
	assert_int_equal(facts_error(&f, 0), 0);
	assert_int_equal(facts_error(&f, FOLLOWS_LINKS), 0);
	assert_int_equal(facts_error(&f, FOLLOWS_LINKS | FOLLOWS_ROUTES), -ENOBUFS);
	assert_int_equal(facts_error(&f, FOLLOWS_RESOLVERS), -EACCES);
}

TEST(the_address_in_the_others_network_is_the_one_to_speak_from)
{
	struct link_address own[] = {on("lo", "127.0.0.1"), on("eth0", "2001:db8::7"),
		on("eth0", "fe80::7"), on("eth0", "10.0.0.7"), on("eth1", "10.1.0.7")};
	static const struct {
		const char *with, *own;
	} cases[] = {
		{"10.1.0.200", "10.1.0.7"},
		{"192.0.2.1", "10.0.0.7"},
		{"127.0.0.1", "10.0.0.7"},
		{"fe80::1", "fe80::7"},
		{"2001:db8:1::1", "2001:db8::7"},
	};
	struct facts f = {.addresses = own, .n_addresses = 5};
	struct addr with, found;
	own[2].network.last = address("fe80::ffff:ffff:ffff:ffff");
	own[2].network.first = address("fe80::");
	own[4].network = (struct addr_range){address("10.1.0.0"), address("10.1.0.255")};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr wanted = address(cases[i].own);
		with = address(cases[i].with);
		assert_true(facts_own_address(&f, &with, &found));
		assert_int_equal(addr_compare(&found, &wanted), 0);
	}
	f.n_addresses = 1;
	with = address("10.1.0.200");
	assert_false(facts_own_address(&f, &with, &found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listed_addresses_and_loopback_are_local),
		cmocka_unit_test(the_address_in_the_others_network_is_the_one_to_speak_from),
		cmocka_unit_test(a_gateway_is_learned_if_nobody_else_has_said_so),
		cmocka_unit_test(each_difference_counts),
		cmocka_unit_test(local_ports_are_what_the_kernel_says_and_no_nonsense),
		cmocka_unit_test(the_narrowest_network_says_by_which_link_it_is_reached),
		cmocka_unit_test(an_error_is_that_of_a_part_that_is_followed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
