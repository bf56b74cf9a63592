/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to the kernel that are answered with a list: to rtnetlink and to sock_diag. */
#pragma once

#include <libmnl/libmnl.h>

struct dump {
	struct mnl_socket *socket;
	uint32_t seq;
};

/* Of rtnetlink, or of any other NETLINK_….  0 or negative errno. */
int dump_open(struct dump *d);
int dump_open_other(struct dump *d, int protocol);
void dump_close(struct dump *d);

/* Asks for all that there is of a kind: header is the message's own, such as struct rtgenmsg.
 * f gets each message and returns 0 or negative errno.  -EINTR: something changed meanwhile, ask
 * again; -EOPNOTSUPP: the kernel knows nothing of the kind. */
int dump_ask(struct dump *d, uint16_t type, const void *header, size_t length,
	int (*f)(void *context, const struct nlmsghdr *nlh), void *context);
