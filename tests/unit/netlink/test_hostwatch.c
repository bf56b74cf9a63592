/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hearing of links, addresses and routes, in a network namespace of the test's own. */
#include "netlink/hostwatch.h"

#include <poll.h>
#include <sys/socket.h>

#include "host/facts.h"
#include "live/netns.h"

static void ip(const char *arguments)
{
	char command[256];
	snprintf(command, sizeof(command), "ip %s", arguments);
	assert_int_equal(system(command), 0);
}

static struct hostwatch watching(unsigned follows)
{
	struct hostwatch w;
	assert_int_equal(hostwatch_open(&w, follows), 0);
	assert_true(hostwatch_read(&w) >= 0);
	return w;
}

/* The kernel tells of an IPv6 address when a worker of its own has looked at it. */
static void assert_heard(struct hostwatch *w, const char *arguments)
{
	struct pollfd told = {.fd = hostwatch_fd(w), .events = POLLIN};
	ip(arguments);
	if (poll(&told, 1, 10000) != 1 || hostwatch_read(w) != 1)
		fail_msg("ip %s", arguments);
}

/* What the kernel tells of an earlier change a moment later may come in between; not each time. */
static void assert_not_heard(struct hostwatch *w, const char *arguments, const char *undo)
{
	int heard = 1;
	for (int i = 0; i < 10 && heard; i++) {
		hostwatch_read(w);
		ip(arguments);
		heard = hostwatch_read(w);
		ip(undo);
	}
	if (heard)
		fail_msg("ip %s", arguments);
}

TEST(links_and_addresses_are_heard)
{
	need_netns();
	ip("link set lo up");
	struct hostwatch w = watching(FOLLOWS_LINKS);
	assert_heard(&w, "link add eth0 type veth peer name eth1");
	assert_heard(&w, "address add 10.0.0.1/24 dev eth0");
	assert_heard(&w, "-6 address add 2001:db8::1/64 dev eth0 nodad");
	assert_heard(&w, "link set eth0 name wan");
	assert_not_heard(&w, "route add 10.9.0.0/16 dev lo", "route delete 10.9.0.0/16");
	assert_heard(&w, "address delete 10.0.0.1/24 dev wan");
	assert_heard(&w, "link delete wan");
	hostwatch_close(&w);
}

TEST(only_default_routes_are_heard)
{
	need_netns();
	ip("link set lo up");
	ip("address add 10.0.0.1/24 dev lo");
	struct hostwatch w = watching(FOLLOWS_ROUTES);
	assert_not_heard(&w, "route add 10.9.0.0/16 via 10.0.0.1", "route delete 10.9.0.0/16");
	assert_heard(&w, "route add default via 10.0.0.1");
	assert_heard(&w, "route change default via 10.0.0.1 mtu 1400");
	assert_heard(&w, "route delete default");
	assert_heard(&w, "-6 route add default dev lo");
	hostwatch_close(&w);
}

TEST(what_is_lost_stands_for_a_change)
{
	const int small = 1; /* the kernel makes it its least */
	need_netns();
	ip("link set lo up");
	struct hostwatch w = watching(FOLLOWS_LINKS);
	assert_int_equal(setsockopt(hostwatch_fd(&w), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
		0);
	assert_int_equal(system("for i in $(seq 100); do echo address add 10.0.0.$i/32 dev lo; "
				"done | ip -batch -"),
		0);
	assert_int_equal(hostwatch_read(&w), 1);
	assert_true(hostwatch_read(&w) >= 0); /* it is no error that lasts */
	hostwatch_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_and_addresses_are_heard),
		cmocka_unit_test(only_default_routes_are_heard),
		cmocka_unit_test(what_is_lost_stands_for_a_change),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
