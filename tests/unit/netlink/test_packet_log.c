/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies of real packets, in a network namespace of the test's own. */
#include "netlink/packet_log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "live/datagram.h"
#include "live/netns.h"

enum { GROUP = 7, PORT = 5300 };

static int opened_log(void)
{
	uint16_t group;
	int fd;
	assert_int_equal(packet_log_open(GROUP, GROUP, &fd, &group), 0);
	assert_int_equal(group, GROUP);
	return fd;
}

struct seen {
	unsigned count;
	size_t length;
	bool leaves;
	_Alignas(struct iphdr) uint8_t bytes[PACKET_LOG_LENGTH];
};

static int note(void *context, const struct packet_copy *p)
{
	struct seen *seen = context;
	assert_in_range(p->length, 0, sizeof(seen->bytes));
	memcpy(seen->bytes, p->bytes, p->length);
	seen->length = p->length;
	seen->leaves = p->leaves;
	seen->count++;
	return 0;
}

/* A namespace whose loopback's datagrams to PORT are copied. */
static void need_copies(uint32_t length)
{
	char script[256];
	need_netns();
	loopback_up();
	snprintf(script, sizeof(script),
		"table inet t {\n chain c {\n type filter hook output priority 0;\n"
		" udp dport %d log group %d snaplen %u queue-threshold 1\n }\n}\n",
		PORT, GROUP, length);
	nft(script);
}

TEST(a_packet_is_copied_at_once_from_its_ip_header_on)
{
	static const char said[] = "what is the address of example.com";
	struct seen seen = {0};
	need_copies(PACKET_LOG_LENGTH);
	int fd = opened_log();
	assert_int_equal(packet_log_read(fd, 10, note, &seen), 0);
	send_datagram(PORT, said, sizeof(said));
	/* by default the kernel would keep it back for a second */
	assert_int_equal(packet_log_read(fd, 10, note, &seen), 1);
	const struct iphdr *ip = (const struct iphdr *)seen.bytes;
	assert_int_equal(seen.length, sizeof(*ip) + sizeof(struct udphdr) + sizeof(said));
	assert_int_equal(ip->version, 4);
	assert_int_equal(ip->protocol, IPPROTO_UDP);
	assert_int_equal(ntohs(ip->tot_len), seen.length);
	assert_memory_equal(seen.bytes + seen.length - sizeof(said), said, sizeof(said));
	assert_int_equal(packet_log_read(fd, 10, note, &seen), 0);
	close(fd);
}

TEST(what_comes_in_is_told_from_what_leaves)
{
	struct seen seen = {0};
	need_copies(PACKET_LOG_LENGTH);
	int fd = opened_log();
	send_datagram(PORT, "x", 1);
	assert_int_equal(packet_log_read(fd, 10, note, &seen), 1);
	assert_true(seen.leaves);
	nft("table inet t {\n chain in {\n type filter hook input priority 0;\n"
	    " udp dport 5301 log group 7 snaplen 512 queue-threshold 1\n }\n}\n");
	send_datagram(PORT + 1, "x", 1);
	assert_int_equal(packet_log_read(fd, 10, note, &seen), 1);
	assert_false(seen.leaves);
	close(fd);
}

TEST(a_copy_is_cut_where_the_rule_says_so)
{
	static const char said[1000];
	struct seen seen = {0};
	need_copies(100);
	int fd = opened_log();
	send_datagram(PORT, said, sizeof(said));
	assert_int_equal(packet_log_read(fd, 10, note, &seen), 1);
	assert_int_equal(seen.length, 100);
	assert_int_equal(ntohs(((const struct iphdr *)seen.bytes)->tot_len),
		sizeof(said) + sizeof(struct iphdr) + sizeof(struct udphdr));
	close(fd);
}

TEST(a_copy_as_long_as_there_can_be_is_whole)
{
	static char said[PACKET_LOG_LENGTH];
	struct seen seen = {0};
	need_copies(PACKET_LOG_LENGTH);
	int fd = opened_log();
	memset(said, 'x', sizeof(said));
	send_datagram(PORT, said, sizeof(said));
	assert_int_equal(packet_log_read(fd, 10, note, &seen), 1);
	assert_int_equal(seen.length, PACKET_LOG_LENGTH);
	assert_int_equal(seen.bytes[PACKET_LOG_LENGTH - 1], 'x');
	close(fd);
}

/* As the reader gets it: bound by one process, read by another that has no capability. */
static int handed_over = -1;

static int read_without_privileges(void)
{
	struct seen seen = {0};
	struct pollfd ready = {.fd = handed_over, .events = POLLIN};
	if (setresuid(65534, 65534, 65534) < 0 || poll(&ready, 1, 10000) != 1)
		return 100;
	return packet_log_read(handed_over, 10, note, &seen);
}

TEST(who_has_the_socket_needs_no_capability)
{
	need_copies(PACKET_LOG_LENGTH);
	handed_over = opened_log();
	send_datagram(PORT, "x", 1);
	send_datagram(PORT, "y", 1);
	assert_int_equal(in_child(read_without_privileges), 2);
	close(handed_over);
}

static int open_without_privileges(void)
{
	uint16_t group;
	int fd;
	if (setresuid(65534, 65534, 65534) < 0)
		return 0;
	return -packet_log_open(1, 20, &fd, &group);
}

TEST(who_may_not_bind_is_told_so)
{
	need_netns();
	assert_int_equal(in_child(open_without_privileges), EPERM);
}

TEST(a_group_that_somebody_else_has_is_left_to_him)
{
	uint16_t group;
	int fd;
	need_netns();
	int taken = opened_log();
	assert_int_equal(packet_log_open(GROUP, GROUP, &fd, &group), -EPERM);
	assert_int_equal(packet_log_open(GROUP, GROUP + 3, &fd, &group), 0);
	assert_int_equal(group, GROUP + 1);
	close(fd);
	close(taken);
	/* and is free when its last socket is closed */
	fd = opened_log();
	close(fd);
}

TEST(what_comes_too_fast_is_said_to_be_lost_and_the_rest_is_there)
{
	struct seen seen = {0};
	int small = 16 * 1024;
	need_copies(PACKET_LOG_LENGTH);
	int fd = opened_log();
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &small, sizeof(small)), 0);
	for (unsigned i = 0; i < 200; i++)
		send_datagram(PORT, "x", 1);
	assert_int_equal(packet_log_read(fd, 1000, note, &seen), -ENOBUFS);
	int rest = packet_log_read(fd, 1000, note, &seen);
	assert_in_range(rest, 1, 199);
	assert_int_equal(packet_log_read(fd, 1000, note, &seen), 0);
	send_datagram(PORT, "x", 1);
	assert_int_equal(packet_log_read(fd, 1000, note, &seen), 1);
	close(fd);
}

TEST(no_more_is_read_than_is_asked_for)
{
	struct seen seen = {0};
	need_copies(PACKET_LOG_LENGTH);
	int fd = opened_log();
	for (unsigned i = 0; i < 5; i++)
		send_datagram(PORT, "x", 1);
	assert_int_equal(packet_log_read(fd, 3, note, &seen), 3);
	assert_int_equal(packet_log_read(fd, 3, note, &seen), 2);
	close(fd);
}

static int refuse(void *context, const struct packet_copy *p)
{
	(void)context;
	(void)p;
	return -ENOMEM;
}

TEST(a_failure_of_who_gets_them_ends_the_reading)
{
	need_copies(PACKET_LOG_LENGTH);
	int fd = opened_log();
	send_datagram(PORT, "x", 1);
	assert_int_equal(packet_log_read(fd, 10, refuse, NULL), -ENOMEM);
	close(fd);
}

/* A message that looks like a copy, sent by a process. */
TEST(what_does_not_come_from_the_kernel_is_not_looked_at)
{
	char buffer[256];
	struct seen seen = {0};
	struct sockaddr_nl to = {0};
	socklen_t length = sizeof(to);
	need_copies(PACKET_LOG_LENGTH);
	int fd = opened_log(), other = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&to, &length), 0);
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	nlh->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nfgenmsg));
	mnl_attr_put(nlh, NFULA_PAYLOAD, 4, "fake");
	assert_int_equal(sendto(other, nlh, nlh->nlmsg_len, 0, (struct sockaddr *)&to, sizeof(to)),
		nlh->nlmsg_len);
	send_datagram(PORT, "x", 1);
	assert_int_equal(packet_log_read(fd, 10, note, &seen), 1);
	assert_int_equal(seen.length, sizeof(struct iphdr) + sizeof(struct udphdr) + 1);
	close(other);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_is_copied_at_once_from_its_ip_header_on),
		cmocka_unit_test(what_comes_in_is_told_from_what_leaves),
		cmocka_unit_test(a_copy_is_cut_where_the_rule_says_so),
		cmocka_unit_test(a_copy_as_long_as_there_can_be_is_whole),
		cmocka_unit_test(who_has_the_socket_needs_no_capability),
		cmocka_unit_test(who_may_not_bind_is_told_so),
		cmocka_unit_test(a_group_that_somebody_else_has_is_left_to_him),
		cmocka_unit_test(what_comes_too_fast_is_said_to_be_lost_and_the_rest_is_there),
		cmocka_unit_test(no_more_is_read_than_is_asked_for),
		cmocka_unit_test(a_failure_of_who_gets_them_ends_the_reading),
		cmocka_unit_test(what_does_not_come_from_the_kernel_is_not_looked_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
