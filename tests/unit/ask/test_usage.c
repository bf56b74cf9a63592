/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who uses how many sessions. */
#include "ask/usage.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "ruleset/memory_policy.h"

#define ROLE \
	"[role]\nname = x\nplays = x\npeers = client\nsession-flows = media\n" \
	"[flow media]\nport = 4433\nprotocol = tcp\nsource = client\ntarget = x\n" \
	"[flow other]\nport = 80\nprotocol = tcp\nsource = client\ntarget = x\n" \
	"[size 6]\nsessions = 2\n"
#define HOST "[host]\nroles = x\nsize = 6\n[peer client]\naddress = 10.0.0.0/8, 2001:db8::/32\n"

static struct addr address(const char *text)
{
	struct addr a = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};
	assert_int_equal(inet_pton(a.family, text, a.bytes), 1);
	return a;
}

static struct connection from(const char *source, uint16_t port)
{
	return (struct connection){
		.protocol = IPPROTO_TCP,
		.source = address(source),
		.destination = address(strchr(source, ':') ? "2001:db8::1" : "10.9.9.9"),
		.source_port = 50000,
		.destination_port = port,
		.mark = 0x00050003,
	};
}

/* Counts so many connections on a host that is 10.9.9.9 and 2001:db8::1. */
static struct usage usage_of(const struct connection *list, size_t n)
{
	struct policy *p = memory_policy(ROLE, HOST);
	struct link_address own[2] = {
		{.address = address("10.9.9.9")}, {.address = address("2001:db8::1")}};
	struct facts f = {.addresses = own, .n_addresses = 2};
	struct usage u = {0};
	for (size_t i = 0; i < n; i++)
		assert_int_equal(usage_add(&u, p, &f, &list[i]), 0);
	usage_finish(&u);
	policy_free(p);
	return u;
}

TEST(clients_are_added_up_and_who_has_most_comes_first)
{
	struct connection list[] = {
		from("10.0.0.2", 4433),
		from("2001:db8::7", 4433),
		from("10.0.0.1", 4433),
		from("2001:db8::7", 4433),
		from("10.0.0.3", 4433),
		from("2001:db8::7", 4433),
	};
	list[0].is_half_open = list[3].is_half_open = true;
	struct usage u = usage_of(list, sizeof(list) / sizeof(list[0]));
	assert_int_equal(u.sessions, 6);
	assert_int_equal(u.half_open, 2);
	assert_int_equal(u.n_clients, 4);
	const char *order[] = {"2001:db8::7", "10.0.0.1", "10.0.0.2", "10.0.0.3"};
	const size_t sessions[] = {3, 1, 1, 1}, half_open[] = {1, 0, 1, 0};
	for (size_t i = 0; i < 4; i++) {
		struct addr a = address(order[i]);
		assert_int_equal(addr_compare(&u.clients[i].address, &a), 0);
		assert_int_equal(u.clients[i].sessions, sessions[i]);
		assert_int_equal(u.clients[i].half_open, half_open[i]);
	}
	usage_done(&u);
}

TEST(only_sessions_that_came_in_and_were_let_in_count)
{
	struct connection list[] = {
		from("10.0.0.1", 80),   /* no session flow */
		from("10.0.0.1", 4433), /* another protocol */
		from("10.0.0.1", 4433), /* refused: no mark of ours, though one of others */
		from("10.9.9.9", 4433), /* we have dialled it */
		from("10.0.0.1", 4433), /* forwarded, and not published by us */
	};
	list[1].protocol = IPPROTO_UDP;
	list[2].mark = 3;
	list[3].destination = address("10.0.0.1");
	list[4].destination = address("10.0.0.8");
	struct usage u = usage_of(list, sizeof(list) / sizeof(list[0]));
	assert_int_equal(u.sessions, 0);
	assert_int_equal(u.n_clients, 0);
	usage_done(&u);
}

TEST(a_published_container_s_session_counts_by_the_port_that_was_dialled)
{
	struct connection c = from("10.0.0.1", 4433);
	c.is_dnated = true;
	c.reached = address("172.17.0.2");
	c.reached_port = 22;
	struct usage u = usage_of(&c, 1);
	assert_int_equal(u.sessions, 1);
	usage_done(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_are_added_up_and_who_has_most_comes_first),
		cmocka_unit_test(only_sessions_that_came_in_and_were_let_in_count),
		cmocka_unit_test(
			a_published_container_s_session_counts_by_the_port_that_was_dialled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
