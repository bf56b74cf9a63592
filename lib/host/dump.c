/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An answer is read to its end, or the socket is of no use any more: so a list that was
 * cut short, or that changed while it was read, is never taken for the whole.
 */
#include "host/dump.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum {
	ANSWER_SIZE = 64 * 1024, /* the kernel's pieces are at most half of it */
	QUESTION_SIZE = 128,
};

int dump_open(struct dump *d)
{
	return dump_open_other(d, NETLINK_ROUTE);
}

int dump_open_other(struct dump *d, int protocol)
{
	*d = (struct dump){.socket = mnl_socket_open2(protocol, SOCK_CLOEXEC)};
	if (!d->socket)
		return -errno;
	if (mnl_socket_bind(d->socket, 0, MNL_SOCKET_AUTOPID) == 0)
		return 0;
	int r = -errno;
	dump_close(d);
	return r;
}

void dump_close(struct dump *d)
{
	if (d->socket)
		mnl_socket_close(d->socket);
	*d = (struct dump){0};
}

static int send_question(struct dump *d, uint16_t type, const void *header, size_t length)
{
	char buffer[QUESTION_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = ++d->seq;
	memcpy(mnl_nlmsg_put_extra_header(nlh, length), header, length);
	if (type == RTM_GETLINK) /* whose counters take more room than the rest */
		mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return mnl_socket_sendto(d->socket, nlh, nlh->nlmsg_len) < 0 ? -errno : 0;
}

/* One datagram of the kernel's.  Its length or negative errno. */
static ssize_t receive(struct dump *d, char *buffer)
{
	for (;;) {
		struct sockaddr_nl from = {0};
		struct iovec iov = {buffer, ANSWER_SIZE};
		struct msghdr msg = {.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &iov,
			.msg_iovlen = 1};
		ssize_t n = recvmsg(mnl_socket_get_fd(d->socket), &msg, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (msg.msg_flags & MSG_TRUNC)
			return -ENOSPC;
		if (from.nl_pid == 0)
			return n;
	}
}

/* 1 at the end of the answer, 0 before it, or negative errno. */
static int take(const struct nlmsghdr *nlh, int (*f)(void *context, const struct nlmsghdr *nlh),
	void *context)
{
	int32_t error = 0;
	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nlmsgerr))
			return -EBADMSG;
		error = ((const struct nlmsgerr *)mnl_nlmsg_get_payload(nlh))->error;
		return error < 0 ? error : -EBADMSG;
	case NLMSG_DONE:
		/* a dump that fails on its way says so at its end */
		if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(error))
			memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
		return error < 0 ? error : 1;
	case NLMSG_OVERRUN:
		return -ENOBUFS;
	default: /* no enum of ours */
		return nlh->nlmsg_type < NLMSG_MIN_TYPE ? 0 : f(context, nlh);
	}
}

static int read_answer(struct dump *d, char *buffer,
	int (*f)(void *context, const struct nlmsghdr *nlh), void *context)
{
	bool changed = false;
	for (;;) {
		ssize_t n = receive(d, buffer);
		if (n < 0)
			return (int)n;
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buffer;
		for (int left = (int)n; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_seq != d->seq)
				continue;
			changed |= (nlh->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
			int r = take(nlh, f, context);
			if (r < 0)
				return r;
			if (r > 0)
				return changed ? -EINTR : 0;
		}
	}
}

int dump_ask(struct dump *d, uint16_t type, const void *header, size_t length,
	int (*f)(void *context, const struct nlmsghdr *nlh), void *context)
{
	CLEANUP(free_string) char *buffer = malloc(ANSWER_SIZE);
	if (!buffer)
		return -ENOMEM;
	int r = send_question(d, type, header, length);
	return r < 0 ? r : read_answer(d, buffer, f, context);
}
