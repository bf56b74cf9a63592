/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ways out of a network namespace of the test's own. */
#include "netlink/route.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "live/netns.h"

static struct addr address(const char *s)
{
	struct addr a;
	assert_int_equal(addr_parse(s, strlen(s), &a), 0);
	return a;
}

static void expect(struct route *r, const char *to, const char *from, const char *name)
{
	struct addr a = address(to), b = address(from ? from : "0.0.0.0");
	char found[IF_NAMESIZE] = "";
	assert_int_equal(route_interface(r, &a, from ? &b : NULL, found), name != NULL);
	assert_string_equal(found, name ? name : "");
}

static void run(const char *command)
{
	assert_int_equal(system(command), 0);
}

TEST(the_way_is_told_by_its_interface)
{
	struct route r;
	need_netns();
	run("ip link set lo up");
	run("ip link add one type veth peer name eno && ip link set one up && ip link set eno up "
	    "&& ip addr add 10.0.0.1/24 dev one");
	run("ip link add two type veth peer name owt && ip link set two up && ip link set owt up "
	    "&& ip addr add 10.1.0.1/24 dev two");
	run("ip addr add 2001:db8:1::1/64 dev two nodad");
	assert_int_equal(route_open(&r), 0);
	expect(&r, "10.0.0.7", NULL, "one");
	expect(&r, "10.1.0.7", NULL, "two");
	expect(&r, "10.1.0.7", "10.0.0.1", "two");
	expect(&r, "2001:db8:1::7", NULL, "two");
	expect(&r, "2001:db8:1::7", "2001:db8:1::1", "two");
	expect(&r, "10.0.0.1", NULL, "lo");
	/* where there is none, and after that */
	expect(&r, "192.0.2.1", NULL, NULL);
	expect(&r, "2001:db8:2::1", NULL, NULL);
	expect(&r, "10.0.0.7", "192.0.2.9", NULL); /* not an address of ours */
	expect(&r, "10.0.0.7", NULL, "one");
	route_close(&r);
}

TEST(the_source_may_choose_the_way)
{
	struct route r;
	need_netns();
	run("ip link add one type veth peer name eno && ip link set one up && ip link set eno up "
	    "&& ip addr add 10.0.0.1/24 dev one");
	run("ip link add two type veth peer name owt && ip link set two up && ip link set owt up "
	    "&& ip addr add 10.1.0.1/24 dev two");
	run("ip route add default dev one");
	run("ip route add default dev two table 7 && ip rule add from 10.1.0.1 lookup 7");
	assert_int_equal(route_open(&r), 0);
	expect(&r, "192.0.2.1", NULL, "one");
	expect(&r, "192.0.2.1", "10.1.0.1", "two");
	route_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_way_is_told_by_its_interface),
		cmocka_unit_test(the_source_may_choose_the_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
