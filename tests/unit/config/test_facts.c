/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the machine is: its size, and which addresses are its own. */
#include "testing.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/facts.h"

static struct addr address(const char *s)
{
	struct addr a;
	assert_int_equal(addr_parse(s, strlen(s), &a), 0);
	return a;
}

static void listed_addresses_and_loopback_are_local(void **state)
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
	struct link_address own[] = {
		{"eth0", address("10.0.0.7"), {{0}}}, {"eth0", address("2001:db8::7"), {{0}}}};
	const struct facts f = {.addresses = own, .n_addresses = 2};
	const struct facts nothing = {0};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr a = address(cases[i].address);
		if (facts_is_local(&f, &a) != cases[i].local)
			fail_msg("%s", cases[i].address);
	}
	assert_false(facts_is_local(&nothing, &own[0].address));
	struct addr loopback = address("127.0.0.1");
	assert_true(facts_is_local(&nothing, &loopback));
}

static void gathered_facts_are_those_of_this_machine(void **state)
{
	struct facts f;
	(void)state;
	assert_int_equal(facts_gather(&f), 0);
	assert_int_equal(f.memory,
		(uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE));
	assert_int_equal(f.cores, sysconf(_SC_NPROCESSORS_ONLN));
	for (size_t i = 0; i < f.n_addresses; i++) {
		sa_family_t family = f.addresses[i].address.family;
		assert_true(family == AF_INET || family == AF_INET6);
		assert_true(facts_is_local(&f, &f.addresses[i].address));
	}
	facts_done(&f);
	assert_null(f.addresses);
	assert_int_equal(f.n_addresses, 0);
}

static void expect(const struct addr *found, size_t n, const char *const *wanted, size_t n_wanted)
{
	assert_int_equal(n, n_wanted);
	for (size_t i = 0; i < n; i++) {
		char text[INET6_ADDRSTRLEN];
		addr_print(&found[i], text);
		assert_string_equal(text, wanted[i]);
	}
}

#define EXPECT(found, n, ...) \
	do { \
		const char *const wanted_[] = {__VA_ARGS__}; \
		expect(found, n, wanted_, sizeof(wanted_) / sizeof(wanted_[0])); \
	} while (0)

static void gateways_are_those_of_default_routes(void **state)
{
	struct facts f = {0};
	(void)state;
	assert_int_equal(facts_read_route4(&f,
				 "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
				 "eth0\t00000000\t0101000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
				 "eth0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n"
				 "eth1\t0000000B\t0201000A\t0003\t0\t0\t0\t000000FF\t0\t0\t0\n"
				 "eth1\t00000000\t0101000A\t0003\t0\t0\t9\t00000000\t0\t0\t0\n"
				 "ppp0\t00000000\t00000000\t0001\t0\t0\t9\t00000000\t0\t0\t0\n"),
		0);
	assert_int_equal(
		facts_read_route6(&f,
			"00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
			"fe800000000000000000000000000001 00000400 00000001 00000000 00000003 "
			"eth0\n"
			"20010db8000000000000000000000000 20 00000000000000000000000000000000 00 "
			"fe800000000000000000000000000002 00000400 00000001 00000000 00000003 "
			"eth0\n"
			"00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
			"00000000000000000000000000000000 ffffffff 00000001 00000000 00200200 "
			"lo\n"),
		0);
	EXPECT(f.gateways, f.n_gateways, "10.0.1.1", "fe80::1");
	facts_done(&f);
}

static void resolvers_are_those_of_resolv_conf(void **state)
{
	struct facts f = {0};
	(void)state;
	assert_int_equal(facts_read_resolv_conf(&f,
				 "# nameserver 10.0.0.9\nsearch corp.example\n"
				 "nameserver 10.0.0.53\nnameserver\t2001:db8::53\n"
				 "nameserver fe80::1%eth0\nnameserver nonsense\n"
				 "nameserver 10.0.0.53\noptions edns0"),
		0);
	EXPECT(f.resolvers, f.n_resolvers, "10.0.0.53", "2001:db8::53", "fe80::1");
	facts_done(&f);
}

static void nonsense_says_nothing(void **state)
{
	struct facts f = {0};
	(void)state;
	assert_int_equal(facts_read_route4(&f, "\n\n1 2 3\neth0\t0000"), 0);
	assert_int_equal(facts_read_route6(&f, "0000 00 0000 00 fe80\nx"), 0);
	assert_int_equal(facts_read_resolv_conf(&f, ""), 0);
	assert_int_equal(f.n_gateways + f.n_resolvers, 0);
	facts_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listed_addresses_and_loopback_are_local),
		cmocka_unit_test(gathered_facts_are_those_of_this_machine),
		cmocka_unit_test(gateways_are_those_of_default_routes),
		cmocka_unit_test(resolvers_are_those_of_resolv_conf),
		cmocka_unit_test(nonsense_says_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
