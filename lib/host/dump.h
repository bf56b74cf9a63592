/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to rtnetlink that are answered with a list. */
#pragma once

#include <libmnl/libmnl.h>

struct dump {
	struct mnl_socket *socket;
	uint32_t seq;
};

/* 0 or negative errno. */
int dump_open(struct dump *d);
void dump_close(struct dump *d);

/* Asks for all that there is of a kind: header is the message's own, such as struct rtgenmsg.
 * f gets each message and returns 0 or negative errno.  -EINTR: something changed meanwhile, ask
 * again; -EOPNOTSUPP: the kernel knows nothing of the kind. */
int dump_ask(struct dump *d, uint16_t type, const void *header, size_t length,
	int (*f)(void *context, const struct nlmsghdr *nlh), void *context);
