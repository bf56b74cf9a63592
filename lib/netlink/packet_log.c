/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By default the kernel collects copies for a second, or until there are a hundred, and then sends
 * them as one message: a threshold of 1 makes it send each at once.  Each rule has its own
 * threshold, and its own length of a copy (ruleset/build.h, copy_packet()).
 *
 * The kernel does not wait for the reader.  A copy that finds the socket's buffer full is lost,
 * and the next read says ENOBUFS, once for any number of lost copies.  The buffer is only a bound
 * and not memory in use, so it is large.
 *
 * The reader, which was handed the socket, trusts nobody: messages that do not come from the
 * kernel are ignored.
 */
#include "netlink/packet_log.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>

#include "base/cleanup.h"
#include "netlink/packet_socket.h"

enum {
	/* a tenth of a second's copies if questions and answers come 20,000 times a second, with
	 * the page that the kernel takes for each */
	RECEIVE_BUFFER = 32 * 1024 * 1024,
	DATAGRAM_SIZE = PACKET_LOG_LENGTH + 2048,
};

static struct nlmsghdr *configure(struct packet_socket *s, char *buffer, uint16_t group)
{
	return packet_socket_message(s, buffer, NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG, group);
}

static int bind_group(struct packet_socket *s, uint16_t group)
{
	char buffer[PACKET_MESSAGE_SIZE];
	const struct nfulnl_msg_config_cmd bind_it = {NFULNL_CFG_CMD_BIND};
	const struct nfulnl_msg_config_mode mode = {
		.copy_range = htonl(PACKET_LOG_LENGTH), .copy_mode = NFULNL_COPY_PACKET};
	struct nlmsghdr *nlh = configure(s, buffer, group);
	mnl_attr_put(nlh, NFULA_CFG_CMD, sizeof(bind_it), &bind_it);
	int r = packet_socket_ask(s, nlh);
	if (r < 0)
		return r;
	nlh = configure(s, buffer, group);
	mnl_attr_put(nlh, NFULA_CFG_MODE, sizeof(mode), &mode);
	mnl_attr_put_u32(nlh, NFULA_CFG_QTHRESH, htonl(1));
	return packet_socket_ask(s, nlh);
}

int packet_log_open(uint16_t first, uint16_t last, int *ret_fd, uint16_t *ret_group)
{
	CLEANUP(packet_socket_close) struct packet_socket s = {.fd = -1};
	uint16_t group = first;
	int r = packet_socket_open(&s, RECEIVE_BUFFER);
	if (r < 0)
		return r;
	/* the kernel says EPERM of a group that another socket has */
	while ((r = bind_group(&s, group)) == -EPERM && group < last)
		group++;
	if (r < 0)
		return r;
	*ret_fd = packet_socket_release(&s);
	*ret_group = group;
	return 0;
}

/* True with the copy that a message holds. */
static bool read_copy(const struct nlmsghdr *nlh, struct packet_copy *ret)
{
	const struct nlattr *attr;
	bool has_payload = false;
	if (nlh->nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET) ||
		mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nfgenmsg))
		return false;
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		const uint16_t type = mnl_attr_get_type(attr),
			       size = mnl_attr_get_payload_len(attr);
		if (type == NFULA_PACKET_HDR && size >= sizeof(struct nfulnl_msg_packet_hdr)) {
			const struct nfulnl_msg_packet_hdr *head = mnl_attr_get_payload(attr);
			ret->leaves = head->hook == NF_INET_LOCAL_OUT;
		} else if (type == NFULA_PAYLOAD) {
			ret->bytes = mnl_attr_get_payload(attr);
			ret->length = size;
			has_payload = true;
		}
	}
	return has_payload;
}

int packet_log_read(int fd, unsigned most, int (*f)(void *context, const struct packet_copy *p),
	void *context)
{
	_Alignas(struct nlmsghdr) char buffer[DATAGRAM_SIZE];
	unsigned count = 0;
	while (count < most) {
		ssize_t n = packet_socket_receive(fd, buffer, sizeof(buffer));
		if (n <= 0)
			return n < 0 ? (int)n : (int)count;
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buffer;
		for (int left = (int)n; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			struct packet_copy copy = {0};
			if (!read_copy(nlh, &copy))
				continue;
			count++;
			int r = f(context, &copy);
			if (r < 0)
				return r;
		}
	}
	return (int)count;
}
