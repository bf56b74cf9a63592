/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An accept in one base chain does not end the others: what we allow is lost if anybody drops
 * it, earlier or later.  So a made-up packet of each service that we allow is sent through
 * each foreign base chain on its way: the first one of a connection, a later one, and an
 * answer.
 *
 * A match that is not wholly understood holds for some of these packets, and nobody knows for
 * which.  From then on all is "may".  To cry wolf at every block list would help nobody, so a
 * drop of just some packets is a finding only if the rule, or a jump that led to it, asks for
 * our very port.  A part of the ports that peers dial from is no such drop.
 *
 * On the forward hook there are ports of others and, behind DNAT, of ours; which is which
 * cannot be seen, so there only a rule with our port in it is a finding.
 *
 * Whether a chain at our hook and priority comes before or after us is not defined.  For a
 * drop that does not matter, so such a chain is a finding of its own only if it changes packets
 * or connections.
 *
 * Not seen here: iptables-legacy, ARP, tc, XDP, and rules that match on addresses only.
 */
#include "ruleset/survey.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "ruleset/allowed.h"

enum {
	STEPS_AT_MOST = 5 * 1000 * 1000, /* rules met, all packets together: a tenth of a second */
	FINDINGS_AT_MOST = 50,
	DEPTH_AT_MOST = 16, /* the kernel's own limit of jumps */
	CONNTRACK_PRIORITY = -200,
};

static const struct port_range every_port = {0, UINT16_MAX};

struct packet {
	uint8_t protocol;
	struct port_range ports[FOREIGN_PORTS];
	uint32_t state;
	uint8_t family;
};

struct judging {
	struct allowed_list allowed;
	uint32_t *edges; /* ports at which a foreign match begins, or has just ended */
	size_t n_edges, edges_allocated;
	struct hit *hits;
	size_t n_hits, hits_allocated;
	size_t steps;
	bool too_many; /* findings */
	int error;

	/* the packet on its way */
	const struct foreign_chain *base;
	const struct allowed *service;
	struct packet packet;
	uint16_t port;
	bool is_answer;
	bool some_accepted;
};

/* How much of what was sent has come to a rule. */
struct path {
	bool certain;  /* all of it */
	bool narrowed; /* only some, by a match that we do not understand */
	bool named;    /* with our port in a match on the way */
};

/* Edges. */

static void add_edge(struct judging *j, uint32_t port)
{
	if (j->error == 0)
		j->error = array_reserve(&j->edges, &j->edges_allocated, j->n_edges + 1);
	if (j->error == 0)
		j->edges[j->n_edges++] = port;
}

static int order_edges(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void add_edges(struct judging *j, const struct foreign_rule *r)
{
	for (size_t i = 0; i < r->n_boxes; i++)
		for (int k = 0; r->boxes[i].names_port && k < FOREIGN_PORTS; k++) {
			const struct port_range *p = &r->boxes[i].ports[k];
			if (p->first)
				add_edge(j, p->first);
			if (p->last < UINT16_MAX)
				add_edge(j, (uint32_t)p->last + 1);
		}
}

static void find_edges(struct judging *j, const struct foreign *f)
{
	for (const struct foreign_chain *c = f->first; c; c = c->next)
		for (const struct foreign_rule *r = c->first; r; r = r->next)
			add_edges(j, r);
	if (j->n_edges < 2)
		return;
	qsort(j->edges, j->n_edges, sizeof(*j->edges), order_edges);
	size_t n = 1;
	for (size_t i = 1; i < j->n_edges; i++)
		if (j->edges[i] != j->edges[n - 1])
			j->edges[n++] = j->edges[i];
	j->n_edges = n;
}

/* Hits. */

static struct hit *hit_of(struct judging *j, const struct foreign_chain *c,
	const struct foreign_rule *r)
{
	enum side side = j->service->side;
	for (size_t i = 0; i < j->n_hits; i++) {
		struct hit *h = &j->hits[i];
		bool same = h->rule && r ? h->rule->handle == r->handle : h->rule == r;
		if (same && h->chain == c && h->base == j->base && h->side == side &&
			h->is_answer == j->is_answer)
			return h;
	}
	if (j->n_hits == FINDINGS_AT_MOST) {
		j->too_many = true;
		return NULL;
	}
	if (j->error == 0)
		j->error = array_reserve(&j->hits, &j->hits_allocated, j->n_hits + 1);
	if (j->error < 0)
		return NULL;
	struct hit *h = &j->hits[j->n_hits++];
	*h = (struct hit){
		.base = j->base, .chain = c, .rule = r, .side = side, .is_answer = j->is_answer};
	return h;
}

static void note(struct judging *j, const struct foreign_chain *c, const struct foreign_rule *r,
	const struct path *path)
{
	if (path->narrowed && !path->named)
		return;
	struct hit *h = hit_of(j, c, r);
	const struct allowed *s = j->service;
	if (!h)
		return;
	h->certain |= path->certain && !j->some_accepted && !(r && r->end == FOREIGN_UNKNOWN);
	if (h->last == s)
		return;
	h->last = s; /* of several ports of it, one is said */
	if (h->n_services++ >= HIT_SERVICES_SHOWN)
		return;
	char protocol[8];
	protocol_print(j->packet.protocol, protocol);
	text_printf(&h->services, "%s%s", h->n_services > 1 ? ", " : "", s->name);
	if (s->any_port)
		text_printf(&h->services, " %s", protocol);
	else if (s->n_ports)
		text_printf(&h->services, " %s %u", protocol, j->port);
	text_printf(&h->services, " (%s:%u)", s->at.file, s->at.line);
}

/* Walking. */

enum match { MATCHES_NONE, MATCHES_SOME, MATCHES_ALL };

static bool lies_in(const struct packet *p, const struct foreign_box *b)
{
	for (int i = 0; i < FOREIGN_PORTS; i++)
		if (b->ports[i].first > p->ports[i].first || b->ports[i].last < p->ports[i].last)
			return false;
	return foreign_has_protocol(b, p->protocol) && (b->states & p->state) &&
	       (b->families & p->family);
}

static enum match match_of(const struct foreign_rule *r, const struct packet *p, bool *named)
{
	enum match m = MATCHES_NONE;
	for (size_t i = 0; i < r->n_boxes && m != MATCHES_ALL; i++) {
		const struct foreign_box *b = &r->boxes[i];
		if (!lies_in(p, b))
			continue;
		m = b->is_narrower ? MATCHES_SOME : MATCHES_ALL;
		*named |= b->names_port;
	}
	return m;
}

/* True if nothing goes on behind the chain. */
static bool walk(struct judging *j, const struct foreign_chain *c, struct path path, unsigned depth)
{
	for (const struct foreign_rule *r = c->first; r; r = r->next) {
		struct path here = path;
		if (j->steps++ >= STEPS_AT_MOST || depth > DEPTH_AT_MOST)
			return true;
		enum match m = match_of(r, &j->packet, &here.named);
		if (m == MATCHES_NONE)
			continue;
		here.certain &= m == MATCHES_ALL;
		here.narrowed |= m == MATCHES_SOME;
		bool ends = true;
		switch (r->end) {
		case FOREIGN_ACCEPT:
			j->some_accepted |= !here.certain;
			break;
		case FOREIGN_UNKNOWN:
			note(j, c, r, &here);
			j->some_accepted = true;
			ends = false;
			break;
		case FOREIGN_DROP:
		case FOREIGN_REJECT:
			note(j, c, r, &here);
			break;
		case FOREIGN_JUMP:
		case FOREIGN_GOTO:
			ends = r->target && walk(j, r->target, here, depth + 1);
			if (!ends && r->end == FOREIGN_GOTO && m == MATCHES_ALL)
				return false;
			break;
		case FOREIGN_RETURN:
			if (m == MATCHES_ALL)
				return false;
			path.certain = ends = false;
			break;
		}
		if (ends && m == MATCHES_ALL)
			return true;
	}
	return false;
}

static void send_packet(struct judging *j)
{
	const struct foreign_chain *c = j->base;
	bool forward = c->hook == FOREIGN_FORWARD;
	struct path path = {.certain = !forward && !c->is_bridge, .narrowed = forward};
	j->some_accepted = false;
	if (!walk(j, c, path, 0) && c->drops)
		note(j, c, NULL, &path);
}

/* Sending. */

/* Hooks that packets of others pass on their way to us; our own pass the rest. */
static bool is_inward(enum foreign_hook h)
{
	return h == FOREIGN_INGRESS || h == FOREIGN_PREROUTING || h == FOREIGN_INPUT ||
	       h == FOREIGN_FORWARD;
}

/* What a chain is before the connection tracker sees as no connection's. */
static bool is_before_tracking(const struct foreign_chain *c)
{
	return c->hook == FOREIGN_INGRESS ||
	       ((c->hook == FOREIGN_PREROUTING || c->hook == FOREIGN_OUTPUT) &&
		       c->priority <= CONNTRACK_PRIORITY);
}

static void send_states(struct judging *j)
{
	static const uint32_t states[] = {FOREIGN_NEW, FOREIGN_ESTABLISHED};
	bool untracked = is_before_tracking(j->base);
	size_t first = j->is_answer ? 1 : 0, n = j->base->is_nat || untracked ? first + 1 : 2;
	for (size_t i = first; i < n && j->error == 0; i++) {
		j->packet.state = untracked ? FOREIGN_INVALID : states[i];
		for (unsigned family = FOREIGN_IPV4; family <= FOREIGN_IPV6; family *= 2)
			if (j->service->families & j->base->families & family) {
				j->packet.family = (uint8_t)family;
				send_packet(j);
			}
	}
}

static void send_port(struct judging *j, struct port_range port)
{
	struct packet *p = &j->packet;
	j->port = port.first;
	p->ports[FOREIGN_DPORT] = j->is_answer ? dialling_ports : port;
	p->ports[FOREIGN_SPORT] = j->is_answer ? port : dialling_ports;
	p->ports[FOREIGN_DIALLED] = port;
	send_states(j);
}

/* One port of each part of a range that foreign matches tell apart. */
static void send_range(struct judging *j, const struct port_range *range)
{
	size_t i = 0;
	if (j->service->any_port) {
		send_port(j, dialling_ports);
		return;
	}
	send_port(j, (struct port_range){range->first, range->first});
	while (i < j->n_edges && j->edges[i] <= range->first)
		i++;
	for (; i < j->n_edges && j->edges[i] <= range->last; i++) {
		uint16_t port = (uint16_t)j->edges[i];
		send_port(j, (struct port_range){port, port});
	}
}

static void send_service(struct judging *j, const struct allowed *s)
{
	j->service = s;
	j->is_answer = is_inward(j->base->hook) != (s->side == SIDE_IN);
	if (j->is_answer && (j->base->is_nat || j->base->hook == FOREIGN_FORWARD))
		return;
	for (size_t i = 0; i < s->n_protocols; i++) {
		j->packet.protocol = s->protocols[i];
		if (!protocol_has_ports(s->protocols[i])) {
			send_port(j, every_port);
			continue;
		}
		for (size_t k = 0; k < s->n_ports; k++)
			send_range(j, &s->ports[k]);
	}
}

static bool table_drops(const struct foreign *f, const struct foreign_chain *base)
{
	for (const struct foreign_chain *c = f->first; c; c = c->next)
		for (const struct foreign_rule *r = c->first; r; r = r->next)
			if (strcmp(c->table, base->table) == 0 &&
				(r->end == FOREIGN_DROP || r->end == FOREIGN_REJECT ||
					r->end == FOREIGN_UNKNOWN))
				return true;
	return false;
}

static void send_all(struct judging *j, const struct foreign *f)
{
	for (const struct foreign_chain *c = f->first; c; c = c->next) {
		if (c->hook == FOREIGN_NO_HOOK || (!c->drops && !table_drops(f, c)))
			continue;
		j->base = c;
		for (size_t i = 0; i < j->allowed.count && j->error == 0; i++)
			send_service(j, &j->allowed.items[i]);
	}
}

/* Findings. */

static bool is_beside_ours(const struct foreign_chain *c)
{
	return c->priority == 0 && !c->is_bridge &&
	       (c->hook == FOREIGN_INPUT || c->hook == FOREIGN_FORWARD ||
		       c->hook == FOREIGN_OUTPUT);
}

static bool changes(struct judging *j, const struct foreign_chain *c, unsigned depth)
{
	if (c->changes)
		return true;
	for (const struct foreign_rule *r = c->first; r; r = r->next)
		if (r->target && depth < DEPTH_AT_MOST && j->steps++ < STEPS_AT_MOST &&
			changes(j, r->target, depth + 1))
			return true;
	return false;
}

static void say_all(struct judging *j, const struct foreign *f, struct findings *to)
{
	for (size_t i = 0; i < j->n_hits; i++)
		findings_say_hit(to, &j->hits[i]);
	for (const struct foreign_chain *c = f->first; c; c = c->next)
		if (is_beside_ours(c) && changes(j, c, 0))
			findings_say_order(to, c);
	for (const struct foreign_gap *g = f->gaps; g; g = g->next)
		findings_say_gap(to, g->what);
	if (j->too_many)
		findings_say_gap(to, "more rules of others drop what we allow than are said here");
	if (j->steps >= STEPS_AT_MOST)
		findings_say_gap(to,
			"the tables of others are too large to be looked at as a whole");
}

int survey(const struct foreign *f, const struct policy *p, struct findings *ret)
{
	struct judging j = {0};
	struct findings found;
	int r = findings_init(&found);
	if (r < 0)
		return r;
	j.error = allowed_read(p, &j.allowed);
	find_edges(&j, f);
	send_all(&j, f);
	say_all(&j, f, &found);
	for (size_t i = 0; i < j.n_hits; i++)
		text_done(&j.hits[i].services);
	free(j.hits);
	free(j.edges);
	free(j.allowed.items);
	r = j.error < 0 ? j.error : found.failed ? -ENOMEM : 0;
	if (r < 0)
		findings_done(&found);
	else
		*ret = found;
	return r;
}
