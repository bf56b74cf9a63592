/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions of real sockets, in a network namespace of the test's own. */
#include "host/sessions.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "live/netns.h"

enum { PORT = 2222 };

struct pair {
	int server, client, accepted;
};

static struct pair connected(int family, const char *to)
{
	struct pair p = {.server = socket(AF_INET6, SOCK_STREAM, 0),
		.client = socket(family, SOCK_STREAM, 0)};
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	struct sockaddr_in6 six = any;
	const int yes = 1;
	bool is_four = family == AF_INET;
	assert_int_equal(inet_pton(family, to,
				 is_four ? (void *)&four.sin_addr : (void *)&six.sin6_addr),
		1);
	assert_int_equal(setsockopt(p.server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)), 0);
	assert_int_equal(bind(p.server, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(p.server, 5), 0);
	/* an address may be of use only a moment after it was given */
	int r = -1;
	for (int i = 0; i < 1000 && r < 0; i++) {
		r = is_four ? connect(p.client, (struct sockaddr *)&four, sizeof(four))
			    : connect(p.client, (struct sockaddr *)&six, sizeof(six));
		if (r < 0)
			usleep(10000);
	}
	assert_int_equal(r, 0);
	p.accepted = accept(p.server, NULL, NULL);
	assert_true(p.accepted >= 0);
	return p;
}

static void disconnect(struct pair *p)
{
	close(p->client);
	close(p->accepted);
	close(p->server);
}

static void assert_session(int family, const char *at, const char *wanted_end)
{
	static const struct port_range ports[] = {{1, 9}, {2000, 3000}};
	struct sessions found;
	struct text text = {0};
	need_netns();
	assert_int_equal(system("ip link set lo up; ip addr add 10.9.0.1/32 dev lo; "
				"ip -6 addr add 2001:db8::1/128 dev lo nodad"),
		0);
	struct pair p = connected(family, at);
	assert_int_equal(sessions_gather(ports, 2, &found), 0);
	/* not the client's socket, nor the one that listens */
	assert_int_equal(found.count, 1);
	session_print(&found.items[0], &text);
	assert_non_null(strstr(text.data, wanted_end));
	text_done(&text);
	sessions_done(&found);
	assert_int_equal(sessions_gather(ports, 1, &found), 0);
	assert_int_equal(found.count, 0);
	sessions_done(&found);
	disconnect(&p);
}

TEST(a_session_is_found_by_the_port_that_it_is_served_at)
{
	assert_session(AF_INET6, "2001:db8::1", " to 2001:db8::1 port 2222");
}

TEST(a_mapped_address_is_one_of_ipv4)
{
	assert_session(AF_INET, "10.9.0.1", " to 10.9.0.1 port 2222");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_found_by_the_port_that_it_is_served_at),
		cmocka_unit_test(a_mapped_address_is_one_of_ipv4),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
