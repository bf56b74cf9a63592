/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A question to rtnetlink, as `ip route get` asks it.
 *
 * The connection tracker does not remember by which interface a connection came.  What it
 * answers goes by this one; and where `[host] interface =` holds connections to an interface,
 * both what comes and what is answered must pass it.
 */
#include "netlink/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

enum { ANSWER_SIZE = 8192 };

int route_open(struct route *r)
{
	*r = (struct route){.socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC)};
	if (!r->socket)
		return -errno;
	if (mnl_socket_bind(r->socket, 0, MNL_SOCKET_AUTOPID) == 0)
		return 0;
	int result = -errno;
	route_close(r);
	return result;
}

void route_close(struct route *r)
{
	if (r->socket)
		mnl_socket_close(r->socket);
	*r = (struct route){0};
}

static int send_question(struct route *r, const struct addr *to, const struct addr *from)
{
	char buffer[256];
	uint8_t bits = (uint8_t)(8 * addr_length(to));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = ++r->seq;
	struct rtmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	m->rtm_family = (uint8_t)to->family;
	m->rtm_dst_len = bits;
	mnl_attr_put(nlh, RTA_DST, addr_length(to), to->bytes);
	if (from) {
		m->rtm_src_len = bits;
		mnl_attr_put(nlh, RTA_SRC, addr_length(from), from->bytes);
	}
	return mnl_socket_sendto(r->socket, nlh, nlh->nlmsg_len) < 0 ? -errno : 0;
}

/* The interface's number; 0 if the kernel knows no way, which it says with an error. */
static unsigned read_answer(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	if (nlh->nlmsg_type != RTM_NEWROUTE ||
		mnl_nlmsg_get_payload_len(nlh) < sizeof(struct rtmsg))
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(struct rtmsg))
	{
		if (mnl_attr_get_type(attr) == RTA_OIF &&
			mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
			return mnl_attr_get_u32(attr);
	}
	return 0;
}

int route_interface(struct route *r, const struct addr *to, const struct addr *from,
	char ret_name[IF_NAMESIZE])
{
	char buffer[ANSWER_SIZE];
	int result = send_question(r, to, from);
	while (result == 0) {
		ssize_t n = mnl_socket_recvfrom(r->socket, buffer, sizeof(buffer));
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buffer;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		/* an answer given up earlier may come late */
		if (!mnl_nlmsg_ok(nlh, (int)n) || nlh->nlmsg_seq != r->seq)
			continue;
		unsigned number = read_answer(nlh);
		return number != 0 && if_indextoname(number, ret_name) != NULL;
	}
	return result;
}
