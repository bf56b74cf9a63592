/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All replies are queued before sendto() returns, as with nf_tables (nfsock.c): so an answer is
 * read without waiting for it.
 */
#include "netlink/packet_socket.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REPLY_SIZE = 8192 };

static int set_options(int fd, int receive_buffer)
{
	const struct sockaddr_nl any = {.nl_family = AF_NETLINK};
	int on = 1;
	if (bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0 ||
		setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)) < 0)
		return -errno;
	/* what the system allows; too small shows as ENOBUFS */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof(receive_buffer)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer,
			sizeof(receive_buffer));
	return 0;
}

int packet_socket_open(struct packet_socket *s, int receive_buffer)
{
	*s = (struct packet_socket){
		.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_NETFILTER),
		.seq = 1,
	};
	if (s->fd < 0)
		return -errno;
	int r = set_options(s->fd, receive_buffer);
	if (r < 0)
		packet_socket_close(s);
	return r;
}

void packet_socket_close(struct packet_socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

int packet_socket_release(struct packet_socket *s)
{
	int fd = s->fd;
	s->fd = -1;
	return fd;
}

struct nlmsghdr *packet_socket_message(struct packet_socket *s, char *buffer, uint16_t type,
	uint16_t number)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = s->seq++;
	struct nfgenmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	head->nfgen_family = AF_UNSPEC;
	head->version = NFNETLINK_V0;
	head->res_id = htons(number);
	return nlh;
}

ssize_t packet_socket_receive(int fd, void *buffer, size_t size)
{
	struct sockaddr_nl from;
	struct iovec iov = {buffer, size};
	for (;;) {
		struct msghdr msg = {.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &iov,
			.msg_iovlen = 1};
		ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (msg.msg_flags & MSG_TRUNC)
			return -ENOBUFS; /* longer than was asked for: as good as lost */
		if (n > 0 && from.nl_pid == 0)
			return n; /* from the kernel, and from nobody else */
	}
}

/* The answer to a question in a datagram: 1 if it is not there, 0, or negative errno. */
static int find_answer(const char *buffer, ssize_t n, uint32_t seq)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buffer;
	for (int left = (int)n; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
		if (nlh->nlmsg_type != NLMSG_ERROR || nlh->nlmsg_seq != seq)
			continue;
		return nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*e)) ? -EBADMSG : e->error;
	}
	return 1;
}

int packet_socket_ask(struct packet_socket *s, struct nlmsghdr *question)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	_Alignas(struct nlmsghdr) char buffer[REPLY_SIZE];
	question->nlmsg_flags |= NLM_F_ACK;
	if (sendto(s->fd, question, question->nlmsg_len, 0, (const struct sockaddr *)&kernel,
		    sizeof(kernel)) < 0)
		return -errno;
	for (;;) {
		ssize_t n = packet_socket_receive(s->fd, buffer, sizeof(buffer));
		if (n == -ENOBUFS)
			continue; /* packets */
		if (n <= 0)
			return n < 0 ? (int)n : -EPROTO;
		int r = find_answer(buffer, n, question->nlmsg_seq);
		if (r <= 0)
			return r;
	}
}
