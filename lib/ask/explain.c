/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdict comes from walking the compiled ruleset (evaluate.c), so it is what the kernel
 * will say; the reasons come from the policy, in its terms.
 *
 * A refusal is explained by what it nearly matched: right port and wrong peer, right peer
 * and wrong port, a flow that goes the other way, a flow that is off.  The nearest comes first: a
 * row of just this service tells more about what was meant than one of a thousand ports.
 *
 * Whether an address is one of a name's, the daemon knows while it runs.  From files alone the
 * answer may be that it depends.
 */
#include "ask/explain.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdlib.h>
#include <string.h>

#include "ask/show_flows.h"
#include "base/text.h"
#include "compile/dispatch.h"
#include "compile/learned.h"
#include "config/policy.h"
#include "names/scope.h"
#include "ruleset/evaluate.h"

enum { ADDRESSES_SHOWN = 4, NEAR_MISSES_SHOWN = 10 };

struct explaining {
	const struct policy *policy;
	const struct learned *learned; /* NULL: nobody here knows */
	const struct question *question;
	enum side side;
	struct text *to;
	size_t near_misses;
};

static const char *side_word(enum side s)
{
	return s == SIDE_IN ? "inbound" : "outbound";
}

/* Who is at the other end. */
static const struct addr *other_end(const struct explaining *e)
{
	return e->side == SIDE_IN ? &e->question->source : &e->question->destination;
}

static void put_address(const struct addr *a, struct text *to)
{
	char printed[INET6_ADDRSTRLEN];
	addr_print(a, printed);
	text_put(to, printed);
}

static void put_at(struct place at, struct text *to)
{
	text_printf(to, "%s:%u", at.file, at.line);
}

static const struct peer **peers_of(const struct host_flow *f, enum side s, size_t *ret_count)
{
	*ret_count = s == SIDE_IN ? f->n_inbound : f->n_outbound;
	return s == SIDE_IN ? f->inbound : f->outbound;
}

static const struct learned_peer *known_of(const struct explaining *e, const struct peer *peer)
{
	return learned_of(e->learned, learned_number(e->policy, peer));
}

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

/* The flow's peer on a side that has the other end's address, or NULL. */
static const struct peer *peer_at_other_end(const struct explaining *e, const struct host_flow *f,
	enum side s)
{
	size_t n;
	const struct peer **peers = peers_of(f, s, &n);
	for (size_t i = 0; i < n; i++)
		if (peers[i]->any || peer_knows(peers[i], other_end(e)) || is_learned(e, peers[i]))
			return peers[i];
	return NULL;
}

static bool has_service(const struct explaining *e, const struct flow *f)
{
	const struct question *q = e->question;
	return flow_has_protocol(f, q->protocol) &&
	       (!protocol_has_ports(q->protocol) || flow_has_port(f, q->destination_port));
}

static void put_service(const struct flow *f, struct text *to)
{
	put_protocols(f, to);
	if (f->n_ports) {
		text_put(to, " ");
		put_ports(f, to);
	}
}

/* Near misses. */

static void begin_miss(struct explaining *e, const char *what, const struct flow *f)
{
	text_printf(e->to, "  %s: flow %s (", what, f->name);
	put_at(f->at, e->to);
	text_put(e->to, ")");
	e->near_misses++;
}

static void miss_peer(struct explaining *e, const struct host_flow *f)
{
	size_t n;
	const struct peer **peers = peers_of(f, e->side, &n);
	begin_miss(e, "right port, wrong peer", f->flow);
	text_put(e->to, " is for");
	for (size_t i = 0; i < n; i++) {
		text_printf(e->to, "%s %s (", i ? "," : "", peers[i]->name);
		put_addresses(peers[i], known_of(e, peers[i]), ADDRESSES_SHOWN, e->to);
		text_put(e->to, ")");
	}
	text_put(e->to, "\n");
}

/* Its address is one that a peer has had: true, and said. */
static bool miss_retired(struct explaining *e, const struct host_flow *f)
{
	size_t n;
	const struct peer **peers = peers_of(f, e->side, &n);
	for (size_t i = 0; i < n; i++) {
		const struct learned_peer *known = known_of(e, peers[i]);
		if (!known || !peer_is_named(peers[i]) ||
			!addrset_contains(&known->retired, other_end(e)))
			continue;
		begin_miss(e, "right port, retired address", f->flow);
		text_printf(e->to,
			" is for %s, whose names no longer have it; open connections go on, and "
			"no new one begins\n",
			peers[i]->name);
		return true;
	}
	return false;
}

static void miss_service(struct explaining *e, const struct host_flow *f, const struct peer *peer)
{
	const struct question *q = e->question;
	bool port = protocol_has_ports(q->protocol) && flow_has_port(f->flow, q->destination_port);
	begin_miss(e,
		port || !protocol_has_ports(q->protocol) ? "right peer, wrong protocol"
							 : "right peer, wrong port",
		f->flow);
	text_printf(e->to, e->side == SIDE_IN ? " lets %s open " : " lets us open to %s ",
		peer->name);
	put_service(f->flow, e->to);
	text_put(e->to, "\n");
}

static void miss_direction(struct explaining *e, const struct host_flow *f)
{
	begin_miss(e, "right port, wrong direction", f->flow);
	text_printf(e->to, " is %s only; initiator = either would open both\n",
		side_word(e->side == SIDE_IN ? SIDE_OUT : SIDE_IN));
}

static void miss_off(struct explaining *e, const struct host_flow *f)
{
	if (f->state == FLOW_OFF_OPTIONAL) {
		begin_miss(e, "optional and off", f->flow);
		text_printf(e->to, "; [host] enable = %s turns it on\n", f->flow->name);
		return;
	}
	begin_miss(e, "disabled", f->flow);
	text_put(e->to, "; take it out of [host] disable to turn it on\n");
}

static void miss_role(struct explaining *e, const struct host_flow *f)
{
	begin_miss(e, "right port, other hosts", f->flow);
	text_put(e->to, " is between parties that this host does not play\n");
}

static void consider(struct explaining *e, const struct host_flow *f)
{
	enum side other = e->side == SIDE_IN ? SIDE_OUT : SIDE_IN;
	const struct peer *peer = peer_at_other_end(e, f, e->side);
	bool service = has_service(e, f->flow);
	size_t n_here, n_there;
	peers_of(f, e->side, &n_here);
	peers_of(f, other, &n_there);
	if (f->state == FLOW_NOT_OURS) {
		miss_role(e, f);
	} else if (f->state != FLOW_ON) {
		/* one that goes the other way allows this neither on nor off */
		if (service && (n_here || !n_there))
			miss_off(e, f);
	} else if (service && n_here) {
		if (!miss_retired(e, f))
			miss_peer(e, f);
	} else if (service && n_there) {
		miss_direction(e, f);
	} else if (peer) {
		miss_service(e, f, peer);
	}
}

/* How near a flow is; the smaller, the nearer. */
struct nearness {
	const struct host_flow *flow;
	unsigned rank;     /* our flows with the service, our flows without it, the page's others */
	unsigned distance; /* has the peer, is for peers on this side, is not */
	unsigned width;    /* of the range of ports that has the port */
	size_t number;
};

enum { RANK_SERVICE, RANK_PEER, RANK_OTHERS, RANK_FAR };

static unsigned rank(const struct explaining *e, const struct host_flow *f)
{
	bool service = has_service(e, f->flow);
	if (f->state != FLOW_NOT_OURS)
		return service ? RANK_SERVICE : RANK_PEER;
	return service && !f->flow->optional ? RANK_OTHERS : RANK_FAR;
}

static unsigned width(const struct flow *f, uint16_t port)
{
	for (size_t i = 0; i < f->n_ports; i++)
		if (f->ports[i].first <= port && port <= f->ports[i].last)
			return f->ports[i].last - f->ports[i].first;
	return 0;
}

static unsigned distance(const struct explaining *e, const struct host_flow *f)
{
	size_t n;
	if (peer_at_other_end(e, f, e->side))
		return 0;
	peers_of(f, e->side, &n);
	return n ? 1 : 2;
}

static int nearer(const void *a, const void *b)
{
	const struct nearness *x = a, *y = b;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->distance != y->distance)
		return x->distance < y->distance ? -1 : 1;
	if (x->width != y->width)
		return x->width < y->width ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

/* Tells of the flows that are at most so far, the nearest first, until there are enough. */
static void put_near_misses(struct explaining *e, unsigned farthest, size_t enough)
{
	const struct policy *p = e->policy;
	struct nearness *list = calloc(p->n_flows + 1, sizeof(*list));
	size_t n = 0;
	if (!list) {
		e->to->failed = true;
		return;
	}
	for (size_t i = 0; i < p->n_flows; i++) {
		const struct host_flow *f = &p->flows[i];
		unsigned r = rank(e, f);
		if (r <= farthest)
			list[n++] = (struct nearness){f, r, distance(e, f),
				width(f->flow, e->question->destination_port), i};
	}
	qsort(list, n, sizeof(*list), nearer);
	for (size_t i = 0; i < n && e->near_misses < enough; i++)
		consider(e, list[i].flow);
	free(list);
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

static const struct host_flow *flow_named(const struct policy *p, const char *name)
{
	for (size_t i = 0; name && i < p->n_flows; i++)
		if (strcmp(p->flows[i].flow->name, name) == 0)
			return &p->flows[i];
	return NULL;
}

static void put_allowed(struct explaining *e, const struct rule *r)
{
	const struct host_flow *f = flow_named(e->policy, r->flow);
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

static void put_refused(struct explaining *e, const struct outcome *o)
{
	put_no_flow(e);
	text_put(e->to, "\n");
	put_near_misses(e, RANK_OTHERS, NEAR_MISSES_SHOWN);
	if (e->near_misses == NEAR_MISSES_SHOWN)
		text_put(e->to, "  … rolewallctl show lists all flows of this host\n");
	if (o->ending == ENDING_QUEUE)
		text_put(e->to, "  the packet waits while the names of this flow's peers are asked "
				"again, and is refused if the address is none of theirs then\n");
	else if (o->ending == ENDING_DROP)
		text_put(e->to, "  the packet is dropped in silence: its source is no peer of this "
				"host\n");
	else
		text_printf(e->to, "  the answer is %s\n",
			e->question->protocol == IPPROTO_TCP
				? "a TCP reset"
				: "an ICMP error, administratively prohibited");
}

static bool explain_side(const struct explaining *whole, const struct ruleset *r, enum side side,
	struct text *to)
{
	const struct question *q = whole->question;
	struct explaining e = *whole;
	struct packet packet = {
		.hook = side == SIDE_IN ? HOOK_INPUT : HOOK_OUTPUT,
		.loopback = q->source_is_local && q->destination_is_local,
		.protocol = q->protocol,
		.source = q->source,
		.destination = q->destination,
		.source_port = q->source_port,
		.destination_port = q->destination_port,
		.icmp_type = q->protocol == IPPROTO_ICMP ? ICMP_ECHO : ICMP6_ECHO_REQUEST,
	};
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
