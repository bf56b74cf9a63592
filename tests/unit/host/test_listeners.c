/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A socket of our own is found while it listens, by the addresses that it takes. */
#include "host/listeners.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "testing.h"

static int bound(int type, const char *address, uint16_t *ret_port)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t length = sizeof(a);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(inet_pton(AF_INET, address, &a.sin_addr), 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &length), 0);
	*ret_port = ntohs(a.sin_port);
	return fd;
}

static int has(uint8_t protocol, const char *address, uint16_t port)
{
	struct addr a;
	assert_int_equal(addr_parse(address, strlen(address), &a), 0);
	return listeners_has(protocol, &a, port);
}

TEST(a_port_of_tcp_has_a_listener_from_listen_to_close)
{
	uint16_t port;
	int fd = bound(SOCK_STREAM, "127.0.0.1", &port);
	assert_int_equal(has(IPPROTO_TCP, "127.0.0.1", port), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(has(IPPROTO_TCP, "127.0.0.1", port), 1);
	assert_int_equal(has(IPPROTO_TCP, "127.0.0.2", port), 0);
	assert_int_equal(has(IPPROTO_UDP, "127.0.0.1", port), 0);
	close(fd);
	assert_int_equal(has(IPPROTO_TCP, "127.0.0.1", port), 0);
}

TEST(a_socket_that_is_bound_to_no_address_takes_all_of_its_family)
{
	uint16_t port;
	int fd = bound(SOCK_DGRAM, "0.0.0.0", &port);
	assert_int_equal(has(IPPROTO_UDP, "10.1.2.3", port), 1);
	assert_int_equal(has(IPPROTO_UDP, "2001:db8::1", port), 0);
	close(fd);
}

TEST(an_address_of_ipv4_is_taken_by_a_socket_for_both)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6};
	socklen_t length = sizeof(a);
	int only = 0;
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		skip();
	assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &length), 0);
	assert_int_equal(has(IPPROTO_TCP, "10.1.2.3", ntohs(a.sin6_port)), 1);
	close(fd);
}

TEST(a_protocol_without_ports_has_no_listeners)
{
	assert_int_equal(has(IPPROTO_ICMP, "127.0.0.1", 1), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_of_tcp_has_a_listener_from_listen_to_close),
		cmocka_unit_test(a_socket_that_is_bound_to_no_address_takes_all_of_its_family),
		cmocka_unit_test(an_address_of_ipv4_is_taken_by_a_socket_for_both),
		cmocka_unit_test(a_protocol_without_ports_has_no_listeners),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
