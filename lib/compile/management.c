/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Management is judged packet by packet and not by the connection tracker: a tracker that starts
 * while a session lives, or is full, must not cut the admin's way in.  A rule names the ports, and
 * the addresses of whoever may manage; answers are known by their flags and by the port that they
 * come from.
 */
#include "compile/management.h"

#include <netinet/tcp.h>
#include <stdlib.h>

#include "compile/peer_sets.h"

/* tcp dport @management-ports ip saddr @management-hosts4 counter name … accept, or the
 * same the other way round.  From a retired address a session goes on, and none begins.  NULL: from
 * anybody. */
static void write_managed(struct build *b, const struct host *h, enum side side,
	const struct peer_set *from)
{
	const bool is_in = side == SIDE_IN;
	rule(b, h->management.at, NULL);
	lookup(b, is_in ? FIELD_TCP_DPORT : FIELD_TCP_SPORT, numbers(b, "management-ports"));
	if (!is_in || (from && from->is_retired)) /* nobody dials from these ports */
		match_any_bit(b, FIELD_TCP_FLAGS, TH_ACK | TH_RST);
	if (from)
		lookup(b, is_in ? from->part->source : from->part->destination, from->name);
	if (h->keeps_sessions) /* so that it goes on when it is no longer management */
		stamp(b);
	count(b, is_in ? "management-in" : "management-out");
	accept_packet(b);
}

void management_rules(struct build *b, const struct policy *p, enum side side)
{
	const struct host *h = &p->host;
	struct peer_set sets[PEER_SETS_MOST];
	if (!h->has_management)
		return;
	counter(b, h->management.at, side == SIDE_IN ? "management-in" : "management-out");
	if (h->management.any)
		write_managed(b, h, side, NULL);
	const size_t n = peer_sets_of(b, p, &h->management, sets);
	for (size_t i = 0; i < n; i++)
		write_managed(b, h, side, &sets[i]);
}

void management_ports(struct build *b, const struct host *h)
{
	if (!h->has_management)
		return;
	struct element *e = calloc(h->n_management_ports, sizeof(*e));
	if (!e) {
		b->failed = true;
		return;
	}
	for (size_t i = 0; i < h->n_management_ports; i++)
		e[i] = (struct element){
			.first = h->management_ports[i].first, .last = h->management_ports[i].last};
	number_set(b, h->management.at, "management-ports", TYPE_INET_SERVICE, false, e,
		h->n_management_ports);
	free(e);
}
