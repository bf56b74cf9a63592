/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A refusal is explained by what it nearly matched: right port and wrong peer, right peer
 * and wrong port, a flow that goes the other way, a flow that is off.  The nearest comes first: a
 * row of just this service tells more about what was meant than one of a thousand ports.
 */
#include <errno.h>
#include <stdlib.h>

#include "ask/explaining.h"
#include "ask/show_flows.h"

static void put_service(const struct flow *f, struct text *to)
{
	put_protocols(f, to);
	if (f->n_ports) {
		text_put(to, " ");
		put_ports(f, to);
	}
}

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

/* The peer that has had the address of the other end, or NULL. */
static const struct peer *peer_before(const struct explaining *e, const struct host_flow *f)
{
	size_t n;
	const struct peer **peers = peers_of(f, e->side, &n);
	for (size_t i = 0; i < n; i++) {
		const struct learned_peer *known = known_of(e, peers[i]);
		if (known && peer_is_named(peers[i]) &&
			addrset_contains(&known->retired, other_end(e)))
			return peers[i];
	}
	return NULL;
}

static void miss_retired(struct explaining *e, const struct host_flow *f)
{
	begin_miss(e, "right port, retired address", f->flow);
	text_printf(e->to,
		" is for %s, whose names no longer have it; open connections go on, and "
		"no new one begins\n",
		peer_before(e, f)->name);
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
		text_printf(e->to, "; [host] enable = %s turns it on", f->flow->name);
		if (f->flow->bundles.count)
			text_printf(e->to, ", or enable = %s with all of its bundle",
				f->flow->bundles.items[0].text);
		text_put(e->to, "\n");
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

static enum miss miss_of(const struct explaining *e, const struct host_flow *f)
{
	enum side other = e->side == SIDE_IN ? SIDE_OUT : SIDE_IN;
	bool service = has_service(e, f->flow);
	size_t n_here, n_there;
	peers_of(f, e->side, &n_here);
	peers_of(f, other, &n_there);
	if (f->state == FLOW_NOT_OURS)
		return MISS_ROLE;
	/* one that goes the other way allows this neither on nor off */
	if (f->state != FLOW_ON)
		return service && (n_here || !n_there) ? MISS_OFF : MISS_NONE;
	if (service && n_here)
		return peer_before(e, f) ? MISS_RETIRED : MISS_PEER;
	if (service && n_there)
		return MISS_DIRECTION;
	return peer_at_other_end(e, f, e->side) ? MISS_SERVICE : MISS_NONE;
}

static void put_miss(struct explaining *e, const struct near_miss *m)
{
	switch (m->kind) {
	case MISS_NONE:
		return;
	case MISS_PEER:
		miss_peer(e, m->flow);
		return;
	case MISS_RETIRED:
		miss_retired(e, m->flow);
		return;
	case MISS_SERVICE:
		miss_service(e, m->flow, peer_at_other_end(e, m->flow, e->side));
		return;
	case MISS_DIRECTION:
		miss_direction(e, m->flow);
		return;
	case MISS_OFF:
		miss_off(e, m->flow);
		return;
	case MISS_ROLE:
		miss_role(e, m->flow);
		return;
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

/* The flows that are at most so far, the nearest first.  To be freed; NULL: out of memory. */
static struct nearness *flows_by_nearness(const struct explaining *e, unsigned farthest,
	size_t *ret_count)
{
	const struct policy *p = e->policy;
	struct nearness *list = calloc(p->n_flows + 1, sizeof(*list));
	size_t n = 0;
	if (!list)
		return NULL;
	for (size_t i = 0; i < p->n_flows; i++) {
		const struct host_flow *f = &p->flows[i];
		unsigned r = rank(e, f);
		if (r <= farthest)
			list[n++] = (struct nearness){f, r, distance(e, f),
				width(f->flow, e->question->destination_port), i};
	}
	qsort(list, n, sizeof(*list), nearer);
	*ret_count = n;
	return list;
}

void put_near_misses(struct explaining *e, unsigned farthest, size_t enough)
{
	size_t n = 0;
	struct nearness *list = flows_by_nearness(e, farthest, &n);
	if (!list)
		e->to->failed = true;
	for (size_t i = 0; i < n && e->near_misses < enough; i++) {
		const struct near_miss m = {miss_of(e, list[i].flow), list[i].flow};
		put_miss(e, &m);
	}
	free(list);
}

int find_near_miss(const struct explaining *e, unsigned farthest, struct near_miss *ret)
{
	size_t n = 0;
	struct nearness *list = flows_by_nearness(e, farthest, &n);
	struct near_miss service = {0};
	*ret = (struct near_miss){0};
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < n && ret->kind == MISS_NONE; i++) {
		const struct near_miss m = {miss_of(e, list[i].flow), list[i].flow};
		if (m.kind != MISS_SERVICE)
			*ret = m;
		else if (service.kind == MISS_NONE)
			service = m;
	}
	if (ret->kind == MISS_NONE)
		*ret = service;
	free(list);
	return 0;
}
