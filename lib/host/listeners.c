/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sock_diag, as `ss -l` asks it.  A socket of IPv6 that is bound to no address takes IPv4, too,
 * unless it was made for IPv6 only: the kernel tells that as INET_DIAG_SKV6ONLY.
 */
#include "host/listeners.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "host/dump.h"
#include "net/session.h"

struct looking {
	const struct addr *address;
	uint16_t port;
	bool found;
};

static bool is_v6_only(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	mnl_attr_for_each(attr, nlh, sizeof(struct inet_diag_msg))
	{
		if (mnl_attr_get_type(attr) == INET_DIAG_SKV6ONLY &&
			mnl_attr_validate(attr, MNL_TYPE_U8) == 0)
			return mnl_attr_get_u8(attr);
	}
	return false;
}

static bool is_any(const struct addr *a)
{
	static const uint8_t zero[16];
	return memcmp(a->bytes, zero, addr_length(a)) == 0;
}

static int take(void *context, const struct nlmsghdr *nlh)
{
	struct looking *l = context;
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(nlh);
	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY || mnl_nlmsg_get_payload_len(nlh) < sizeof(*m) ||
		ntohs(m->id.idiag_sport) != l->port)
		return 0;
	struct addr bound = {.family = m->idiag_family};
	memcpy(bound.bytes, m->id.idiag_src, addr_length(&bound));
	bool takes_family = bound.family == l->address->family || !is_v6_only(nlh);
	const struct addr plain = session_address(&bound);
	l->found |= (is_any(&bound) && takes_family) || addr_compare(&plain, l->address) == 0;
	return 0;
}

int listeners_has(uint8_t protocol, const struct addr *a, uint16_t port)
{
	struct looking l = {a, port, false};
	struct dump d;
	/* a socket of IPv4 takes no IPv6 */
	const uint8_t families[] = {AF_INET6, AF_INET};
	const size_t n = a->family == AF_INET6 ? 1 : 2;
	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
		return -EINVAL;
	int r = dump_open_other(&d, NETLINK_SOCK_DIAG);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct inet_diag_req_v2 q = {
			.sdiag_family = families[i],
			.sdiag_protocol = protocol,
			/* one of UDP that is connected to nobody is TCP_CLOSE there */
			.idiag_states = 1U << (protocol == IPPROTO_TCP ? TCP_LISTEN : TCP_CLOSE),
		};
		r = dump_ask(&d, SOCK_DIAG_BY_FAMILY, &q, sizeof(q), take, &l);
		if (r == -EINTR)
			r = 0; /* what came and went meanwhile does not matter */
	}
	dump_close(&d);
	return r < 0 ? r : l.found;
}
