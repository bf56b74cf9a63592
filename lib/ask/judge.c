/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A live connection goes on if its next packet is let through.  So it is judged as the kernel
 * will judge that packet: with the connection's mark, which the rules for live connections
 * look at, and by the tuple of its first packet, in the hook that packets of that
 * direction pass.  Nothing here knows what a mark means; that is in the ruleset.
 *
 * Forwarded packets without DNAT are not judged by our rules.
 */
#include "ask/judge.h"

#include <string.h>

#include "host/facts.h"
#include "ruleset/evaluate.h"
#include "ruleset/generation.h"

/* Those are met by the input hook though no interface has them for its own: multicast, and what
 * is sent to all of a network. */
static bool is_for_many(const struct addr *a, const struct facts *f)
{
	static const uint8_t everybody[4] = {255, 255, 255, 255};
	if (a->family == AF_INET6)
		return a->bytes[0] == 0xff;
	if ((a->bytes[0] & 0xf0) == 0xe0 || memcmp(a->bytes, everybody, sizeof(everybody)) == 0)
		return true;
	for (size_t i = 0; i < f->n_addresses; i++) {
		const struct addr_range *network = &f->addresses[i].network;
		if (addr_range_prefix(network) < 31 && addr_compare(&network->last, a) == 0)
			return true;
	}
	return false;
}

struct packet connection_packet(const struct connection *c, const struct facts *f)
{
	const struct addr *to = c->is_dnated ? &c->reached : &c->destination;
	bool from_here = facts_is_local(f, &c->source), to_here = facts_is_local(f, to);
	struct packet p = {
		.hook = HOOK_FORWARD,
		/* what DNAT leads away from an address of ours was on its way to the loopback */
		.loopback = from_here && (to_here || facts_is_local(f, &c->destination)),
		.protocol = c->protocol,
		.source = c->source,
		.source_port = c->source_port,
		.destination = *to,
		.destination_port = c->is_dnated ? c->reached_port : c->destination_port,
		.icmp_type = c->icmp_type,
		.is_live = true,
		.mark = c->mark,
		.is_dnated = c->is_dnated,
		.dialled = c->destination,
		.dialled_port = c->destination_port,
	};
	if (from_here)
		p.hook = HOOK_OUTPUT;
	else if (to_here || is_for_many(to, f))
		p.hook = HOOK_INPUT;
	if (p.hook == HOOK_FORWARD) {
		const char *in = facts_link_to(f, &c->source), *out = facts_link_to(f, to);
		p.interface = in ? in : "";
		p.out_interface = out ? out : "";
	}
	return p;
}

bool judge_refuses(const struct ruleset *r, const struct packet *p)
{
	return evaluate(r, p).ending != ENDING_ACCEPT;
}

uint32_t judge_mark_then(const struct ruleset *then, uint32_t mark, uint32_t mask_now, uint16_t now)
{
	uint32_t mask = then->mark_mask;
	if (mask != mask_now)
		return mark & ~mask;
	bool again = then->generation != now && generation_begins_again(mask, now);
	return again ? generation_forget(mask, mark, now) : mark;
}

bool judge_cuts(const struct ruleset *now, const struct ruleset *next, const struct packet *p)
{
	struct packet then = *p;
	then.mark = judge_mark_then(next, p->mark, now->mark_mask, now->generation);
	return judge_refuses(next, &then) && !judge_refuses(now, p);
}

static bool same_end(const struct addr *a, uint16_t port, const struct addr *b, uint16_t other_port)
{
	return addr_compare(a, b) == 0 && port == other_port;
}

/* The tracker may have met the session midway, and by a packet of the server's. */
bool connection_is_session(const struct connection *c, const struct session *s)
{
	const struct addr *to = c->is_dnated ? &c->reached : &c->destination;
	uint16_t to_port = c->is_dnated ? c->reached_port : c->destination_port;
	if (c->protocol != IPPROTO_TCP)
		return false;
	return (same_end(&s->source, s->source_port, &c->source, c->source_port) &&
		       same_end(&s->destination, s->destination_port, to, to_port)) ||
	       (same_end(&s->source, s->source_port, to, to_port) &&
		       same_end(&s->destination, s->destination_port, &c->source, c->source_port));
}
