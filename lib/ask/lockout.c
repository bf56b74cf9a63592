/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Before the first start no packet of a session carries a mark of ours, and perhaps nobody has
 * tracked it.  Its next packet is judged by the tuple that the session was opened with.
 */
#include "ask/lockout.h"

#include "base/text.h"
#include "config/policy.h"

struct packet lockout_packet(const struct session *s, const struct facts *f)
{
	const struct connection c = {
		.protocol = IPPROTO_TCP,
		.source = s->source,
		.source_port = s->source_port,
		.destination = s->destination,
		.destination_port = s->destination_port,
	};
	struct packet p = connection_packet(&c, f);
	p.hook = HOOK_INPUT;
	p.interface = NULL; /* any, until somebody asks */
	return p;
}

static bool is_port_of_management(const struct host *h, uint16_t port)
{
	for (size_t i = 0; i < h->n_management_ports; i++)
		if (h->management_ports[i].first <= port && port <= h->management_ports[i].last)
			return true;
	return false;
}

void lockout_advise(const struct policy *p, const struct session *s, struct text *to)
{
	const struct host *h = &p->host;
	char source[INET6_ADDRSTRLEN];
	addr_print(&s->source, source);
	bool has_address =
		h->has_management &&
		(h->management.any || addrset_contains(&h->management.addresses, &s->source));
	text_put(to, "add ");
	if (!has_address)
		text_printf(to, "%s to from =", source);
	if (!is_port_of_management(h, s->destination_port))
		text_printf(to, "%s%u to port =", has_address ? "" : " and ", s->destination_port);
	text_put(to, " in [management]");
	if (h->management.at.file)
		text_printf(to, " (%s:%u)", h->management.at.file, h->management.at.line);
	/* what is learned is not known to who asks before a first start */
	if (!has_address && h->has_management && peer_is_named(&h->management))
		text_printf(to, "; a name there may come to have %s, but not before it is learned",
			source);
}
