/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shape of the ruleset.
 *
 * Three base chains.  In each, what a live connection of this generation sends is accepted
 * at once; then come the loopback, the packets without which IP does not work, what is
 * related to a live connection, and management; everything else is judged as the connection that it
 * belongs to: by the tuple of the connection's first packet, which is inbound if that came in and
 * outbound if it went out, whatever the direction of the packet in hand.  A verdict is remembered
 * by stamping the generation on the connection.  So a packet of an older generation is judged again
 * with what its connection began with: still allowed, it is stamped and never notices; no longer
 * allowed, it is refused, in either direction.
 *
 * Each base chain ends in an explicit drop: while a table is replaced the kernel has its
 * policy in force only late in the commit.
 *
 * Built-in rules and the reasons for them:
 *
 *  - A reset that our own reject sends passes the output hook as a packet related to the
 *    connection that it refuses, which has no stamp.  Only a related reset is let out.
 *  - Forwarded packets are ours to judge only if DNAT has led them away from this host: a published
 *    container port is a port of this host (published.c).
 */
#include "compile/compile.h"

#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "compile/dispatch.h"
#include "compile/essentials.h"
#include "compile/holding.h"
#include "compile/management.h"
#include "compile/observing.h"
#include "compile/peer_sets.h"
#include "compile/published.h"
#include "compile/refusing.h"
#include "compile/reversed.h"
#include "compile/sessions.h"
#include "ruleset/build.h"

static const struct place built_in = {0};

/* Rates of what anybody can cause: packets a second, and the burst above it. */
enum {
	REJECT_RATE = 100,
	REJECT_BURST = 200,
};

/* Peers. */

static void write_sets(struct build *b, const struct policy *p, const struct form *form)
{
	generation_set(b);
	peer_sets(b, p, form);
	published_sets(b, p);
}

/* Flows. */

/* ct original ip saddr @peer-NAME-hosts4 goto accept-in-FLOW
 * ct state established ct original ip saddr @peer-NAME-retired4 goto accept-in-FLOW */
static void write_peer_rules(struct build *b, const struct policy *p, const struct peer *peer,
	enum side side, struct place at, const char *to)
{
	if (peer->any) {
		rule(b, at, NULL);
		goto_chain(b, to);
		return;
	}
	struct peer_set sets[PEER_SETS_MOST];
	const size_t n = peer_sets_of(b, p, peer, sets);
	for (size_t i = 0; i < n; i++) {
		rule(b, at, NULL);
		if (sets[i].is_retired)
			match_any_bit(b, FIELD_CT_STATE, NF_CT_STATE_BIT(IP_CT_ESTABLISHED));
		lookup(b,
			side == SIDE_IN ? sets[i].part->first_source
					: sets[i].part->first_destination,
			sets[i].name);
		goto_chain(b, to);
	}
}

static void write_flow(struct build *b, const struct policy *p, const struct form *form,
	const struct host_flow *f, enum side side)
{
	const struct flow *flow = f->flow;
	const char *name = build_name(b, "%s-%s", side_name(side), flow->name);
	const char *accepting = build_name(b, "accept-%s", name);
	const struct peer **peers = side == SIDE_IN ? f->inbound : f->outbound;
	size_t n = side == SIDE_IN ? f->n_inbound : f->n_outbound;

	b->flow = flow->name;
	counter(b, flow->at, name);
	chain(b, flow->at, accepting, HOOK_NONE);
	if (side == SIDE_IN && flow->is_session && sessions_are_counted(p)) {
		rule(b, p->size ? p->size->at : p->host.sessions_per_client_at, NULL);
		jump_to(b, SESSION_CHAIN);
	}
	static const uint8_t protocols[] = {IPPROTO_UDP, IPPROTO_TCP};
	for (size_t i = 0; i < sizeof(protocols) && side == SIDE_OUT; i++)
		if (observing_has_port(flow, protocols[i]))
			observing_unstamped(b, p, form, flow->at, NULL, protocols[i], name);
	rule(b, flow->at, NULL);
	stamp(b);
	count(b, name);
	accept_packet(b);

	chain(b, flow->at, name, HOOK_NONE);
	for (size_t i = 0; i < n; i++)
		write_peer_rules(b, p, peers[i], side, flow->at, accepting);
	b->flow = NULL;
}

static int write_side(struct build *b, const struct policy *p, const struct form *form,
	enum side side)
{
	for (size_t i = 0; i < p->n_flows; i++)
		if (side_has_flow(&p->flows[i], side))
			write_flow(b, p, form, &p->flows[i], side);
	int r = dispatch_side(b, p, side);
	if (r < 0)
		return r;
	r = reversed_side(b, p, side);
	if (r < 0)
		return r;
	if (side == SIDE_OUT && p->host.outbound_allowed)
		reversed_outbound_any(b, p, form);
	return 0;
}

/* What is refused. */

/* Not at an address that is retired: it may come to be known again. */
static void write_known(struct build *b, const struct policy *p, const struct peer *peer)
{
	struct peer_set sets[PEER_SETS_MOST];
	const size_t n = peer_sets_of(b, p, peer, sets);
	for (size_t i = 0; i < n; i++) {
		if (sets[i].is_retired)
			continue;
		rule(b, peer->at, NULL);
		lookup(b, sets[i].part->source, sets[i].name);
		goto_chain(b, "rejection");
	}
}

/* ct state new ct mark & 0xffff0000 == 0: no packet of the connection was ever let through */
static void match_never_allowed(struct build *b)
{
	match_any_bit(b, FIELD_CT_STATE, NF_CT_STATE_BIT(IP_CT_NEW));
	match_masked(b, FIELD_CT_MARK, b->mark_mask, 0);
}

/* On trial, only packets that open a connection are answered.  An answer to any other would end
 * a session at both ends, which goes on if it only hears nothing until the trial is undone.  A
 * session that the tracker has not met yet looks new to it, but does not begin with a SYN. */
static void write_trial_silence(struct build *b)
{
	rule(b, built_in, "on trial: opens a connection, and is answered");
	match_never_allowed(b);
	match_masked(b, FIELD_TCP_FLAGS, TH_FIN | TH_SYN | TH_RST | TH_ACK, TH_SYN);
	goto_chain(b, TRIAL_CHAIN);
	rule(b, built_in, "on trial: silence for a session");
	match(b, FIELD_L4PROTO, IPPROTO_TCP);
	drop_packet(b);
	rule(b, built_in, "on trial: opens a connection, and is answered");
	match_never_allowed(b);
	goto_chain(b, TRIAL_CHAIN);
	rule(b, built_in, "on trial: silence for a session");
	drop_packet(b);
}

static void write_rejection(struct build *b, const struct form *form)
{
	chain(b, built_in, "rejection", HOOK_NONE);
	if (form->on_trial) {
		write_trial_silence(b);
		chain(b, built_in, TRIAL_CHAIN, HOOK_NONE);
	} else {
		/* a session that the tracker has not met yet, which may come to be allowed */
		rule(b, built_in, "begins no connection, and is not answered");
		match_any_bit(b, FIELD_CT_STATE, NF_CT_STATE_BIT(IP_CT_NEW));
		match_any_bit(b, FIELD_TCP_FLAGS, TH_ACK | TH_RST);
		drop_packet(b);
	}
	rule(b, built_in, "too many to answer");
	limit_over(b, REJECT_RATE, REJECT_BURST);
	drop_packet(b);
	rule(b, built_in, "refused with a reset");
	match(b, FIELD_L4PROTO, IPPROTO_TCP);
	reject_tcp(b);
	rule(b, built_in, "refused with an ICMP error");
	reject_any(b);
}

static void write_refusals(struct build *b, const struct policy *p, const struct form *form)
{
	write_rejection(b, form);

	/* a known peer is refused with an answer, so that it need not wait for a timeout */
	refusing_chain(b, built_in, "refused-inbound", "rolewall: refused inbound: ");
	if (p->host.has_management)
		write_known(b, p, &p->host.management);
	for (size_t i = 0; i < p->host.n_peers; i++)
		if (p->host.peers[i].is_used)
			write_known(b, p, &p->host.peers[i]);
	rule(b, built_in, "an unknown host gets no answer");
	drop_packet(b);

	refusing_chain(b, built_in, "refused-outbound", "rolewall: refused outbound: ");
	rule(b, built_in, "refused outbound");
	goto_chain(b, "rejection");
}

/* Live connections. */

static void write_live(struct build *b)
{
	rule(b, built_in, "live connection of this generation");
	match_any_bit(b, FIELD_CT_STATE, NF_CT_STATE_BIT(IP_CT_ESTABLISHED));
	match_masked(b, FIELD_CT_MARK, b->mark_mask, b->mark);
	accept_packet(b);
}

/* The mark of a related packet is that of the connection to which it is related. */
static void write_related(struct build *b)
{
	rule(b, built_in, "related to a live connection of this generation");
	match_any_bit(b, FIELD_CT_STATE, NF_CT_STATE_BIT(IP_CT_RELATED));
	match_masked(b, FIELD_CT_MARK, b->mark_mask, b->mark);
	jump_to(b, "related");
}

/* Base chains. */

/* What belongs to no connection is dropped and never answered: a reset sent for a segment out of
 * its window would cut the connection that it pretends to belong to. */
static void write_invalid(struct build *b)
{
	rule(b, built_in, "part of no connection");
	match_any_bit(b, FIELD_CT_STATE, NF_CT_STATE_INVALID_BIT);
	count(b, "invalid");
	drop_packet(b);
}

/* A related packet is not judged: by the tuple of the connection that it only quotes it would
 * pass for that connection, and bring it back when it was revoked. */
static void match_own_connection(struct build *b)
{
	match_any_bit(b, FIELD_CT_STATE,
		NF_CT_STATE_BIT(IP_CT_NEW) | NF_CT_STATE_BIT(IP_CT_ESTABLISHED));
}

/* Packets of connections that come in are judged if they pass one of the host's interfaces
 * ([host] interface =), in whichever direction; by default, whatever they pass.
 *
 * Answers are held to the interface too.  They could be let out by any, but then they would stamp
 * a connection that came in where none may any longer, and so bring it back. */
static void judge_inbound(struct build *b, const struct policy *p, uint32_t direction,
	enum field interface)
{
	const struct names *only = &p->host.interfaces;
	const char *how = direction == IP_CT_DIR_ORIGINAL ? "judged as the connection it opens"
							  : "judged as the connection it answers";
	for (size_t i = 0; i < (only->count ? only->count : 1); i++) {
		rule(b, only->count ? only->items[i].at : built_in, how);
		if (only->count)
			match_name(b, interface, only->items[i].text);
		match(b, FIELD_CT_DIRECTION, direction);
		match_own_connection(b);
		jump_to(b, "inbound");
	}
}

static void judge_outbound(struct build *b, uint32_t direction)
{
	rule(b, built_in,
		direction == IP_CT_DIR_ORIGINAL ? "judged as the connection it opens"
						: "judged as the connection it answers");
	match(b, FIELD_CT_DIRECTION, direction);
	match_own_connection(b);
	jump_to(b, "outbound");
}

static void write_end(struct build *b, const char *refusing)
{
	rule(b, built_in, "no flow allows it");
	jump_to(b, refusing);
	rule(b, built_in, "the end");
	drop_packet(b);
}

static void write_input(struct build *b, const struct policy *p, const struct form *form)
{
	chain(b, built_in, "input", HOOK_INPUT);
	write_live(b);
	observing_rules(b, p, form, SIDE_IN);
	rule(b, built_in, "loopback");
	match_name(b, FIELD_IIFNAME, "lo");
	accept_packet(b);
	essential_rules(b, SIDE_IN);
	write_related(b);
	management_rules(b, p, SIDE_IN);
	write_invalid(b);
	own_look_ups(b, p, form, SIDE_IN);
	judge_inbound(b, p, IP_CT_DIR_ORIGINAL, FIELD_IIFNAME);
	judge_outbound(b, IP_CT_DIR_REPLY);
	published_input(b, p);
	reversed_input(b, p);
	write_end(b, "refused-inbound");
}

static void write_output(struct build *b, const struct policy *p, const struct form *form)
{
	chain(b, built_in, "output", HOOK_OUTPUT);
	write_live(b);
	observing_rules(b, p, form, SIDE_OUT);
	rule(b, built_in, "loopback");
	match_name(b, FIELD_OIFNAME, "lo");
	accept_packet(b);
	essential_rules(b, SIDE_OUT);
	write_related(b);
	management_rules(b, p, SIDE_OUT);
	rule(b, built_in, "reset of a refused connection");
	match_any_bit(b, FIELD_CT_STATE, NF_CT_STATE_BIT(IP_CT_RELATED));
	match_masked(b, FIELD_TCP_FLAGS, TH_RST, TH_RST);
	accept_packet(b);
	write_invalid(b);
	own_look_ups(b, p, form, SIDE_OUT);
	judge_outbound(b, IP_CT_DIR_ORIGINAL);
	judge_inbound(b, p, IP_CT_DIR_REPLY, FIELD_OIFNAME);
	published_output(b, p);
	reversed_output(b, p);
	if (p->host.outbound_allowed) {
		rule(b, p->host.at, NULL);
		match_any_bit(b, FIELD_CT_STATE, NF_CT_STATE_UNTRACKED_BIT);
		accept_packet(b);
	}
	holding_rules(b, p);
	write_end(b, "refused-outbound");
}

/* Which of the forwarded packets are ours to judge, published.c knows. */
static void write_forward(struct build *b, const struct policy *p)
{
	counter(b, built_in, "invalid");
	chain(b, built_in, "published-here", HOOK_NONE);
	if (p->host.interfaces.count) {
		judge_inbound(b, p, IP_CT_DIR_ORIGINAL, FIELD_IIFNAME);
		judge_inbound(b, p, IP_CT_DIR_REPLY, FIELD_OIFNAME);
	} else {
		rule(b, built_in, "judged as the connection it belongs to");
		match_own_connection(b);
		jump_to(b, "inbound");
	}
	write_end(b, "refused-inbound");

	chain(b, built_in, "published", HOOK_NONE);
	write_live(b);
	write_related(b);
	write_invalid(b);
	published_forward(b, p);

	chain(b, built_in, "forward", HOOK_FORWARD);
	rule(b, built_in, "led elsewhere than it was sent");
	match_any_bit(b, FIELD_CT_STATUS, IPS_DST_NAT);
	goto_chain(b, "published");
	rule(b, built_in, "not to or from this host");
	accept_packet(b);
	rule(b, built_in, "the end");
	drop_packet(b);
}

int compile_form(const struct policy *p, const struct form *form, struct ruleset **ret)
{
	struct build b;
	build_start(&b, form->generation, p->host.mark_mask);
	write_sets(&b, p, form);
	management_ports(&b, &p->host);
	essential_chains(&b, p);
	write_refusals(&b, p, form);
	session_chains(&b, p, form);
	observing_chains(&b, p, form);
	holding_chains(&b, p, form);
	if (write_side(&b, p, form, SIDE_IN) < 0 || write_side(&b, p, form, SIDE_OUT) < 0)
		b.failed = true;
	published_chains(&b, p, form);
	write_forward(&b, p);
	write_input(&b, p, form);
	write_output(&b, p, form);
	int r = build_finish(&b, ret);
	if (r < 0)
		return r;
	(*ret)->keeps_sessions = p->host.keeps_sessions;
	(*ret)->on_trial = form->on_trial;
	return 0;
}

int compile(const struct policy *p, uint16_t generation, struct ruleset **ret)
{
	const struct form form = {.generation = generation};
	return compile_form(p, &form, ret);
}
