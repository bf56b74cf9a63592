/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A queue without a listener drops its packets, and so does a full one: the flag "fail open",
 * which would let them through, is cleared explicitly, since somebody else may have set it for
 * this number.  No verdict here accepts.  A packet that is released comes back to the first rule
 * of its base chain (NF_REPEAT), and is judged by the rules of that moment.
 *
 * Large segments come as they are (F_GSO): otherwise the kernel cuts them up first.
 */
#include "netlink/packet_queue.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
	RECEIVE_BUFFER = 4 * 1024 * 1024,
	DATAGRAM_SIZE = PACKET_QUEUE_LENGTH + 4096,
};

static struct nlmsghdr *configure(struct packet_queue *q, char *buffer)
{
	return packet_socket_message(&q->socket, buffer, NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_CONFIG,
		q->number);
}

static int bind_queue(struct packet_queue *q)
{
	char buffer[PACKET_MESSAGE_SIZE];
	const struct nfqnl_msg_config_cmd bind_it = {.command = NFQNL_CFG_CMD_BIND};
	struct nlmsghdr *nlh = configure(q, buffer);
	mnl_attr_put(nlh, NFQA_CFG_CMD, sizeof(bind_it), &bind_it);
	return packet_socket_ask(&q->socket, nlh);
}

static int set_limits(struct packet_queue *q, uint32_t most_packets)
{
	char buffer[PACKET_MESSAGE_SIZE];
	const struct nfqnl_msg_config_params params = {
		.copy_range = htonl(PACKET_QUEUE_LENGTH),
		.copy_mode = NFQNL_COPY_PACKET,
	};
	struct nlmsghdr *nlh = configure(q, buffer);
	mnl_attr_put(nlh, NFQA_CFG_PARAMS, sizeof(params), &params);
	mnl_attr_put_u32(nlh, NFQA_CFG_QUEUE_MAXLEN, htonl(most_packets));
	mnl_attr_put_u32(nlh, NFQA_CFG_FLAGS, htonl(NFQA_CFG_F_GSO));
	mnl_attr_put_u32(nlh, NFQA_CFG_MASK, htonl(NFQA_CFG_F_GSO | NFQA_CFG_F_FAIL_OPEN));
	return packet_socket_ask(&q->socket, nlh);
}

int packet_queue_open(struct packet_queue *q, uint16_t first, uint16_t last, uint32_t most_packets)
{
	*q = (struct packet_queue){.number = first};
	int r = packet_socket_open(&q->socket, RECEIVE_BUFFER);
	if (r < 0)
		return r;
	/* the kernel says EPERM or EBUSY of a queue that another socket has */
	while (((r = bind_queue(q)) == -EPERM || r == -EBUSY) && q->number < last)
		q->number++;
	if (r == 0)
		r = set_limits(q, most_packets);
	if (r < 0)
		packet_queue_close(q);
	return r == -EBUSY ? -EPERM : r;
}

void packet_queue_adopt(struct packet_queue *q, int fd, uint16_t number)
{
	*q = (struct packet_queue){.socket = {.fd = fd, .seq = 1}, .number = number};
}

void packet_queue_close(struct packet_queue *q)
{
	packet_socket_close(&q->socket);
}

int packet_queue_fd(const struct packet_queue *q)
{
	return q->socket.fd;
}

/* True with what waits. */
static bool read_packet(const struct nlmsghdr *nlh, struct waiting_packet *ret)
{
	const struct nlattr *attr;
	bool has_id = false;
	if (nlh->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET) ||
		mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nfgenmsg))
		return false;
	*ret = (struct waiting_packet){0};
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		uint16_t type = mnl_attr_get_type(attr), length = mnl_attr_get_payload_len(attr);
		if (type == NFQA_PACKET_HDR && length >= sizeof(struct nfqnl_msg_packet_hdr)) {
			const struct nfqnl_msg_packet_hdr *head = mnl_attr_get_payload(attr);
			ret->id = ntohl(head->packet_id);
			has_id = true;
		} else if (type == NFQA_PAYLOAD) {
			ret->bytes = mnl_attr_get_payload(attr);
			ret->length = length;
		}
	}
	return has_id;
}

/* The kernel's errors for verdicts come by the same socket: the packet was gone. */
int packet_queue_read(struct packet_queue *q, unsigned most,
	int (*f)(void *context, const struct waiting_packet *p), void *context)
{
	_Alignas(struct nlmsghdr) char buffer[DATAGRAM_SIZE];
	unsigned count = 0;
	while (count < most) {
		ssize_t n = packet_socket_receive(q->socket.fd, buffer, sizeof(buffer));
		if (n <= 0)
			return n < 0 ? (int)n : (int)count;
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buffer;
		for (int left = (int)n; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			struct waiting_packet p;
			if (!read_packet(nlh, &p))
				continue;
			count++;
			int r = f(context, &p);
			if (r < 0)
				return r;
		}
	}
	return (int)count;
}

static uint32_t verdict_number(enum packet_verdict verdict)
{
	switch (verdict) {
	case PACKET_DROP:
		return NF_DROP;
	case PACKET_AGAIN:
		return NF_REPEAT;
	}
	abort();
}

int packet_queue_judge(struct packet_queue *q, uint32_t id, enum packet_verdict verdict)
{
	char buffer[PACKET_MESSAGE_SIZE];
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	const struct nfqnl_msg_verdict_hdr head = {htonl(verdict_number(verdict)), htonl(id)};
	struct nlmsghdr *nlh = packet_socket_message(&q->socket, buffer,
		NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_VERDICT, q->number);
	mnl_attr_put(nlh, NFQA_VERDICT_HDR, sizeof(head), &head);
	ssize_t sent = sendto(q->socket.fd, nlh, nlh->nlmsg_len, 0,
		(const struct sockaddr *)&kernel, sizeof(kernel));
	if (sent < 0)
		return -errno;
	return (size_t)sent == nlh->nlmsg_len ? 0 : -EIO;
}
