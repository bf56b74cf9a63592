/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdict comes from walking the compiled ruleset (evaluate.c), so it is what the kernel
 * will say; the reasons come from the policy, in its terms.
 *
 * A refusal is explained by what it nearly matched (near_misses.c).
 *
 * Whether an address is one of a name's, the daemon knows while it runs.  From files alone the
 * answer may be that it depends.
 */
#include "ask/explaining.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#include "ask/show_flows.h"
#include "names/scope.h"
#include "ruleset/evaluate.h"

enum { NEAR_MISSES_SHOWN = 10 };

static bool is_learned(const struct explaining *e, const struct peer *peer)
{
	const struct learned_peer *known = known_of(e, peer);
	return known && peer_is_named(peer) && addrset_contains(&known->live, other_end(e));
}

/* True if nobody here knows whether the other end is one of the peer's. */
static bool may_be(const struct explaining *e, const struct peer *peer)
{
	const enum scope scope = scope_of(other_end(e));
	bool takes_private = false;
	if (e->learned || !learned_is_followed(e->policy, peer) || scope == SCOPE_NEVER)
		return false;
	for (size_t i = 0; i < peer->n_names; i++)
		takes_private |= peer->names[i].takes_private;
	return scope == SCOPE_GLOBAL || takes_private;
}

const struct peer *peer_at_other_end(const struct explaining *e, const struct host_flow *f,
	enum side s)
{
	size_t n;
	const struct peer **peers = peers_of(f, s, &n);
	for (size_t i = 0; i < n; i++)
		if (peers[i]->any || peer_knows(peers[i], other_end(e)) || is_learned(e, peers[i]))
			return peers[i];
	return NULL;
}

bool has_service(const struct explaining *e, const struct flow *f)
{
	const struct question *q = e->question;
	return flow_has_protocol(f, q->protocol) &&
	       (!protocol_has_ports(q->protocol) || flow_has_port(f, q->destination_port));
}

/* Verdicts. */

/* Which interface a connection would come by is not part of the question. */
static void put_interfaces(struct explaining *e)
{
	const struct names *only = &e->policy->host.interfaces;
	if (e->side != SIDE_IN || only->count == 0)
		return;
	text_put(e->to, "  if it comes in by ");
	for (size_t i = 0; i < only->count; i++)
		text_printf(e->to, "%s%s", i ? ", " : "", only->items[i].text);
	text_put(e->to, ", ");
	put_at(only->items[0].at, e->to);
	text_put(e->to, "\n");
}

static void put_allowed_flow(struct explaining *e, const struct host_flow *f)
{
	const struct flow *flow = f->flow;
	const struct peer *peer = peer_at_other_end(e, f, e->side);
	text_printf(e->to, "flow %s", flow->name);
	if (flow->purpose[0])
		text_printf(e->to, " (%s)", flow->purpose);
	text_put(e->to, ", ");
	put_at(flow->at, e->to);
	text_put(e->to, "\n");
	if (flow->n_ports && strcmp(flow->port_at.file, flow->at.file) != 0) {
		text_put(e->to, "  its port is set in ");
		put_at(flow->port_at, e->to);
		text_put(e->to, "\n");
	}
	if (peer) {
		text_put(e->to, "  ");
		put_address(other_end(e), e->to);
		text_printf(e->to, " is in [peer %s], ", peer->name);
		put_at(peer->at, e->to);
		if (!peer->any && !peer_knows(peer, other_end(e)))
			text_put(e->to, ", learned of its names");
		text_put(e->to, "\n");
	}
	put_interfaces(e);
	if (e->side == SIDE_IN && flow->is_session && e->policy->size) {
		text_printf(e->to, "  up to %u sessions at once; one more gets a TCP reset, ",
			e->policy->size->sessions);
		put_at(e->policy->size->at, e->to);
		text_put(e->to, "\n");
	}
	const struct host *h = &e->policy->host;
	if (e->side == SIDE_IN && flow->is_session && h->sessions_per_client) {
		text_printf(e->to, "  up to %u sessions of one client address, ",
			h->sessions_per_client);
		put_at(h->sessions_per_client_at, e->to);
		text_put(e->to, "\n");
	}
}

const struct host_flow *flow_of_rule(const struct policy *p, const struct rule *r)
{
	for (size_t i = 0; r && r->flow && i < p->n_flows; i++)
		if (strcmp(p->flows[i].flow->name, r->flow) == 0)
			return &p->flows[i];
	return NULL;
}

static void put_allowed(struct explaining *e, const struct rule *r)
{
	const struct host_flow *f = flow_of_rule(e->policy, r);
	if (f) {
		put_allowed_flow(e, f);
		return;
	}
	if (r->at.file) {
		bool any = e->side == SIDE_OUT && r->at.line == e->policy->host.at.line &&
			   strcmp(r->at.file, e->policy->host.at.file) == 0;
		text_put(e->to, any ? "outbound = allow, " : "management, ");
		put_at(r->at, e->to);
	} else {
		text_put(e->to, r->comment);
	}
	text_put(e->to, "\n");
}

static void put_no_flow(const struct explaining *e)
{
	const struct question *q = e->question;
	char protocol[8];
	protocol_print(q->protocol, protocol);
	text_put(e->to, "no flow allows ");
	if (!protocol_name(q->protocol))
		text_put(e->to, "protocol ");
	text_printf(e->to, "%s %s ", protocol, e->side == SIDE_IN ? "from" : "to");
	put_address(other_end(e), e->to);
	if (protocol_has_ports(q->protocol))
		text_printf(e->to, e->side == SIDE_IN ? " to port %u" : ", port %u",
			q->destination_port);
}

/* What depends on names. */

static void put_if(struct explaining *e, const struct peer *peer, size_t *n)
{
	if ((*n)++ == 0)
		text_printf(e->to, "not known %s: it depends on the names of peers\n",
			side_word(e->side));
	text_put(e->to, "  if ");
	put_address(other_end(e), e->to);
	text_printf(e->to, " is an address of %s (", peer->name);
	put_addresses(peer, NULL, ADDRESSES_SHOWN, e->to);
	text_put(e->to, "): allowed by ");
}

static bool is_managing(const struct explaining *e)
{
	const struct host *h = &e->policy->host;
	if (e->side != SIDE_IN || e->question->protocol != IPPROTO_TCP || !h->has_management)
		return false;
	for (size_t i = 0; i < h->n_management_ports; i++)
		if (h->management_ports[i].first <= e->question->destination_port &&
			e->question->destination_port <= h->management_ports[i].last)
			return may_be(e, &h->management);
	return false;
}

/* True, after saying on what, if nobody here knows whether a refused one would be allowed. */
static bool put_depends(struct explaining *e)
{
	const struct policy *p = e->policy;
	size_t n = 0;
	if (is_managing(e)) {
		put_if(e, &p->host.management, &n);
		text_put(e->to, "management, ");
		put_at(p->host.management.at, e->to);
		text_put(e->to, "\n");
	}
	for (size_t i = 0; i < p->n_flows; i++) {
		const struct host_flow *f = &p->flows[i];
		size_t n_peers;
		const struct peer **peers = peers_of(f, e->side, &n_peers);
		for (size_t j = 0; j < n_peers; j++) {
			if (f->state != FLOW_ON || !has_service(e, f->flow) || !may_be(e, peers[j]))
				continue;
			put_if(e, peers[j], &n);
			put_allowed_flow(e, f);
		}
	}
	if (n)
		text_put(e->to,
			"  if it is not: refused\n"
			"  rolewalld learns the addresses of names while it runs; the files "
			"do not say them\n");
	return n > 0;
}

/* What the packet hears. */
static void put_ending(struct explaining *e, const struct outcome *o)
{
	switch (o->ending) {
	case ENDING_ACCEPT:
		return;
	case ENDING_QUEUE:
		text_put(e->to,
			"  the packet waits while the names of peers at this port are asked "
			"for, and is refused if none of them has this address\n");
		return;
	case ENDING_DROP:
		text_put(e->to,
			e->side == SIDE_IN
				? "  the packet is dropped in silence: its source is no peer "
				  "of this host\n"
				: "  the packet is dropped in silence: a peer at this port has "
				  "names, and its addresses are learned\n");
		return;
	case ENDING_REJECT:
		text_printf(e->to, "  the answer is %s\n",
			e->question->protocol == IPPROTO_TCP
				? "a TCP reset"
				: "an ICMP error, administratively prohibited");
		return;
	}
}

static void put_refused(struct explaining *e, const struct outcome *o)
{
	put_no_flow(e);
	text_put(e->to, "\n");
	put_near_misses(e, RANK_OTHERS, NEAR_MISSES_SHOWN);
	if (e->near_misses == NEAR_MISSES_SHOWN)
		text_put(e->to, "  … rolewallctl show lists all flows of this host\n");
	put_ending(e, o);
}

struct packet question_packet(const struct question *q, enum side side)
{
	return (struct packet){
		.hook = side == SIDE_IN ? HOOK_INPUT : HOOK_OUTPUT,
		.loopback = q->source_is_local && q->destination_is_local,
		.protocol = q->protocol,
		.source = q->source,
		.destination = q->destination,
		.source_port = q->source_port,
		.destination_port = q->destination_port,
		.icmp_type = q->protocol == IPPROTO_ICMP ? ICMP_ECHO : ICMP6_ECHO_REQUEST,
	};
}

static bool explain_side(const struct explaining *whole, const struct ruleset *r, enum side side,
	struct text *to)
{
	const struct question *q = whole->question;
	struct explaining e = *whole;
	const struct packet packet = question_packet(q, side);
	e.side = side;
	e.to = to;
	struct outcome o = evaluate(r, &packet);
	bool allowed = o.ending == ENDING_ACCEPT;
	if (!allowed && put_depends(&e))
		return false;
	text_printf(to, "%s %s: ", allowed ? "allowed" : "refused", side_word(side));
	if (allowed)
		put_allowed(&e, o.rule);
	else
		put_refused(&e, &o);
	return allowed;
}

bool explain(const struct policy *p, const struct ruleset *r, const struct learned *learned,
	const struct question *q, struct text *to)
{
	const struct explaining e = {.policy = p, .learned = learned, .question = q};
	const struct addrset *containers = &p->host.container_networks;
	bool from_container = addrset_contains(containers, &q->source);
	if (q->destination_is_local) {
		bool allowed = explain_side(&e, r, SIDE_IN, to);
		if (from_container && !q->source_is_local)
			text_put(to, "  (what a container or guest of this host sends to a port "
				     "that DNAT redirects is let through)\n");
		return allowed;
	}
	if (q->source_is_local)
		return explain_side(&e, r, SIDE_OUT, to);
	if (from_container || addrset_contains(containers, &q->destination)) {
		text_printf(to,
			"allowed forwarded: %s a container or guest of this host, and not sent "
			"to a port of this host\n",
			from_container ? "from" : "to");
		return true;
	}

	/* told of the side that allows it, or of both */
	struct text in = {0}, out = {0};
	bool allowed_in = explain_side(&e, r, SIDE_IN, &in);
	bool allowed_out = explain_side(&e, r, SIDE_OUT, &out);
	if (allowed_in || !allowed_out)
		text_put(to, in.data ? in.data : "");
	if (allowed_out || !allowed_in)
		text_put(to, out.data ? out.data : "");
	text_put(to, "  (neither address is this host's own, so both ways were tried)\n");
	to->failed |= in.failed || out.failed;
	text_done(&in);
	text_done(&out);
	return allowed_in || allowed_out;
}

void explain_refusal(const struct policy *p, const struct learned *learned,
	const struct question *q, struct text *to)
{
	struct text miss = {0};
	struct explaining e = {.policy = p,
		.learned = learned,
		.question = q,
		.side = q->destination_is_local ? SIDE_IN : SIDE_OUT,
		.to = &miss};
	put_near_misses(&e, RANK_SERVICE, 1);
	to->failed |= miss.failed;
	if (e.near_misses && !miss.failed) {
		/* a line of the longer answer: indented, and ended */
		size_t indent = strspn(miss.data, " ");
		text_bytes(to, miss.data + indent, miss.length - indent - 1);
	} else {
		e.to = to;
		put_no_flow(&e);
	}
	text_done(&miss);
}
