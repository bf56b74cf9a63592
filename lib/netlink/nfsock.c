/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Talking to nf_tables.
 *
 * All replies to a batch are queued before sendmsg() returns, and none is asked for but
 * errors: so replies are read without blocking until there are no more, and silence means
 * that the transaction was committed.  Reading must not end at the first ACK, which says
 * "ok" of the first message even when a later one fails.
 *
 * CAP_ACK keeps the kernel from echoing a large message whole into a small buffer;
 * EXT_ACK makes it say which attribute was wrong.
 */
#include "netlink/nfsock.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"

enum {
	REPLY_SIZE = 64 * 1024,
	/* a million prefixes in one transaction take 40 MB; the kernel counts overhead too */
	SEND_BUFFER = 512 * 1024 * 1024,
	RECEIVE_BUFFER = 4 * 1024 * 1024,
};

static void enlarge(int fd, int forced, int ordinary, int size)
{
	/* what the system allows; too small shows as EMSGSIZE or ENOBUFS, which are checked */
	if (setsockopt(fd, SOL_SOCKET, forced, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, ordinary, &size, sizeof(size));
}

static int set_options(struct nfsock *s)
{
	int on = 1;
	if (mnl_socket_setsockopt(s->socket, NETLINK_CAP_ACK, &on, sizeof(on)) < 0 ||
		mnl_socket_setsockopt(s->socket, NETLINK_EXT_ACK, &on, sizeof(on)) < 0)
		return -errno;
	enlarge(nfsock_fd(s), SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER);
	enlarge(nfsock_fd(s), SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BUFFER);
	s->portid = mnl_socket_get_portid(s->socket);
	s->seq = (uint32_t)time(NULL);
	return 0;
}

int nfsock_open(struct nfsock *s)
{
	*s = (struct nfsock){0};
	s->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!s->socket)
		return -errno;
	int r = mnl_socket_bind(s->socket, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : set_options(s);
	if (r < 0)
		nfsock_close(s);
	return r;
}

int nfsock_fd(const struct nfsock *s)
{
	return mnl_socket_get_fd(s->socket);
}

void nfsock_close(struct nfsock *s)
{
	if (s->socket)
		mnl_socket_close(s->socket);
	*s = (struct nfsock){0};
}

/* One datagram into buffer.  Its length, 0 if there is none and flags do not wait, or
 * negative errno. */
static ssize_t receive(struct nfsock *s, char *buffer, int flags)
{
	struct sockaddr_nl from;
	struct iovec iov = {buffer, REPLY_SIZE};
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	for (;;) {
		ssize_t n = recvmsg(mnl_socket_get_fd(s->socket), &msg, flags);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (msg.msg_flags & MSG_TRUNC)
			return -ENOSPC;
		if (from.nl_pid == 0)
			return n; /* from the kernel, and from nobody else */
	}
}

int nfsock_adopt(struct nfsock *s, int fd)
{
	char *buffer = malloc(REPLY_SIZE);
	*s = (struct nfsock){.socket = buffer ? mnl_socket_fdopen(fd) : NULL};
	if (!s->socket) {
		int r = buffer ? -errno : -ENOMEM;
		free(buffer);
		close(fd);
		return r;
	}
	/* replies to a question of the one before us; an overrun is read away like them */
	ssize_t n;
	do
		n = receive(s, buffer, MSG_DONTWAIT);
	while (n > 0 || n == -ENOBUFS);
	free(buffer);
	int r = set_options(s);
	if (r < 0)
		nfsock_close(s);
	return r;
}

struct asking {
	int (*f)(const struct nlmsghdr *nlh, void *context);
	void *context;
	int result;
	bool done;
};

static int error_of(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	return nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*e)) ? EBADMSG : -e->error;
}

static void take_answer(struct asking *a, const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		a->result = -EINTR;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		a->done = true;
		a->result = -error_of(nlh);
	} else if (nlh->nlmsg_type == NLMSG_DONE) {
		/* a dump that fails on its way says so at its end */
		int32_t error = 0;
		if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(error))
			error = *(const int32_t *)mnl_nlmsg_get_payload(nlh);
		if (error < 0)
			a->result = error;
		a->done = true;
	} else if (nlh->nlmsg_type == NLMSG_OVERRUN) {
		a->done = true;
		a->result = -ENOBUFS;
	} else if (nlh->nlmsg_type >= NLMSG_MIN_TYPE) {
		if (a->result == 0)
			a->result = a->f(nlh, a->context);
		/* a single answer has no DONE behind it */
		if (!(nlh->nlmsg_flags & NLM_F_MULTI))
			a->done = true;
	}
}

int nfsock_ask(struct nfsock *s, const struct nlmsghdr *question,
	int (*f)(const struct nlmsghdr *nlh, void *context), void *context)
{
	struct asking a = {f, context, 0, false};
	char *buffer = malloc(REPLY_SIZE);
	if (!buffer)
		return -ENOMEM;
	if (mnl_socket_sendto(s->socket, question, question->nlmsg_len) < 0)
		a.result = -errno;
	while (!a.done) {
		if (a.result < 0 && a.result != -EINTR)
			break;
		ssize_t n = receive(s, buffer, 0);
		if (n < 0) {
			a.result = (int)n;
			break;
		}
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buffer;
		for (int left = (int)n; mnl_nlmsg_ok(nlh, left) && !a.done;
			nlh = mnl_nlmsg_next(nlh, &left))
			if (nlh->nlmsg_seq == question->nlmsg_seq)
				take_answer(&a, nlh);
	}
	/* of an answer given up half-way, nothing may be left for the next question */
	while (!a.done && !s->is_for_once && receive(s, buffer, MSG_DONTWAIT) > 0)
		;
	free(buffer);
	return a.result;
}

static int take_genid(const struct nlmsghdr *nlh, void *context)
{
	const struct nlattr *attr;
	mnl_attr_for_each(attr, nlh,
		sizeof(struct nfgenmsg)) if (mnl_attr_get_type(attr) == NFTA_GEN_ID &&
					     mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
	{
		*(uint32_t *)context = ntohl(mnl_attr_get_u32(attr));
		return 0;
	}
	return -EBADMSG;
}

int nfsock_genid(struct nfsock *s, uint32_t *ret)
{
	char buffer[256];
	struct nlmsghdr *nlh =
		nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETGEN, NFPROTO_UNSPEC, 0, s->seq++);
	return nfsock_ask(s, nlh, take_genid, ret);
}

int nfsock_genid_likely(struct nfsock *s, uint32_t *ret)
{
	*ret = s->genid_next;
	return *ret != 0 ? 0 : nfsock_genid(s, ret);
}

bool nfsock_is_ours(const char *table, uint32_t family)
{
	return table && strcmp(table, TABLE_NAME) == 0 && family == NFPROTO_INET;
}

int nfsock_dump(struct nfsock *s, uint16_t type, const struct dump_filter *filter,
	int (*f)(const struct nlmsghdr *nlh, void *context), void *context)
{
	char buffer[1024];
	struct nlmsghdr *nlh =
		nftnl_nlmsg_build_hdr(buffer, type, filter->family, NLM_F_DUMP, s->seq++);
	if (filter->table_attribute)
		mnl_attr_put_strz(nlh, filter->table_attribute, filter->table);
	if (filter->name_attribute)
		mnl_attr_put_strz(nlh, filter->name_attribute, filter->name);
	return nfsock_ask(s, nlh, f, context);
}

/* Transactions. */

static uint32_t offset_of(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return 0;
	mnl_attr_for_each(attr, nlh,
		sizeof(struct nlmsgerr)) if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_OFFS &&
					     mnl_attr_validate(attr, MNL_TYPE_U32) ==
						     0) return mnl_attr_get_u32(attr);
	return 0;
}

static int take_refusal(struct refusals *list, const struct nlmsghdr *nlh)
{
	int error = nlh->nlmsg_type == NLMSG_ERROR ? error_of(nlh) : 0;
	if (nlh->nlmsg_type == NLMSG_OVERRUN)
		return -ENOBUFS;
	if (error == 0)
		return 0;
	int r = array_reserve(&list->items, &list->allocated, list->count + 1);
	if (r < 0)
		return r;
	list->items[list->count++] = (struct refusal){nlh->nlmsg_seq, error, offset_of(nlh)};
	return 0;
}

static int drain(struct nfsock *s, char *buffer, struct refusals *list)
{
	for (;;) {
		ssize_t n = receive(s, buffer, MSG_DONTWAIT);
		if (n <= 0)
			return (int)n;
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buffer;
		for (int left = (int)n; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			int r = take_refusal(list, nlh);
			if (r < 0)
				return r;
		}
	}
}

DEFINE_CLEANUP(free_iov, struct iovec, free)

static int transmit(struct nfsock *s, const struct batch *b)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	CLEANUP(free_iov) struct iovec *iov = NULL;
	size_t n = 0, total = 0;
	int r = batch_iovec(b, &iov, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		total += iov[i].iov_len;
	struct msghdr msg = {
		.msg_name = &kernel,
		.msg_namelen = sizeof(kernel),
		.msg_iov = iov,
		.msg_iovlen = n,
	};
	ssize_t sent = sendmsg(mnl_socket_get_fd(s->socket), &msg, 0);
	if (sent < 0)
		return -errno;
	return (size_t)sent == total ? 0 : -EIO;
}

int nfsock_send(struct nfsock *s, const struct batch *b, struct refusals *ret)
{
	struct refusals list = {0};
	char *buffer = malloc(REPLY_SIZE); /* before anything is sent */
	int r = buffer ? transmit(s, b) : -ENOMEM;
	s->seq = b->first_seq + (uint32_t)b->count;
	s->genid_next = 0;
	if (r == 0 && drain(s, buffer, &list) < 0)
		r = -ESTALE;
	free(buffer);
	if (r == 0 && list.count == 0)
		s->genid_next = b->genid + 1; /* 0, which it never is, means that it is asked for */
	if (r < 0 || list.count == 0) {
		free(list.items);
		return r;
	}
	*ret = list;
	return -EREMOTEIO;
}
