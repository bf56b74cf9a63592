/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "names/scope.h"
#include "testing.h"

static enum scope scope(const char *s)
{
	struct addr a;
	assert_int_equal(addr_parse(s, strlen(s), &a), 0);
	return scope_of(&a);
}

#define ASSERT_ALL(expected, ...) \
	do { \
		static const char *const all[] = {__VA_ARGS__}; \
		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) \
			if (scope(all[i]) != (expected)) \
				fail_msg("%s is of scope %d", all[i], scope(all[i])); \
	} while (0)

static void this_host_its_links_and_groups_are_never_right(void **state)
{
	(void)state;
	ASSERT_ALL(SCOPE_NEVER, "0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.255",
		"169.254.169.254", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:192.0.2.1", "::192.0.2.1", "fe80::1", "febf::1", "ff02::fb");
}

static void addresses_of_one_network_are_private(void **state)
{
	(void)state;
	ASSERT_ALL(SCOPE_PRIVATE, "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1",
		"100.64.0.1", "100.127.255.255", "fc00::1", "fd12::1", "fec0::1");
}

static void all_others_are_global(void **state)
{
	(void)state;
	ASSERT_ALL(SCOPE_GLOBAL, "20.190.1.1", "1.0.0.1", "9.255.255.255", "11.0.0.0",
		"126.255.255.255", "128.0.0.1", "169.253.0.1", "172.15.0.1", "172.32.0.1",
		"192.167.0.1", "192.169.0.1", "100.63.0.1", "100.128.0.1", "223.255.255.255",
		"2001:db8::1", "fbff::1", "fe00::1", "2603:1026::1");
}

/* Else a zone that may not say 10.0.0.1 or 127.0.0.1 says it so. */
static void what_a_gateway_translates_is_of_the_scope_of_what_it_leads_to(void **state)
{
	(void)state;
	ASSERT_ALL(SCOPE_GLOBAL, "64:ff9b::192.0.2.1", "64:ff9b::20.190.1.1", "2002:c000:0201::1",
		"64:ff9a:ffff::1", "64:ff9b:0:0:0:1:a00:1");
	ASSERT_ALL(SCOPE_PRIVATE, "64:ff9b::10.0.0.1", "64:ff9b::192.168.1.1", "2002:0a00:0001::1",
		"2002:c0a8:0101::1", "64:ff9b:1::1", "64:ff9b:1:ffff::192.0.2.1");
	ASSERT_ALL(SCOPE_NEVER, "64:ff9b::", "64:ff9b::1", "64:ff9b::127.0.0.1",
		"64:ff9b::169.254.169.254", "64:ff9b::224.0.0.1", "2002:7f00:0001::1",
		"2002:a9fe:a9fe::1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(this_host_its_links_and_groups_are_never_right),
		cmocka_unit_test(addresses_of_one_network_are_private),
		cmocka_unit_test(all_others_are_global),
		cmocka_unit_test(what_a_gateway_translates_is_of_the_scope_of_what_it_leads_to),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
