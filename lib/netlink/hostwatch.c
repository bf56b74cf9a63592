/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A message only says that something has changed; what it is does not matter, since the facts are
 * gathered anew.  So a lost message (ENOBUFS) costs nothing: it stands for a change.
 *
 * A router may change a thousand routes a second, none of which is a default route: such messages
 * are ignored here, before they cause any work.
 */
#include "netlink/hostwatch.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "host/facts.h"

static int join(struct hostwatch *w, int group)
{
	return mnl_socket_setsockopt(w->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0
		       ? -errno
		       : 0;
}

static int join_groups(struct hostwatch *w, unsigned follows)
{
	static const struct {
		unsigned follows;
		int group;
	} groups[] = {
		{FOLLOWS_LINKS, RTNLGRP_LINK}, /* names */
		{FOLLOWS_LINKS, RTNLGRP_IPV4_IFADDR},
		{FOLLOWS_LINKS, RTNLGRP_IPV6_IFADDR},
		{FOLLOWS_ROUTES, RTNLGRP_IPV4_ROUTE},
		{FOLLOWS_ROUTES, RTNLGRP_IPV6_ROUTE},
		/* IPv4 routes go with a link that goes down, without a word */
		{FOLLOWS_ROUTES, RTNLGRP_LINK},
	};
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		int r = groups[i].follows & follows ? join(w, groups[i].group) : 0;
		if (r < 0)
			return r;
	}
	/* a route may name an object that is changed without a word about the route; kernels
	 * before 5.3 have none */
	if (!(follows & FOLLOWS_ROUTES))
		return 0;
	int r = join(w, RTNLGRP_NEXTHOP);
	return r == -EINVAL ? 0 : r;
}

int hostwatch_open(struct hostwatch *w, unsigned follows)
{
	*w = (struct hostwatch){0};
	w->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!w->socket)
		return -errno;
	bool is_bound = mnl_socket_bind(w->socket, 0, MNL_SOCKET_AUTOPID) == 0;
	int r = is_bound ? join_groups(w, follows) : -errno;
	if (r < 0)
		hostwatch_close(w);
	return r;
}

void hostwatch_close(struct hostwatch *w)
{
	if (w->socket)
		mnl_socket_close(w->socket);
	*w = (struct hostwatch){0};
}

int hostwatch_fd(const struct hostwatch *w)
{
	return mnl_socket_get_fd(w->socket);
}

static bool matters(const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
	case RTM_NEWADDR:
	case RTM_DELADDR:
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		return true;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		break;
	default: /* no enum of ours */
		return false;
	}
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct rtmsg))
		return false;
	const struct rtmsg *route = mnl_nlmsg_get_payload(nlh);
	return route->rtm_dst_len == 0 && !(route->rtm_flags & RTM_F_CLONED);
}

int hostwatch_read(struct hostwatch *w)
{
	char buffer[32768]; /* the kernel cuts multicast messages to less */
	bool changed = false;
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(w->socket, buffer, sizeof(buffer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ENOBUFS) {
			changed = true;
			continue;
		}
		if (n < 0)
			return errno == EAGAIN ? changed : -errno;
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buffer;
		for (int left = (int)n; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
			changed |= matters(nlh);
	}
}
