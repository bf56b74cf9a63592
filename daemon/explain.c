/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a connection is let through or not, for `rolewallctl explain`: judged by the ruleset in
 * force, and by what this host is seen to do with what that allows.
 *
 * Each look is short: one connection's way through the tables of others, one route, the listeners.
 * Only live sessions take longer, as in `status`: they are counted in the tracker, and not if
 * nothing depends on them.  What cannot be looked at is left out, and is then no cause.
 */
#include <string.h>

#include "ask/explaining.h"
#include "ask/usage.h"
#include "ask/why.h"
#include "base/cleanup.h"
#include "compile/sessions.h"
#include "daemon.h"
#include "host/listeners.h"
#include "netlink/conntrack.h"
#include "netlink/route.h"
#include "others/others.h"
#include "ruleset/evaluate.h"

struct observing {
	const struct service *service;
	const struct question *question;
	enum side side;
	struct packet packet;
	struct why_seen seen;
	struct usage usage;
	char interface[IF_NAMESIZE];
	struct findings found;
};

/* Connections. */

static void forget(void *context)
{
	struct observing *o = context;
	usage_done(&o->usage);
	o->seen.is_live = false;
}

static int take(void *context, const struct connection *c)
{
	struct observing *o = context;
	const struct question *q = o->question;
	if (q->has_source_port && !c->is_half_open && c->protocol == q->protocol &&
		c->source_port == q->source_port && c->destination_port == q->destination_port &&
		addr_compare(&c->source, &q->source) == 0 &&
		addr_compare(&c->destination, &q->destination) == 0) {
		o->seen.is_live = true;
		o->seen.mark = c->mark;
	}
	return usage_add(&o->usage, o->service->in_force.policy, &o->service->in_force.basis.facts,
		c);
}

static bool depends_on_sessions(const struct observing *o)
{
	const struct policy *p = o->service->in_force.policy;
	if (o->side != SIDE_IN || !sessions_are_counted(p))
		return false;
	const struct outcome end = evaluate(o->service->in_force.applied.ruleset, &o->packet);
	const struct host_flow *f = flow_of_rule(p, end.rule);
	return f && f->flow->is_session;
}

static void see_connections(struct observing *o)
{
	struct nfsock socket;
	if (!o->question->has_source_port && !depends_on_sessions(o))
		return;
	if (nfsock_open(&socket) < 0)
		return;
	int r = conntrack_each(&socket, forget, take, o);
	nfsock_close(&socket);
	if (r < 0) {
		o->seen.is_live = false;
		return;
	}
	usage_finish(&o->usage);
	o->seen.sessions = o->usage.sessions;
	for (size_t i = 0; i < o->usage.n_clients; i++)
		if (addr_compare(&o->usage.clients[i].address, &o->question->source) == 0)
			o->seen.client_sessions = o->usage.clients[i].sessions;
}

/* This host and others. */

static void see_route(struct observing *o)
{
	const struct addr *far = o->side == SIDE_IN ? &o->packet.source : &o->packet.destination;
	struct route route;
	if (addr_is_link_local6(far) || route_open(&route) < 0)
		return;
	int r = route_interface(&route, far, NULL, o->interface);
	route_close(&route);
	if (r < 0)
		return;
	o->seen.has_route = r ? WHY_YES : WHY_NO;
	if (r)
		o->seen.interface = o->packet.interface = o->interface;
}

static void see_others(struct observing *o)
{
	struct asked_others others;
	if (findings_init(&o->found) < 0)
		return;
	bool was_seen = others_ask(&o->packet, o->side, &o->found, &others) == 0;
	if (was_seen && others.is_lost && o->found.last)
		o->seen.foreign = o->found.last->text;
	if (was_seen)
		o->seen.dnat_port = others.port;
	/* who takes it then is not a socket of this port */
	if (!was_seen || others.is_led_away || o->side != SIDE_IN)
		return;
	int r = listeners_has(o->packet.protocol, &o->packet.destination,
		o->packet.destination_port);
	if (r >= 0)
		o->seen.has_listener = r ? WHY_YES : WHY_NO;
}

static void observe(struct observing *o)
{
	const struct question *q = o->question;
	o->packet = question_packet(q, o->side);
	if (o->service->life.in_force == LIFE_CLOSED)
		o->seen.state = WHY_IS_CLOSED;
	/* what goes by the loopback, or is no packet of this host's, meets nothing of that */
	if (q->source_is_local == q->destination_is_local)
		return;
	see_connections(o);
	see_route(o);
	see_others(o);
}

/* Answering. */

static bool read_question(const struct explain_request *q, struct question *ret)
{
	*ret = (struct question){.protocol = q->protocol,
		.source_port = q->source_port ? q->source_port : QUESTION_CLIENT_PORT,
		.has_source_port = q->source_port != 0,
		.destination_port = q->destination_port,
		.source_is_local = q->source_is_local,
		.destination_is_local = q->destination_is_local};
	return addr_parse(q->source, strlen(q->source), &ret->source) == 0 &&
	       addr_parse(q->destination, strlen(q->destination), &ret->destination) == 0 &&
	       ret->source.family == ret->destination.family;
}

static void judge(struct service *s, struct observing *o, bool as_json,
	enum explain_result *ret_result, struct text *lines)
{
	const struct policy *p = s->in_force.policy;
	const struct learned *learned = learning_of(&s->learning, p);
	CLEANUP(why_done) struct why w = {0};
	if (!learned ||
		why_judge(p, s->in_force.applied.ruleset, learned, o->question, &o->seen, &w) < 0) {
		lines->failed = true;
		return;
	}
	*ret_result = w.allowed ? EXPLAIN_ALLOWED : EXPLAIN_REFUSED;
	if (as_json) {
		why_put_json(&w, true, lines);
		return;
	}
	explain(p, s->in_force.applied.ruleset, learned, o->question, lines);
	why_put_text(&w, lines);
}

void explain_answer(struct service *s, const struct explain_request *q,
	enum explain_result *ret_result, struct text *lines)
{
	struct question question;
	*ret_result = EXPLAIN_ELSEWHERE;
	if (!diff_reads(s, q->config_dir, q->roles_dir) || !read_question(q, &question))
		return;
	*ret_result = life_is_open(&s->life) ? EXPLAIN_FLUSHED : EXPLAIN_NOTHING;
	if (!s->in_force.policy || !in_force_any(&s->in_force))
		return;
	struct observing o = {.service = s,
		.question = &question,
		.side = q->source_is_local && !q->destination_is_local ? SIDE_OUT : SIDE_IN,
		.seen = {.disk_allows = q->disk_allows,
			.disk_at = {q->disk_file[0] ? q->disk_file : NULL, q->disk_line}}};
	observe(&o);
	judge(s, &o, q->as_json, ret_result, lines);
	findings_done(&o.found);
	usage_done(&o.usage);
}
