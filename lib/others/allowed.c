/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows that are on and have peers, on either side; management; outbound = allow. */
#include "others/allowed.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "base/array.h"
#include "compile/dispatch.h"
#include "config/policy.h"

const struct port_range dialling_ports = {49152, 60999};

static const uint8_t tcp[] = {IPPROTO_TCP};
static const uint8_t tcp_and_udp[] = {IPPROTO_TCP, IPPROTO_UDP};

enum { BOTH_FAMILIES = FOREIGN_IPV4 | FOREIGN_IPV6 };

static uint8_t families_of(const struct peer *p)
{
	const size_t *n = p->addresses.count;
	if (p->any)
		return BOTH_FAMILIES;
	return (uint8_t)((n[ADDRSET_HOSTS4] || n[ADDRSET_RANGES4] ? FOREIGN_IPV4 : 0) |
			 (n[ADDRSET_HOSTS6] || n[ADDRSET_RANGES6] ? FOREIGN_IPV6 : 0));
}

static int add(struct allowed_list *list, const struct allowed *a)
{
	int r = array_reserve(&list->items, &list->allocated, list->count + 1);
	if (r < 0)
		return r;
	list->items[list->count++] = *a;
	return 0;
}

static int add_flow(struct allowed_list *list, const struct host_flow *f, enum side side)
{
	const struct flow *flow = f->flow;
	const struct peer **peers = side == SIDE_IN ? f->inbound : f->outbound;
	size_t n = side == SIDE_IN ? f->n_inbound : f->n_outbound;
	struct allowed a = {flow->name, flow->at, side, false, flow->ports, flow->n_ports,
		flow->protocols, flow->n_protocols, 0, NULL, peers, n};
	for (size_t i = 0; i < n; i++) {
		a.families |= families_of(peers[i]);
		if (peers[i]->any)
			a.n_peers = 0;
	}
	/* one of whose peers nothing is known but names cannot be held against anything */
	return side_has_flow(f, side) && a.families ? add(list, &a) : 0;
}

static int add_all(struct allowed_list *list, const struct policy *p)
{
	const struct host *h = &p->host;
	const struct allowed management = {"management", h->management.at, SIDE_IN, false,
		h->management_ports, h->n_management_ports, tcp, 1, families_of(&h->management),
		&h->management, NULL, h->management.any ? 0 : 1};
	const struct allowed outbound = {"outbound = allow", h->at, SIDE_OUT, true, &dialling_ports,
		1, tcp_and_udp, 2, BOTH_FAMILIES, NULL, NULL, 0};
	int r = h->has_management ? add(list, &management) : 0;
	if (r < 0)
		return r;
	for (size_t i = 0; i < p->n_flows; i++) {
		r = add_flow(list, &p->flows[i], SIDE_IN);
		if (r < 0)
			return r;
		r = add_flow(list, &p->flows[i], SIDE_OUT);
		if (r < 0)
			return r;
	}
	return h->outbound_allowed ? add(list, &outbound) : 0;
}

const struct peer *allowed_peer(const struct allowed *a, size_t i)
{
	return a->peers ? a->peers[i] : a->peer;
}

int allowed_read(const struct policy *p, struct allowed_list *ret)
{
	struct allowed_list list = {0};
	int r = add_all(&list, p);
	if (r < 0) {
		free(list.items);
		return r;
	}
	*ret = list;
	return 0;
}
