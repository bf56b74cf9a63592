/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connections that the kernel tracks. */
#pragma once

#include "net/connection.h"
#include "netlink/nfsock.h"

/* Reads one message of a dump.  1 with *ret; 0 if the connection is over (TCP that was closed) or
 * of another family; -EBADMSG if something is missing in it. */
int conntrack_parse(const struct nlmsghdr *nlh, struct connection *ret);

/* Calls f for each connection that is not over, until it returns nonzero; nothing may be asked
 * on s meanwhile.  If the kernel changes its table under way, it is asked again some times: begin
 * is called before each time, and forgets what was told before (NULL: nothing is to be forgotten).
 * 0, what f returned if that is not 0, -EINTR if the table never stood still, -EPERM without
 * CAP_NET_ADMIN, -EINVAL or -EOPNOTSUPP on a kernel without ctnetlink, or another negative errno.
 */
int conntrack_each(struct nfsock *s, void (*begin)(void *context),
	int (*f)(void *context, const struct connection *c), void *context);

/* The same, message by message.  The kernel takes milliseconds to go through the tracker's table,
 * also while it is empty, as at a boot; so it is asked for the number of connections before. */
int conntrack_dump(struct nfsock *s, void (*begin)(void *context),
	int (*f)(const struct nlmsghdr *nlh, void *context), void *context);

/* A question to the tracker (IPCTNL_MSG_CT_…) in a buffer that has room for more, of s->seq++. */
enum { CONNTRACK_QUESTION_SIZE = 64 };
struct nlmsghdr *conntrack_question(struct nfsock *s, char *buffer, uint16_t type, uint16_t flags,
	uint8_t family);
