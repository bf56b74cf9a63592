/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many sessions are in use, and whose they are, for `status`.
 *
 * It is counted when somebody asks: a dump of the tracker, which with a million connections takes
 * about a second, and nothing in between.
 */
#include <stdio.h>
#include <string.h>

#include "ask/usage.h"
#include "compile/sessions.h"
#include "daemon.h"
#include "netlink/conntrack.h"

enum { CLIENTS_SHOWN = 10 };

struct counting {
	const struct service *service;
	struct usage usage;
};

static void forget_sessions(void *context)
{
	usage_done(&((struct counting *)context)->usage);
}

static int count_session(void *context, const struct connection *c)
{
	struct counting *x = context;
	return usage_add(&x->usage, x->service->in_force.policy, &x->service->in_force.basis.facts,
		c);
}

/* 0, or negative errno.  usage_done() in any case. */
static int count_sessions(struct counting *x)
{
	struct nfsock socket;
	/* not the socket that owns the table: an overrun there would be ours to clean up */
	int r = nfsock_open(&socket);
	if (r < 0)
		return r;
	r = conntrack_each(&socket, forget_sessions, count_session, x);
	nfsock_close(&socket);
	usage_finish(&x->usage);
	return r;
}

static void put_client(struct record *to, const struct session_client *c)
{
	char address[INET6_ADDRSTRLEN], line[128];
	addr_print(&c->address, address);
	if (c->half_open)
		snprintf(line, sizeof(line), "%s: %zu, half-open: %zu", address, c->sessions,
			c->half_open);
	else
		snprintf(line, sizeof(line), "%s: %zu", address, c->sessions);
	record_line(to, "busiest-clients", line);
}

/* Where they are counted, how many there are, and whose. */
void sessions_status(const struct service *s, struct record *to)
{
	const struct policy *p = s->in_force.policy;
	struct counting x = {.service = s};
	if (!s->in_force.applied.ruleset || !sessions_are_counted(p))
		return;
	int r = count_sessions(&x);
	if (r < 0) {
		char why[128];
		snprintf(why, sizeof(why), "cannot be counted: %s", strerror(-r));
		record_text(to, "sessions", why);
	} else {
		record_number(to, "sessions", x.usage.sessions);
		record_number(to, "sessions-half-open", x.usage.half_open);
	}
	if (p->size)
		record_number(to, "sessions-cap", p->size->sessions);
	if (p->host.sessions_per_client)
		record_number(to, "sessions-per-client", p->host.sessions_per_client);
	record_list(to, "busiest-clients");
	for (size_t i = 0; i < x.usage.n_clients && i < CLIENTS_SHOWN; i++)
		put_client(to, &x.usage.clients[i]);
	usage_done(&x.usage);
}
