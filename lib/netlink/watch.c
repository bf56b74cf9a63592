/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The multicast group of nf_tables, through a sieve.
 *
 * The kernel sends a message for every rule and element that changes, and at the end of each
 * transaction one for the new generation, with the name of who made it.  Only this last one is
 * wanted.  A filter in the kernel drops the others before they cost room in the socket's buffer:
 * without it a large change elsewhere would overrun it.
 *
 * This is not the socket that commands are sent on, which therefore never overruns.
 */
#include "netlink/watch.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

/* BPF loads in network order what netlink has in the host's. */
static int attach_filter(int fd)
{
	const uint16_t newgen = htons(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, newgen, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno
											   : 0;
}

static int bind_and_join(struct watch *w)
{
	int group = NFNLGRP_NFTABLES;
	if (mnl_socket_bind(w->socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
		mnl_socket_setsockopt(w->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return -errno;
	return 0;
}

int watch_open(struct watch *w)
{
	*w = (struct watch){0};
	w->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!w->socket)
		return -errno;
	/* the filter first, or what comes before it is heard */
	int r = attach_filter(watch_fd(w));
	if (r == 0)
		r = bind_and_join(w);
	if (r < 0)
		watch_close(w);
	return r;
}

void watch_close(struct watch *w)
{
	if (w->socket)
		mnl_socket_close(w->socket);
	*w = (struct watch){0};
}

int watch_fd(const struct watch *w)
{
	return mnl_socket_get_fd(w->socket);
}

static void read_commit(const struct nlmsghdr *nlh, struct commit *ret)
{
	const struct nlattr *attr;
	*ret = (struct commit){.portid = nlh->nlmsg_pid};
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		uint16_t type = mnl_attr_get_type(attr);
		bool number = mnl_attr_validate(attr, MNL_TYPE_U32) == 0;
		if (type == NFTA_GEN_ID && number)
			ret->genid = ntohl(mnl_attr_get_u32(attr));
		else if (type == NFTA_GEN_PROC_PID && number)
			ret->pid = ntohl(mnl_attr_get_u32(attr));
		else if (type == NFTA_GEN_PROC_NAME)
			strncpy(ret->name, mnl_attr_get_payload(attr),
				mnl_attr_get_payload_len(attr) < sizeof(ret->name)
					? mnl_attr_get_payload_len(attr)
					: sizeof(ret->name) - 1);
	}
}

int watch_next(struct watch *w, struct commit *ret)
{
	char buffer[4096];
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(w->socket, buffer, sizeof(buffer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buffer;
		if (!mnl_nlmsg_ok(nlh, (int)n) ||
			nlh->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN))
			continue;
		read_commit(nlh, ret);
		return 1;
	}
}
