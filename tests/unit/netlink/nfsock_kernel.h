/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel that says what it is told to: three calls below stand in for the C library's. */
#pragma once

#include "netlink/nfsock.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netfilter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "live/decode.h"
#include "live/netns.h"

enum { QUESTION = 1000, ANSWERS = 24 };

struct answer {
	char bytes[512];
	size_t length;
	int error; /* of recvmsg() */
	uint32_t from;
	bool truncated;
};

static struct {
	bool active;
	struct answer answers[ANSWERS];
	size_t count, next;
	int error;            /* of sending */
	size_t less;          /* sent that many bytes too few */
	char sent[64 * 1024]; /* the last that was sent */
	size_t sent_length;
} kernel;

#define EVERYBODYS __attribute__((visibility("default")))

EVERYBODYS ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	if (!kernel.active)
		return syscall(SYS_recvmsg, fd, msg, flags);
	if (kernel.next == kernel.count) {
		/* who waits here would wait for ever */
		errno = flags & MSG_DONTWAIT ? EAGAIN : EBADF;
		return -1;
	}
	struct answer *a = &kernel.answers[kernel.next++];
	if (a->error) {
		errno = a->error;
		return -1;
	}
	struct sockaddr_nl *from = msg->msg_name;
	*from = (struct sockaddr_nl){.nl_family = AF_NETLINK, .nl_pid = a->from};
	msg->msg_flags = a->truncated ? MSG_TRUNC : 0;
	assert_true(a->length <= msg->msg_iov->iov_len);
	memcpy(msg->msg_iov->iov_base, a->bytes, a->length);
	return (ssize_t)a->length;
}

static inline ssize_t send_to_kernel(const struct iovec *iov, size_t n)
{
	kernel.sent_length = 0;
	for (size_t i = 0; i < n; i++) {
		assert_true(kernel.sent_length + iov[i].iov_len <= sizeof(kernel.sent));
		memcpy(kernel.sent + kernel.sent_length, iov[i].iov_base, iov[i].iov_len);
		kernel.sent_length += iov[i].iov_len;
	}
	if (kernel.error) {
		errno = kernel.error;
		return -1;
	}
	return (ssize_t)(kernel.sent_length - kernel.less);
}

EVERYBODYS ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	if (!kernel.active)
		return syscall(SYS_sendmsg, fd, msg, flags);
	return send_to_kernel(msg->msg_iov, msg->msg_iovlen);
}

EVERYBODYS ssize_t sendto(int fd, const void *bytes, size_t length, int flags,
	const struct sockaddr *to, socklen_t to_length)
{
	struct iovec iov = {(void *)bytes, length};
	if (!kernel.active)
		return syscall(SYS_sendto, fd, bytes, length, flags, to, to_length);
	return send_to_kernel(&iov, 1);
}

static inline struct nfsock faked(void)
{
	struct nfsock s = opened();
	memset(&kernel, 0, sizeof(kernel));
	kernel.active = true;
	s.seq = QUESTION;
	return s;
}

static inline void done(struct nfsock *s)
{
	kernel.active = false;
	nfsock_close(s);
}

/* A new datagram. */
static inline struct answer *datagram(void)
{
	assert_true(kernel.count < ANSWERS);
	return &kernel.answers[kernel.count++];
}

/* A message at the end of the last datagram. */
static inline struct nlmsghdr *say(uint16_t type, uint16_t flags, uint32_t seq)
{
	struct answer *a = &kernel.answers[kernel.count - 1];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(a->bytes + a->length);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	nlh->nlmsg_seq = seq;
	return nlh;
}

static inline void said(struct nlmsghdr *nlh)
{
	kernel.answers[kernel.count - 1].length += MNL_ALIGN(nlh->nlmsg_len);
}

static inline void say_object(uint16_t flags, uint32_t seq, uint32_t number)
{
	struct nlmsghdr *nlh = say(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN, flags, seq);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nfgenmsg));
	mnl_attr_put_u32(nlh, NFTA_GEN_ID, htonl(number));
	said(nlh);
}

static inline void say_error(uint32_t seq, int error)
{
	struct nlmsghdr *nlh = say(NLMSG_ERROR, 0, seq);
	struct nlmsgerr *e = mnl_nlmsg_put_extra_header(nlh, sizeof(*e));
	e->error = -error;
	said(nlh);
}

static inline void say_error_at(uint32_t seq, int error, uint32_t offset)
{
	struct nlmsghdr *nlh = say(NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, seq);
	struct nlmsgerr *e = mnl_nlmsg_put_extra_header(nlh, sizeof(*e));
	e->error = -error;
	mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, "what is wrong");
	mnl_attr_put_u32(nlh, NLMSGERR_ATTR_OFFS, offset);
	said(nlh);
}

static inline void say_done(uint32_t seq, int error)
{
	struct nlmsghdr *nlh = say(NLMSG_DONE, NLM_F_MULTI, seq);
	int *e = mnl_nlmsg_put_extra_header(nlh, sizeof(*e));
	*e = -error;
	said(nlh);
}
