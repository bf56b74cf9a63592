/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies.  The fast path accepts all packets of a stamped connection, and nothing behind it sees
 * them.  So conversations with resolvers are never stamped: each of their packets is judged, and
 * comes by the rules that copy it.  All other traffic that is not stamped pays a comparison of the
 * port for that, and what is stamped nothing.
 *
 *	input    udp sport 53 jump told      tcp sport 53 jump told
 *	told     ct state established,untracked ip saddr @resolvers-hosts4 log group …
 *	output   udp dport 53 jump asked     tcp dport 53 jump asked
 *	asked    ip daddr @resolvers-hosts4 log group …
 *
 * On the loopback a packet passes output and then input, and is copied in one of them.  A copy
 * decides nothing.  What comes in and answers nothing is not copied.
 *
 * Own look-ups.  Who has peers by name need not allow DNS in a flow: the reader's user, and that of
 * a stub on this host, may ask the resolvers, and nobody else.  Questions are told by whose socket
 * they come from; answers by being answers, of a conversation that was never stamped.
 *systemd-resolved may ask over TLS, too.
 */
#include "compile/observing.h"

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <netinet/in.h>

#include "compile/learned.h"
#include "compile/peer_sets.h"
#include "host/resolvers.h"

static const struct place built_in = {0};
static const enum addrset_part families[] = {ADDRSET_HOSTS4, ADDRSET_HOSTS6};
enum { FAMILIES = sizeof(families) / sizeof(families[0]) };

static const struct {
	enum field source, destination;
} ports[] = {
	{FIELD_UDP_SPORT, FIELD_UDP_DPORT},
	{FIELD_TCP_SPORT, FIELD_TCP_DPORT},
};
enum { PROTOCOLS = sizeof(ports) / sizeof(ports[0]) };

bool observing_is_wanted(const struct policy *p)
{
	bool wanted = p->host.has_management && learned_is_followed(p, &p->host.management);
	for (size_t i = 0; i < p->host.n_peers; i++)
		wanted |= learned_is_followed(p, &p->host.peers[i]);
	return wanted && addrset_count(&p->host.resolvers) > 0;
}

bool observing_copies(const struct policy *p, const struct form *form)
{
	return form->log_group && observing_is_wanted(p);
}

bool observing_asks_systemd(const struct policy *p)
{
	bool any = false;
	for (uint8_t last = 53; last <= 54; last++) {
		const struct addr a = {.family = AF_INET, .bytes = {127, 0, 0, last}};
		any |= resolvers_is_systemd(&a) && addrset_contains(&p->host.resolvers, &a);
	}
	return any;
}

static bool looks_up(const struct policy *p, const struct form *form)
{
	return form->n_look_up_users && !p->host.outbound_allowed && observing_is_wanted(p);
}

/* Sets and chains. */

static const char *set_name(struct build *b, enum addrset_part part)
{
	return build_name(b, "resolvers-%s", peer_part(part)->suffix);
}

static void write_sets(struct build *b, const struct addrset *resolvers)
{
	for (size_t i = 0; i < FAMILIES; i++) {
		if (!resolvers->count[families[i]])
			continue;
		address_set(b, built_in, set_name(b, families[i]), resolvers, families[i]);
		/* a conversation with one that comes may be stamped */
		judged_again_as_it_grows(b);
	}
}

static void write_copies(struct build *b, const struct policy *p, const struct form *form,
	enum side side)
{
	chain(b, built_in, side == SIDE_IN ? "told" : "asked", HOOK_NONE);
	for (size_t i = 0; i < FAMILIES; i++) {
		const struct peer_part *part = peer_part(families[i]);
		if (!p->host.resolvers.count[families[i]])
			continue;
		rule(b, built_in,
			side == SIDE_IN ? "copy of what a resolver says"
					: "copy of what a resolver is asked");
		if (side == SIDE_IN)
			match_any_bit(b, FIELD_CT_STATE,
				NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_UNTRACKED_BIT);
		lookup(b, side == SIDE_IN ? part->source : part->destination,
			set_name(b, families[i]));
		copy_packet(b, form->log_group, OBSERVED_BYTES);
	}
}

static void write_look_ups(struct build *b, const struct policy *p, const struct form *form)
{
	counter(b, built_in, "own-look-ups");
	chain(b, built_in, "own-look-ups", HOOK_NONE);
	for (size_t i = 0; i < form->n_look_up_users; i++)
		for (size_t j = 0; j < FAMILIES; j++) {
			if (!p->host.resolvers.count[families[j]])
				continue;
			rule(b, built_in, "look-up of a peer's name");
			match(b, FIELD_SKUID, form->look_up_users[i]);
			lookup(b, peer_part(families[j])->destination, set_name(b, families[j]));
			count(b, "own-look-ups");
			accept_packet(b);
		}
	chain(b, built_in, "own-look-ups-answered", HOOK_NONE);
	for (size_t j = 0; j < FAMILIES; j++) {
		if (!p->host.resolvers.count[families[j]])
			continue;
		rule(b, built_in, "answer to the look-up of a peer's name");
		match_any_bit(b, FIELD_CT_STATE, NF_CT_STATE_BIT(IP_CT_ESTABLISHED));
		match(b, FIELD_CT_DIRECTION, IP_CT_DIR_REPLY);
		match_masked(b, FIELD_CT_MARK, b->mark_mask, 0);
		lookup(b, peer_part(families[j])->source, set_name(b, families[j]));
		count(b, "own-look-ups");
		accept_packet(b);
	}
}

void observing_chains(struct build *b, const struct policy *p, const struct form *form)
{
	if (observing_copies(p, form) || looks_up(p, form))
		write_sets(b, &p->host.resolvers);
	if (observing_copies(p, form)) {
		write_copies(b, p, form, SIDE_IN);
		write_copies(b, p, form, SIDE_OUT);
	}
	if (looks_up(p, form))
		write_look_ups(b, p, form);
}

/* Rules of base chains. */

static void lead(struct build *b, enum side side, const char *what, const char *to)
{
	for (size_t i = 0; i < PROTOCOLS; i++) {
		rule(b, built_in, what);
		match(b, side == SIDE_IN ? ports[i].source : ports[i].destination, DNS_PORT);
		jump_to(b, to);
	}
}

void observing_rules(struct build *b, const struct policy *p, const struct form *form,
	enum side side)
{
	if (observing_copies(p, form))
		lead(b, side,
			side == SIDE_IN ? "DNS that this host is told" : "DNS that this host asks",
			side == SIDE_IN ? "told" : "asked");
}

/* systemd-resolved may have been told to ask over TLS, and is not asked whether it was. */
static void lead_over_tls(struct build *b, enum side side, const char *what, const char *to)
{
	rule(b, built_in, what);
	match(b, side == SIDE_IN ? FIELD_TCP_SPORT : FIELD_TCP_DPORT, DNS_OVER_TLS_PORT);
	jump_to(b, to);
}

void own_look_ups(struct build *b, const struct policy *p, const struct form *form, enum side side)
{
	static const char what[] = "may be about a peer's name";
	const char *to = side == SIDE_IN ? "own-look-ups-answered" : "own-look-ups";
	if (!looks_up(p, form))
		return;
	lead(b, side, what, to);
	if (observing_asks_systemd(p))
		lead_over_tls(b, side, what, to);
}

/* Chains that stamp. */

/* meta l4proto udp ct original proto-dst 53 ct original ip daddr @resolvers-hosts4 counter … accept
 */
void observing_unstamped(struct build *b, const struct policy *p, const struct form *form,
	struct place at, const char *what, uint8_t protocol, const char *counter_name)
{
	if (!observing_copies(p, form))
		return;
	for (size_t i = 0; i < FAMILIES; i++) {
		if (!p->host.resolvers.count[families[i]])
			continue;
		rule(b, at, what);
		match(b, FIELD_L4PROTO, protocol);
		match(b, FIELD_CT_PROTO_DST, DNS_PORT);
		lookup(b, peer_part(families[i])->first_destination, set_name(b, families[i]));
		count(b, counter_name);
		accept_packet(b);
	}
}

bool observing_has_port(const struct flow *f, uint8_t protocol)
{
	if (!flow_has_protocol(f, protocol))
		return false;
	for (size_t i = 0; i < f->n_ports; i++)
		if (f->ports[i].first <= DNS_PORT && DNS_PORT <= f->ports[i].last)
			return true;
	return false;
}
