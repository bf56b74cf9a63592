/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The socket alone: what the kernel answers, and whose fd it is. */
#include "netlink/packet_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>

#include "live/netns.h"

static struct packet_socket opened_socket(void)
{
	struct packet_socket s;
	assert_int_equal(packet_socket_open(&s, 1024 * 1024), 0);
	return s;
}

TEST(what_the_kernel_says_is_returned)
{
	char buffer[PACKET_MESSAGE_SIZE];
	const struct nfulnl_msg_config_cmd unbind = {NFULNL_CFG_CMD_UNBIND};
	need_netns();
	struct packet_socket s = opened_socket();
	struct nlmsghdr *nlh =
		packet_socket_message(&s, buffer, NFNL_SUBSYS_ULOG << 8 | 200, 7);
	assert_int_equal(packet_socket_ask(&s, nlh), -EINVAL);
	nlh = packet_socket_message(&s, buffer, NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG, 7);
	mnl_attr_put(nlh, NFULA_CFG_CMD, sizeof(unbind), &unbind);
	assert_int_equal(packet_socket_ask(&s, nlh), -ENODEV); /* nobody has bound it */
	packet_socket_close(&s);
}

TEST(an_empty_socket_has_nothing_to_read)
{
	char buffer[256];
	need_netns();
	struct packet_socket s = opened_socket();
	assert_int_equal(packet_socket_receive(s.fd, buffer, sizeof(buffer)), 0);
	assert_true(fcntl(s.fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(s.fd, F_GETFD) & FD_CLOEXEC);
	packet_socket_close(&s);
}

TEST(a_socket_that_was_given_away_stays_open)
{
	need_netns();
	struct packet_socket s = opened_socket();
	int fd = packet_socket_release(&s);
	packet_socket_close(&s);
	assert_int_not_equal(fcntl(fd, F_GETFD), -1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_kernel_says_is_returned),
		cmocka_unit_test(an_empty_socket_has_nothing_to_read),
		cmocka_unit_test(a_socket_that_was_given_away_stays_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
