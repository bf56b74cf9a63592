/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two verdict maps: protocol, then port.
 *
 *	chain inbound      { meta l4proto vmap @inbound-protocols }
 *	chain inbound-tcp  { meta l4proto tcp ct original proto-dst vmap @inbound-tcp-ports
 *	                     meta l4proto tcp ct original proto-dst vmap @inbound-tcp-ranges }
 *
 * (Their names go on with a hash of what they hold: see stages.c.)
 *
 * The port is the one that was dialled (of the connection's original tuple), so the same
 * maps judge both directions of a connection and what DNAT has rewritten.
 *
 * A port may belong to several flows (the page lists 5985 twice).  So the ports of all
 * flows are cut at each other's edges into spans, each of which belongs to one list of
 * flows.  A span of one flow leads to its chain; a span of several to a shared chain
 * that tries them in the order of the files.  Short spans become single elements of a hash
 * and only long ones pay for a tree.
 *
 * One protocol and one map for both would be shorter; nft before 1.0.7 cannot read
 * `ct original proto-dst` in a concatenation, and a role file's text must be readable
 * where the daemon runs.
 */
#include "compile/dispatch.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "config/policy.h"

enum { LONGEST_EXPANDED_SPAN = 16 };

static const struct place built_in = {0};

struct span {
	uint16_t first;
	uint16_t last;
	size_t flows; /* offset of its list in the table of lists */
	size_t n_flows;
};

/* Where the ports of a flow begin or have just ended. */
struct edge {
	uint32_t port;
	bool begins;
	size_t flow; /* its number among those that take part */
};

struct dispatching {
	struct build *build;
	const struct policy *policy;
	enum side side;
	uint8_t protocol;
	bool reversed; /* for connections that the tracker has the wrong way round */
	/* those of this side, and of them those that have the protocol, in the order of the files
	 */
	const struct host_flow **flows, **taking_part;
	size_t n_flows, n_taking_part;
	struct edge *edges;
	size_t n_edges, edges_allocated;
	/* numbers of the flows that have the port at which the walk along the edges is, in order */
	size_t *open;
	size_t n_open;
	const struct host_flow **lists;
	size_t n_lists, lists_allocated;
	struct span *spans;
	size_t n_spans, spans_allocated;
	struct element *elements;
	size_t n_elements, elements_allocated;
};

const char *side_name(enum side s)
{
	return s == SIDE_IN ? "in" : "out";
}

/* What the names of chains for reversed connections begin with. */
static const char *way(bool reversed)
{
	return reversed ? "reversed-" : "";
}

const char *flow_chain(struct build *b, const struct flow *f, enum side s, bool reversed)
{
	return build_name(b, "%s%s-%s", way(reversed), side_name(s), f->name);
}

bool side_has_flow(const struct host_flow *f, enum side s)
{
	const struct peer *const *peers =
		(const struct peer *const *)(s == SIDE_IN ? f->inbound : f->outbound);
	size_t n = s == SIDE_IN ? f->n_inbound : f->n_outbound;
	if (f->state != FLOW_ON)
		return false;
	for (size_t i = 0; i < n; i++)
		if (peers[i]->any || peer_is_named(peers[i]) || addrset_count(&peers[i]->addresses))
			return true;
	return false;
}

/* The flows of the side, found once and not for each protocol. */
static int find_flows(struct dispatching *d)
{
	size_t most = d->policy->n_flows + 1;
	d->flows = calloc(most, sizeof(struct host_flow *));
	d->taking_part = calloc(most, sizeof(struct host_flow *));
	d->open = calloc(most, sizeof(*d->open));
	if (!d->flows || !d->taking_part || !d->open)
		return -ENOMEM;
	for (size_t i = 0; i < d->policy->n_flows; i++)
		if (side_has_flow(&d->policy->flows[i], d->side))
			d->flows[d->n_flows++] = &d->policy->flows[i];
	return 0;
}

static void take_protocol(struct dispatching *d, uint8_t protocol)
{
	d->protocol = protocol;
	d->n_taking_part = 0;
	for (size_t i = 0; i < d->n_flows; i++)
		if (flow_has_protocol(d->flows[i]->flow, protocol))
			d->taking_part[d->n_taking_part++] = d->flows[i];
}

/* Spans: a walk along all edges, with the flows that are open between them. */

static int add_edge(struct dispatching *d, uint32_t port, bool begins, size_t flow)
{
	int r = array_reserve(&d->edges, &d->edges_allocated, d->n_edges + 1);
	if (r < 0)
		return r;
	d->edges[d->n_edges++] = (struct edge){port, begins, flow};
	return 0;
}

/* What ends at a port before what begins there: a flow may have 80 and 81. */
static int order_edges(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;
	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return x->begins - y->begins;
}

static int find_edges(struct dispatching *d)
{
	d->n_edges = 0;
	for (size_t i = 0; i < d->n_taking_part; i++) {
		const struct flow *f = d->taking_part[i]->flow;
		for (size_t j = 0; j < f->n_ports; j++) {
			int r = add_edge(d, f->ports[j].first, true, i);
			if (r < 0)
				return r;
			r = add_edge(d, (uint32_t)f->ports[j].last + 1, false, i);
			if (r < 0)
				return r;
		}
	}
	if (d->n_edges > 1)
		qsort(d->edges, d->n_edges, sizeof(*d->edges), order_edges);
	return 0;
}

static void pass_edge(struct dispatching *d, const struct edge *e)
{
	size_t low = 0, high = d->n_open;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (d->open[middle] < e->flow)
			low = middle + 1;
		else
			high = middle;
	}
	size_t *at = &d->open[low];
	if (e->begins) {
		memmove(at + 1, at, (d->n_open - low) * sizeof(*at));
		*at = e->flow;
		d->n_open++;
	} else {
		d->n_open--;
		memmove(at, at + 1, (d->n_open - low) * sizeof(*at));
	}
}

static bool same_flows(const struct dispatching *d, const struct span *a, const struct span *b)
{
	return a->n_flows == b->n_flows && memcmp(&d->lists[a->flows], &d->lists[b->flows],
						   a->n_flows * sizeof(*d->lists)) == 0;
}

/* Adds a span with its list of flows, or lengthens the last one. */
static int add_span(struct dispatching *d, uint32_t first, uint32_t end)
{
	struct span s = {(uint16_t)first, (uint16_t)(end - 1), d->n_lists, d->n_open};
	int r = array_reserve(&d->lists, &d->lists_allocated, d->n_lists + d->n_open);
	if (r < 0 || d->n_open == 0)
		return r;
	for (size_t i = 0; i < d->n_open; i++)
		d->lists[d->n_lists++] = d->taking_part[d->open[i]];
	struct span *last = d->n_spans ? &d->spans[d->n_spans - 1] : NULL;
	if (last && last->last + 1 == s.first && same_flows(d, last, &s)) {
		last->last = s.last;
		d->n_lists = s.flows;
		return 0;
	}
	r = array_reserve(&d->spans, &d->spans_allocated, d->n_spans + 1);
	if (r < 0)
		return r;
	d->spans[d->n_spans++] = s;
	return 0;
}

static int find_spans(struct dispatching *d)
{
	d->n_spans = 0;
	d->n_lists = 0;
	d->n_open = 0;
	int r = find_edges(d);
	if (r < 0)
		return r;
	for (size_t i = 0; i + 1 < d->n_edges; i++) {
		pass_edge(d, &d->edges[i]);
		if (d->edges[i].port == d->edges[i + 1].port)
			continue;
		r = add_span(d, d->edges[i].port, d->edges[i + 1].port);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Chains and maps. */

/* The chain that judges a list of flows; a shared one is made for several. */
static const char *chain_for(struct dispatching *d, const struct host_flow *const *flows, size_t n,
	const char *service)
{
	struct build *b = d->build;
	if (n == 1)
		return flow_chain(b, flows[0]->flow, d->side, d->reversed);
	const char *name =
		build_name(b, "shared-%s%s-%s", way(d->reversed), side_name(d->side), service);
	chain(b, flows[0]->flow->at, name, HOOK_NONE);
	for (size_t i = 0; i < n; i++) {
		b->flow = flows[i]->flow->name;
		rule(b, flows[i]->flow->at, NULL);
		jump_to(b, flow_chain(b, flows[i]->flow, d->side, d->reversed));
	}
	b->flow = NULL;
	return name;
}

static int add_element(struct dispatching *d, uint32_t first, uint32_t last, const char *to)
{
	int r = array_reserve(&d->elements, &d->elements_allocated, d->n_elements + 1);
	if (r < 0)
		return r;
	d->elements[d->n_elements++] = (struct element){first, last, VERDICT_JUMP, to};
	return 0;
}

/* An element for each port of a span. */
static int add_ports(struct dispatching *d, const struct span *s, const char *to)
{
	for (uint32_t p = s->first; p <= s->last; p++) {
		int r = add_element(d, p, p, to);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The elements of all spans, short (single ports) or long (ranges). */
static int fill_elements(struct dispatching *d, const char *const *chains, bool expanded)
{
	d->n_elements = 0;
	for (size_t i = 0; i < d->n_spans; i++) {
		const struct span *s = &d->spans[i];
		if ((s->last - s->first < LONGEST_EXPANDED_SPAN) != expanded)
			continue;
		int r = expanded ? add_ports(d, s, chains[i])
				 : add_element(d, s->first, s->last, chains[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The name of the map.  That of reversed connections leads from the same ports to their chains. */
static const char *write_elements(struct dispatching *d, const char *name)
{
	if (d->reversed)
		return repeated_map(d->build, built_in, name, TYPE_INET_SERVICE, d->elements,
			d->n_elements);
	return number_set(d->build, built_in, name, TYPE_INET_SERVICE, true, d->elements,
		d->n_elements);
}

static int write_map(struct dispatching *d, const char *const *chains, bool expanded,
	const char *name)
{
	int r = fill_elements(d, chains, expanded);
	if (r < 0 || d->n_elements == 0)
		return r;
	const char *map = write_elements(d, name);
	rule(d->build, built_in, "flow by port");
	match(d->build, FIELD_L4PROTO, d->protocol);
	dispatch(d->build, d->reversed ? FIELD_CT_PROTO_SRC : FIELD_CT_PROTO_DST, map);
	return 0;
}

DEFINE_CLEANUP(free_names, const char *, free)

/* The chain of one protocol with ports.  *ret_name stays NULL if no flow has it. */
static int write_ports(struct dispatching *d, const char **ret_name)
{
	struct build *b = d->build;
	int r = find_spans(d);
	if (r < 0 || d->n_spans == 0)
		return r;
	CLEANUP(free_names) const char **chains = calloc(d->n_spans, sizeof(*chains));
	if (!chains)
		return -ENOMEM;
	const char *protocol = protocol_name(d->protocol);
	for (size_t i = 0; i < d->n_spans; i++) {
		const struct span *s = &d->spans[i];
		const char *service =
			s->first == s->last
				? build_name(b, "%s-%u", protocol, s->first)
				: build_name(b, "%s-%u-%u", protocol, s->first, s->last);
		chains[i] = chain_for(d, &d->lists[s->flows], s->n_flows, service);
	}
	const char *name =
		build_name(b, "%s%sbound-%s", way(d->reversed), side_name(d->side), protocol);
	chain(b, built_in, name, HOOK_NONE);
	*ret_name = name;
	r = write_map(d, chains, true, build_name(b, "%s-ports", name));
	return r < 0 ? r : write_map(d, chains, false, build_name(b, "%s-ranges", name));
}

/* The chain of a protocol without ports, or NULL if no flow has it. */
static void find_portless(struct dispatching *d, const char **ret_name)
{
	if (d->n_taking_part)
		*ret_name = chain_for(d, d->taking_part, d->n_taking_part,
			build_name(d->build, "protocol-%u", d->protocol));
}

static int write_protocols(struct dispatching *d)
{
	struct element protocols[256];
	size_t n = 0;
	for (unsigned p = 0; p < 256; p++) {
		const char *to = NULL;
		take_protocol(d, (uint8_t)p);
		int r = 0;
		if (protocol_has_ports(d->protocol))
			r = write_ports(d, &to);
		else
			find_portless(d, &to);
		if (r < 0)
			return r;
		if (to)
			protocols[n++] = (struct element){p, p, VERDICT_JUMP, to};
	}
	const char *name = build_name(d->build, "%sbound", side_name(d->side));
	chain(d->build, built_in, name, HOOK_NONE);
	if (n == 0)
		return 0;
	const char *map = number_set(d->build, built_in, build_name(d->build, "%s-protocols", name),
		TYPE_INET_PROTO, true, protocols, n);
	rule(d->build, built_in, "flow by protocol");
	dispatch(d->build, FIELD_L4PROTO, map);
	return 0;
}

static void dispatching_done(struct dispatching *d)
{
	free(d->flows);
	free(d->taking_part);
	free(d->edges);
	free(d->open);
	free(d->lists);
	free(d->spans);
	free(d->elements);
}

int dispatch_side(struct build *b, const struct policy *p, enum side s)
{
	CLEANUP(dispatching_done)
	struct dispatching d = {.build = b, .policy = p, .side = s};
	int r = find_flows(&d);
	return r < 0 ? r : write_protocols(&d);
}

int dispatch_reversed(struct build *b, const struct policy *p, enum side s)
{
	CLEANUP(dispatching_done)
	struct dispatching d = {.build = b, .policy = p, .side = s, .reversed = true};
	const char *to = NULL;
	int r = find_flows(&d);
	if (r < 0)
		return r;
	take_protocol(&d, IPPROTO_TCP);
	r = write_ports(&d, &to);
	if (r < 0)
		return r;
	chain(b, built_in, build_name(b, "reversed-%sbound", side_name(s)), HOOK_NONE);
	if (to) {
		rule(b, built_in, "flow by port");
		jump_to(b, to);
	}
	return 0;
}
