/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sock_diag, as `ss` asks it.  A connection tracker may not be there before our rules are, and
 * knows of what is forwarded too; the sockets are those of this host.  A server that listens on
 * IPv6 for both has its IPv4 sessions among those of IPv6, with mapped addresses.
 */
#include "host/sessions.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "host/dump.h"

struct taking {
	const struct port_range *ports;
	size_t n_ports;
	struct sessions *to;
};

static bool has_port(const struct taking *t, uint16_t port)
{
	for (size_t i = 0; i < t->n_ports; i++)
		if (t->ports[i].first <= port && port <= t->ports[i].last)
			return true;
	return false;
}

static struct addr address_of(uint8_t family, const __be32 words[4])
{
	struct addr a = {.family = family};
	memcpy(a.bytes, words, addr_length(&a));
	return session_address(&a);
}

static int take(void *context, const struct nlmsghdr *nlh)
{
	struct taking *t = context;
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(nlh);
	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY || mnl_nlmsg_get_payload_len(nlh) < sizeof(*m) ||
		m->idiag_state != TCP_ESTABLISHED || !has_port(t, ntohs(m->id.idiag_sport)))
		return 0;
	const struct session s = {
		.source = address_of(m->idiag_family, m->id.idiag_dst),
		.source_port = ntohs(m->id.idiag_dport),
		.destination = address_of(m->idiag_family, m->id.idiag_src),
		.destination_port = ntohs(m->id.idiag_sport),
	};
	int r = array_reserve(&t->to->items, &t->to->allocated, t->to->count + 1);
	if (r < 0)
		return r;
	t->to->items[t->to->count++] = s;
	return 0;
}

int sessions_gather(const struct port_range *ports, size_t n_ports, struct sessions *ret)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	struct sessions found = {0};
	struct taking t = {ports, n_ports, &found};
	struct dump d;
	int r = dump_open_other(&d, NETLINK_SOCK_DIAG);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(families) && r == 0; i++) {
		const struct inet_diag_req_v2 q = {
			.sdiag_family = families[i],
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_states = 1U << TCP_ESTABLISHED,
		};
		r = dump_ask(&d, SOCK_DIAG_BY_FAMILY, &q, sizeof(q), take, &t);
		if (r == -EINTR)
			r = 0; /* what came and went meanwhile does not matter */
	}
	dump_close(&d);
	if (r < 0)
		sessions_done(&found);
	else
		*ret = found;
	return r;
}

void sessions_done(struct sessions *s)
{
	free(s->items);
	*s = (struct sessions){0};
}
