/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has opened a connection that is older than the tracker?
 *
 * The tracker takes the first packet that it sees of a TCP connection for the one that opened it
 * (net.netfilter.nf_conntrack_tcp_loose).  Where it began midway, before our first start, after
 * `conntrack -F`, or when it had forgotten a connection in an outage, that may be an answer of
 * the server's; and what it has the wrong way round, it has so for the life of the connection.
 *
 * So a packet that its connection does not allow as it is tracked is judged the other way
 * round, too: the service's port is then the one that the first packet came from, and the peer
 * is at the other end.  Only TCP, only packets that cannot open a connection (those with
 * ACK or RST; of the others the direction is certain), and only connections without a mark of
 * ours: one with a mark was allowed as it is tracked, and if that was revoked, it stays so.
 *
 * What is let through here gets no mark, and each of its packets comes here again.  With a mark,
 * a peer that we may call could send us an ACK from its service's port, and then a SYN, which
 * the tracker takes for a part of the connection: he would have opened one to any port of ours.
 *
 * With outbound = allow the other end may be anybody, and only the ports tell who called whom.
 * A packet that cannot open a connection, of a connection without a mark, is one of ours if its
 * port on this host is one from which the kernel lets programs call, and one that no
 * inbound flow and no management is served on.
 */
#include "compile/reversed.h"

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "compile/dispatch.h"
#include "compile/observing.h"
#include "compile/peer_sets.h"
#include "config/policy.h"

static const struct place built_in = {0};

/* Flows. */

/* ct original ip daddr @peer-NAME-hosts4 counter name in-FLOW accept; NULL: any address */
static void write_peer_set(struct build *b, const struct peer_set *set, enum side side,
	const struct flow *f)
{
	rule(b, f->at, NULL);
	if (set)
		lookup(b, side == SIDE_IN ? set->part->first_destination : set->part->first_source,
			set->name);
	count(b, build_name(b, "%s-%s", side_name(side), f->name));
	accept_packet(b);
}

/* A retired address goes on by the stamp of a connection, which these have not. */
static void write_peer(struct build *b, const struct policy *p, const struct peer *peer,
	enum side side, const struct flow *f)
{
	struct peer_set sets[PEER_SETS_MOST];
	if (peer->any)
		write_peer_set(b, NULL, side, f);
	const size_t n = peer_sets_of(b, p, peer, sets);
	for (size_t i = 0; i < n; i++)
		if (!sets[i].is_retired)
			write_peer_set(b, &sets[i], side, f);
}

static void write_flow(struct build *b, const struct policy *p, const struct host_flow *f,
	enum side side)
{
	const struct peer **peers = side == SIDE_IN ? f->inbound : f->outbound;
	size_t n = side == SIDE_IN ? f->n_inbound : f->n_outbound;
	b->flow = f->flow->name;
	chain(b, f->flow->at, flow_chain(b, f->flow, side, true), HOOK_NONE);
	for (size_t i = 0; i < n; i++)
		write_peer(b, p, peers[i], side, f->flow);
	b->flow = NULL;
}

int reversed_side(struct build *b, const struct policy *p, enum side side)
{
	for (size_t i = 0; i < p->n_flows; i++)
		if (side_has_flow(&p->flows[i], side) &&
			flow_has_protocol(p->flows[i].flow, IPPROTO_TCP))
			write_flow(b, p, &p->flows[i], side);
	return dispatch_reversed(b, p, side);
}

/* outbound = allow */

struct served {
	struct port_range *ranges;
	size_t count, allocated;
};

DEFINE_CLEANUP(free_elements, struct element, free)

static void served_done(struct served *s)
{
	free(s->ranges);
}

static int add_served(struct served *s, const struct port_range *ranges, size_t n)
{
	int r = array_reserve(&s->ranges, &s->allocated, s->count + n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		s->ranges[s->count++] = ranges[i];
	return 0;
}

static int order_served(const void *a, const void *b)
{
	const struct port_range *x = a, *y = b;
	return x->first - y->first;
}

/* Where somebody may call us, from the lowest port up. */
static int find_served(const struct policy *p, struct served *ret)
{
	const struct host *h = &p->host;
	int r = h->has_management ? add_served(ret, h->management_ports, h->n_management_ports) : 0;
	if (r < 0)
		return r;
	for (size_t i = 0; i < p->n_flows; i++) {
		const struct host_flow *f = &p->flows[i];
		if (!side_has_flow(f, SIDE_IN) || !flow_has_protocol(f->flow, IPPROTO_TCP))
			continue;
		r = add_served(ret, f->flow->ports, f->flow->n_ports);
		if (r < 0)
			return r;
	}
	if (ret->count)
		qsort(ret->ranges, ret->count, sizeof(*ret->ranges), order_served);
	return 0;
}

/* What is left of a range between the served ones.  runs has room for one more than those. */
static size_t cut_served(const struct port_range *range, const struct served *served,
	struct element *runs)
{
	uint32_t next = range->first, end = (uint32_t)range->last + 1;
	size_t n = 0;
	for (size_t i = 0; i < served->count && next < end; i++) {
		uint32_t first = served->ranges[i].first, after = served->ranges[i].last + 1u;
		uint32_t stop = first < end ? first : end;
		if (next < stop)
			runs[n++] = (struct element){.first = next, .last = stop - 1};
		if (next < after)
			next = after;
	}
	if (next < end)
		runs[n++] = (struct element){.first = next, .last = end - 1};
	return n;
}

/* The set of ports from which only we call; NULL if there is none. */
static const char *write_local_ports(struct build *b, const struct policy *p)
{
	CLEANUP(served_done) struct served served = {0};
	CLEANUP(free_elements) struct element *runs = NULL;
	if (find_served(p, &served) == 0)
		runs = calloc(served.count + 1, sizeof(*runs));
	if (!runs) {
		b->failed = true;
		return NULL;
	}
	size_t n = cut_served(&p->host.local_ports, &served, runs);
	if (n == 0)
		return NULL;
	return number_set(b, built_in, "local-ports", TYPE_INET_SERVICE, false, runs, n);
}

/* The same, made once in a ruleset. */
static const char *local_ports(struct build *b, const struct policy *p)
{
	const struct set *made = b->failed ? NULL : ruleset_numbers(b->ruleset, "local-ports");
	return made ? made->name : write_local_ports(b, p);
}

/* accept-NAME    stamp, count and accept
 * NAME-tcp       tcp flags & (syn | ack) == syn goto accept-NAME
 *                ct mark & MASK != 0 goto accept-NAME
 *                meta l4proto tcp ct original proto-src @local-ports goto accept-NAME
 * NAME           meta l4proto tcp goto NAME-tcp
 *                goto accept-NAME
 * reversed-NAME  meta l4proto tcp ct original proto-dst @local-ports counter … accept */
void reversed_any(struct build *b, const struct policy *p, const struct form *form, struct place at,
	const char *what, const char *name)
{
	const char *local = local_ports(b, p), *tcp = build_name(b, "%s-tcp", name);
	const char *accepting = build_name(b, "accept-%s", name);
	counter(b, at, name);
	chain(b, at, accepting, HOOK_NONE);
	observing_unstamped(b, p, form, at, what, IPPROTO_UDP, name);
	observing_unstamped(b, p, form, at, what, IPPROTO_TCP, name);
	rule(b, at, what);
	stamp(b);
	count(b, name);
	accept_packet(b);

	chain(b, at, tcp, HOOK_NONE);
	rule(b, at, "it opens one");
	match_masked(b, FIELD_TCP_FLAGS, TH_SYN | TH_ACK, TH_SYN);
	goto_chain(b, accepting);
	rule(b, at, "we have opened it");
	match_any_bit(b, FIELD_CT_MARK, b->mark_mask);
	goto_chain(b, accepting);
	if (local) {
		rule(b, at, "from a port that only we call from");
		match(b, FIELD_L4PROTO, IPPROTO_TCP);
		lookup(b, FIELD_CT_PROTO_SRC, local);
		goto_chain(b, accepting);
	}

	chain(b, at, name, HOOK_NONE);
	rule(b, at, "TCP");
	match(b, FIELD_L4PROTO, IPPROTO_TCP);
	goto_chain(b, tcp);
	rule(b, at, "all else");
	goto_chain(b, accepting);

	chain(b, at, build_name(b, "reversed-%s", name), HOOK_NONE);
	if (!local)
		return;
	rule(b, at, what);
	match(b, FIELD_L4PROTO, IPPROTO_TCP);
	lookup(b, FIELD_CT_PROTO_DST, local);
	count(b, name);
	accept_packet(b);
}

void reversed_outbound_any(struct build *b, const struct policy *p, const struct form *form)
{
	reversed_any(b, p, form, p->host.at, NULL, "outbound-any");
	chain_again(b, "outbound");
	rule(b, p->host.at, NULL);
	goto_chain(b, "outbound-any");
	chain_again(b, "reversed-outbound");
	rule(b, p->host.at, NULL);
	goto_chain(b, "reversed-outbound-any");
}

/* The way there. */

/* tcp flags rst,ack ct state established,new ct direction … ct mark & MASK == 0 */
void reversed_match(struct build *b, uint32_t direction)
{
	match_any_bit(b, FIELD_TCP_FLAGS, TH_ACK | TH_RST);
	match_any_bit(b, FIELD_CT_STATE,
		NF_CT_STATE_BIT(IP_CT_NEW) | NF_CT_STATE_BIT(IP_CT_ESTABLISHED));
	match(b, FIELD_CT_DIRECTION, direction);
	match_masked(b, FIELD_CT_MARK, b->mark_mask, 0);
}

static void judge(struct build *b, struct place at, uint32_t direction, const char *interface,
	enum field passed, const char *to)
{
	rule(b, at, "judged as if it were tracked the wrong way round");
	if (interface)
		match_name(b, passed, interface);
	reversed_match(b, direction);
	jump_to(b, to);
}

/* Those that came in pass one of the host's interfaces, in whichever direction. */
static void judge_inbound(struct build *b, const struct policy *p, uint32_t direction,
	enum field passed)
{
	const struct names *only = &p->host.interfaces;
	for (size_t i = 0; i < only->count; i++)
		judge(b, only->items[i].at, direction, only->items[i].text, passed,
			"reversed-inbound");
	if (only->count == 0)
		judge(b, built_in, direction, NULL, passed, "reversed-inbound");
}

void reversed_input(struct build *b, const struct policy *p)
{
	judge(b, built_in, IP_CT_DIR_ORIGINAL, NULL, FIELD_IIFNAME, "reversed-outbound");
	judge_inbound(b, p, IP_CT_DIR_REPLY, FIELD_IIFNAME);
}

void reversed_output(struct build *b, const struct policy *p)
{
	judge_inbound(b, p, IP_CT_DIR_ORIGINAL, FIELD_OIFNAME);
	judge(b, built_in, IP_CT_DIR_REPLY, NULL, FIELD_OIFNAME, "reversed-outbound");
}
