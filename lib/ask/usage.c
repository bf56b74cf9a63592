/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel does not show the value of a count over connections, so sessions are counted again,
 * from a dump of the tracker.  Half-open ones count, as in the kernel; those that are over do not,
 * and the tracker's dump leaves them out.
 *
 * A connection without a mark of ours was never let in: it is being refused, or only other
 * programs' rules concern it.
 *
 * Clients are gathered one entry for each connection, and added up when all are there: sorting
 * a million is cheaper than looking each of them up.
 */
#include "ask/usage.h"

#include <stdlib.h>

#include "base/array.h"
#include "config/policy.h"
#include "host/facts.h"

void usage_done(struct usage *u)
{
	free(u->clients);
	*u = (struct usage){0};
}

static bool is_session_port(const struct policy *p, uint8_t protocol, uint16_t port)
{
	for (size_t i = 0; i < p->n_flows; i++) {
		const struct host_flow *f = &p->flows[i];
		if (f->state == FLOW_ON && f->n_inbound && f->flow->is_session &&
			flow_has_protocol(f->flow, protocol) && flow_has_port(f->flow, port))
			return true;
	}
	return false;
}

int usage_add(struct usage *u, const struct policy *p, const struct facts *f,
	const struct connection *c)
{
	if (!(c->mark & p->host.mark_mask) || !is_session_port(p, c->protocol, c->destination_port))
		return 0;
	struct packet packet = connection_packet(c, f);
	if (packet.hook == HOOK_OUTPUT || (packet.hook == HOOK_FORWARD && !c->is_dnated))
		return 0;
	int r = array_reserve(&u->clients, &u->allocated, u->n_clients + 1);
	if (r < 0)
		return r;
	u->clients[u->n_clients++] = (struct session_client){c->source, 1, c->is_half_open};
	u->sessions++;
	u->half_open += c->is_half_open;
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct session_client *x = a, *y = b;
	return addr_compare(&x->address, &y->address);
}

static int by_sessions(const void *a, const void *b)
{
	const struct session_client *x = a, *y = b;
	if (x->sessions != y->sessions)
		return x->sessions > y->sessions ? -1 : 1;
	return by_address(a, b);
}

void usage_finish(struct usage *u)
{
	size_t kept = 0;
	if (u->n_clients == 0)
		return;
	qsort(u->clients, u->n_clients, sizeof(*u->clients), by_address);
	for (size_t i = 1; i < u->n_clients; i++) {
		struct session_client *last = &u->clients[kept];
		if (by_address(last, &u->clients[i]) != 0) {
			u->clients[++kept] = u->clients[i];
			continue;
		}
		last->sessions += u->clients[i].sessions;
		last->half_open += u->clients[i].half_open;
	}
	u->n_clients = kept + 1;
	qsort(u->clients, u->n_clients, sizeof(*u->clients), by_sessions);
}
