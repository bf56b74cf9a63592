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
	struct addr own[] = {address("10.0.0.7"), address("2001:db8::7")};
	const struct facts f = {.addresses = own, .n_addresses = 2};
	const struct facts nothing = {0};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr a = address(cases[i].address);
		if (facts_is_local(&f, &a) != cases[i].local)
			fail_msg("%s", cases[i].address);
	}
	assert_false(facts_is_local(&nothing, &own[0]));
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
		sa_family_t family = f.addresses[i].family;
		assert_true(family == AF_INET || family == AF_INET6);
		assert_true(facts_is_local(&f, &f.addresses[i]));
	}
	facts_done(&f);
	assert_null(f.addresses);
	assert_int_equal(f.n_addresses, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listed_addresses_and_loopback_are_local),
		cmocka_unit_test(gathered_facts_are_those_of_this_machine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
