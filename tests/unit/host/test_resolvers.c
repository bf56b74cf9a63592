/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Name servers, in front of a stub and behind one. */
#include "host/resolvers.h"

#include <string.h>

#include "testing.h"

static void expect(const char *conf, const char *uplinks, const char *wanted, const char *stub)
{
	struct facts f = {0};
	char found[512] = "", text[INET6_ADDRSTRLEN] = "";
	assert_int_equal(resolvers_read(&f, conf, uplinks), 0);
	for (size_t i = 0; i < f.n_resolvers; i++) {
		addr_print(&f.resolvers[i], text);
		strcat(strcat(found, i ? " " : ""), text);
	}
	assert_string_equal(found, wanted);
	text[0] = '\0';
	if (f.stub.family)
		addr_print(&f.stub, text);
	assert_string_equal(text, stub);
	facts_done(&f);
}

TEST(resolvers_are_those_of_resolv_conf)
{
	expect("# nameserver 10.0.0.9\nsearch corp.example\n"
	       "nameserver 10.0.0.53\nnameserver\t2001:db8::53\n"
	       "nameserver fe80::1%eth0\nnameserver nonsense\n"
	       "nameserver 10.0.0.53\noptions edns0",
		"nameserver 10.9.9.9\n", "10.0.0.53 2001:db8::53 fe80::1", "");
	expect("", "nameserver 10.9.9.9\n", "", "");
}

TEST(behind_systemd_resolved_they_are_its_own)
{
	expect("nameserver 127.0.0.53\n", "nameserver 10.0.0.53\nnameserver 10.0.0.54\n",
		"10.0.0.53 10.0.0.54", "");
	expect("nameserver 10.0.0.1\nnameserver 127.0.0.54\n", "nameserver 10.0.0.53\n",
		"10.0.0.1 10.0.0.53", "");
}

TEST(a_stub_whose_servers_are_not_known_is_told)
{
	expect("nameserver 127.0.0.53\n", "", "", "127.0.0.53");
	expect("nameserver 127.0.0.53\n", "# none yet\n", "", "127.0.0.53");
	expect("nameserver 127.0.0.1\n", "", "", "127.0.0.1");
	expect("nameserver ::1\nnameserver 10.0.0.1\n", "", "10.0.0.1", "::1");
	/* somebody else's, in front of resolved or beside it */
	expect("nameserver 127.0.0.1\n", "nameserver 10.0.0.53\n", "10.0.0.53", "127.0.0.1");
	/* resolved, in front of somebody else's */
	expect("nameserver 127.0.0.53\n", "nameserver 127.0.0.1\n", "", "127.0.0.53");
	expect("nameserver 127.0.0.53\n", "nameserver 127.0.0.1\nnameserver 10.0.0.53\n",
		"10.0.0.53", "127.0.0.1");
}

TEST(those_on_this_host_are_kept_apart)
{
	struct facts f = {0};
	char text[INET6_ADDRSTRLEN];
	assert_int_equal(resolvers_read(&f,
				 "nameserver 127.0.0.53\nnameserver ::1\nnameserver 127.0.0.53\n",
				 "nameserver 10.0.0.53\n"),
		0);
	assert_int_equal(f.n_resolvers, 1);
	assert_int_equal(f.n_local_resolvers, 2);
	addr_print(&f.local_resolvers[0], text);
	assert_string_equal(text, "127.0.0.53");
	addr_print(&f.local_resolvers[1], text);
	assert_string_equal(text, "::1");
	struct facts copy;
	assert_int_equal(facts_copy(&f, &copy), 0);
	assert_true(facts_equal(&f, &copy));
	copy.local_resolvers[1].bytes[15] = 2;
	assert_false(facts_equal(&f, &copy));
	copy.n_local_resolvers = 1;
	assert_false(facts_equal(&f, &copy));
	facts_done(&copy);
	facts_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolvers_are_those_of_resolv_conf),
		cmocka_unit_test(behind_systemd_resolved_they_are_its_own),
		cmocka_unit_test(a_stub_whose_servers_are_not_known_is_told),
		cmocka_unit_test(those_on_this_host_are_kept_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
