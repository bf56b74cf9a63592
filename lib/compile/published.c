/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A container engine publishes a port by DNAT: what was sent to this host is forwarded, and passes
 * the input hook by.  It is still a port of this host, so inbound flows judge it by the address
 * and port that were dialled.  But DNAT has other uses:
 *
 *  - Packets from a container or guest are not judged, wherever DNAT leads them: to a third host,
 *    or back to a container (hairpin). The engine made that way, and may bar it.  Those are behind
 *    the interfaces in host.containers; that decides, as an address can be forged.
 *  - Packets to a foreign address that are led to another foreign address are only routed by this
 *    host.  Packets that are led to a container of ours go to a published port, whatever address
 *    they were sent to.  Where our addresses are unknown, everything from outside counts as sent
 *    to them.
 *
 * A program on this host that dials one of its addresses at a published port sends to the
 * loopback, where it is let through; the answer comes from the container, by its interface, in the
 * reply direction of a connection that DNAT has led away from our own address.  Only such answers
 * are let through.
 *
 * Packets from this host to its containers do not leave the machine: engines, their proxies and
 * health checks need them.  `containers = none` leaves it to the flows.
 */
#include "compile/published.h"

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>

#include "compile/peer_sets.h"
#include "compile/reversed.h"

static const struct place built_in = {0};

static void write_set(struct build *b, const char *name, const struct addrset *addresses)
{
	for (enum addrset_part i = 0; i < ADDRSET_PARTS; i++)
		if (addresses->count[i])
			address_set(b, built_in, build_name(b, "%s-%s", name, peer_part(i)->suffix),
				addresses, i);
}

void published_sets(struct build *b, const struct policy *p)
{
	write_set(b, "own", &p->host.own);
	write_set(b, "containers", &p->host.container_networks);
}

static bool calls_containers(const struct policy *p)
{
	return addrset_count(&p->host.container_networks) > 0 && !p->host.outbound_allowed;
}

void published_chains(struct build *b, const struct policy *p, const struct form *form)
{
	if (addrset_count(&p->host.own)) {
		chain(b, built_in, "accept-own", HOOK_NONE);
		rule(b, built_in, "answer from a published port of this host to itself");
		stamp(b);
		accept_packet(b);
	}
	if (calls_containers(p))
		reversed_any(b, p, form, built_in, "to a container or guest of this host",
			"to-containers");
}

static void match_direction(struct build *b, uint32_t direction)
{
	match(b, FIELD_CT_DIRECTION, direction);
	match_any_bit(b, FIELD_CT_STATE,
		NF_CT_STATE_BIT(IP_CT_NEW) | NF_CT_STATE_BIT(IP_CT_ESTABLISHED));
}

/* iifname "docker0" ct direction original …; oifname "docker0" ct direction reply …: packets of
 * connections that have come in by the interface, or, the other way, gone out. */
static void write_ways(struct build *b, const struct name *link, bool in, const char *what,
	const char *to)
{
	static const uint32_t directions[] = {IP_CT_DIR_ORIGINAL, IP_CT_DIR_REPLY};
	for (size_t i = 0; i < 2; i++) {
		rule(b, link->at, what);
		match_name(b, (i == 0) == in ? FIELD_IIFNAME : FIELD_OIFNAME, link->text);
		match_direction(b, directions[i]);
		if (to)
			goto_chain(b, to);
		else
			accept_packet(b);
	}
}

void published_forward(struct build *b, const struct policy *p)
{
	const struct host *h = &p->host;
	for (size_t i = 0; i < h->containers.count; i++)
		write_ways(b, &h->containers.items[i], true, "from a container or guest", NULL);
	if (addrset_count(&h->own) == 0) {
		rule(b, built_in, "for a port of this host, as far as is known");
		goto_chain(b, "published-here");
		return;
	}
	for (enum addrset_part i = 0; i < ADDRSET_PARTS; i++) {
		if (!h->own.count[i])
			continue;
		rule(b, built_in, "for a port of this host");
		lookup(b, peer_part(i)->first_destination,
			build_name(b, "own-%s", peer_part(i)->suffix));
		goto_chain(b, "published-here");
	}
	rule(b, built_in, "for a port of this host");
	match_link_local(b, FIELD_CT_DADDR6);
	goto_chain(b, "published-here");
	for (size_t i = 0; i < h->containers.count; i++)
		write_ways(b, &h->containers.items[i], false, "for a port of a container or guest",
			"published-here");
	rule(b, built_in, "neither to nor from this host");
	accept_packet(b);
}

/* ct original ip daddr @containers-ranges4 …, for each part that there is */
static void write_calls(struct build *b, const struct policy *p, uint32_t direction, bool reversed)
{
	if (!calls_containers(p))
		return;
	for (enum addrset_part i = 0; i < ADDRSET_PARTS; i++) {
		const struct peer_part *part = peer_part(i);
		if (!p->host.container_networks.count[i])
			continue;
		rule(b, built_in,
			reversed ? "judged as if it were tracked the wrong way round"
				 : "to a container or guest of this host");
		if (reversed)
			reversed_match(b, direction);
		else
			match_direction(b, direction);
		lookup(b, reversed ? part->first_source : part->first_destination,
			build_name(b, "containers-%s", part->suffix));
		jump_to(b, reversed ? "reversed-to-containers" : "to-containers");
	}
}

void published_input(struct build *b, const struct policy *p)
{
	const struct addrset *own = &p->host.own;
	for (enum addrset_part i = 0; i < ADDRSET_PARTS; i++) {
		if (!own->count[i])
			continue;
		rule(b, built_in, "answer from a published port of this host to itself");
		match_direction(b, IP_CT_DIR_REPLY);
		match_any_bit(b, FIELD_CT_STATUS, IPS_DST_NAT);
		lookup(b, peer_part(i)->first_destination,
			build_name(b, "own-%s", peer_part(i)->suffix));
		goto_chain(b, "accept-own");
	}
	write_calls(b, p, IP_CT_DIR_REPLY, false);
	write_calls(b, p, IP_CT_DIR_ORIGINAL, true);
}

void published_output(struct build *b, const struct policy *p)
{
	write_calls(b, p, IP_CT_DIR_ORIGINAL, false);
	write_calls(b, p, IP_CT_DIR_REPLY, true);
}
