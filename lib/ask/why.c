/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a connection is let through, or not: the first of these that holds.
 *
 * What our ruleset refuses is refused, whatever others do; so its cause is looked for in the
 * configuration (a file that is not loaded before a line that is missing: what is to be written may
 * be there).  What our ruleset allows may be lost all the same: the sessions are all taken, a table
 * of others drops it, there is no way there, or nobody listens.
 *
 * Everything that is not the ruleset or the policy comes in as a value (struct why_seen).  What was
 * not looked at is never a cause.
 */
#include "ask/why.h"

#include <errno.h>

#include "ask/explaining.h"
#include "ask/show_flows.h"
#include "ask/why_advice.h"
#include "ruleset/evaluate.h"

static const char *const code_names[] = {
	[WHY_ALLOWED] = "ALLOWED",
	[WHY_ALLOWED_LIVE] = "ALLOWED_LIVE",
	[WHY_PEER_UNKNOWN] = "PEER_UNKNOWN",
	[WHY_PORT_UNKNOWN] = "PORT_UNKNOWN",
	[WHY_OUTBOUND_NO_FLOW] = "OUTBOUND_NO_FLOW",
	[WHY_FLOW_OFF] = "FLOW_OFF",
	[WHY_FLOW_ELSEWHERE] = "FLOW_ELSEWHERE",
	[WHY_INTERFACE_OTHER] = "INTERFACE_OTHER",
	[WHY_NAME_WAITING] = "NAME_WAITING",
	[WHY_NAME_OTHER_ADDRESS] = "NAME_OTHER_ADDRESS",
	[WHY_DNAT_PORT] = "DNAT_PORT",
	[WHY_NOT_LOADED] = "NOT_LOADED",
	[WHY_SESSIONS_FULL] = "SESSIONS_FULL",
	[WHY_FOREIGN_DROP] = "FOREIGN_DROP",
	[WHY_NO_ROUTE] = "NO_ROUTE",
	[WHY_NO_LISTENER] = "NO_LISTENER",
	[WHY_CLOSED] = "CLOSED",
	[WHY_FLUSHED] = "FLUSHED",
	[WHY_NOT_RUNNING] = "NOT_RUNNING",
};
_Static_assert(sizeof(code_names) / sizeof(*code_names) == WHY_CODES, "each code has a name");

const char *why_code_name(enum why_code c)
{
	return code_names[c];
}

struct judging {
	struct explaining e;
	const struct ruleset *ruleset;
	const struct why_seen *seen;
	struct why *why;
	struct near_miss miss;
};

static bool accepts(const struct judging *j, const struct packet *p)
{
	return evaluate(j->ruleset, p).ending == ENDING_ACCEPT;
}

/* Refused. */

/* Of a flow with the service, for others: the first peer, or the first that has names. */
static const struct peer *peer_meant(const struct judging *j, bool named)
{
	size_t n;
	const struct peer **peers = peers_of(j->miss.flow, j->e.side, &n);
	for (size_t i = 0; i < n; i++)
		if (!named || learned_is_followed(j->e.policy, peers[i]))
			return peers[i];
	return NULL;
}

static bool is_empty(const struct addrset *s)
{
	for (enum addrset_part part = 0; part < ADDRSET_PARTS; part++)
		if (s->count[part])
			return false;
	return true;
}

static bool is_waiting(const struct judging *j, const struct peer *peer)
{
	const struct learned_peer *known = known_of(&j->e, peer);
	return !known || is_empty(&known->live);
}

static enum why_code code_of_names(struct judging *j, const struct peer *named)
{
	size_t n;
	const struct peer **peers = peers_of(j->miss.flow, j->e.side, &n);
	j->why->peer = named->name;
	j->why->at = named->at;
	for (size_t i = 0; i < n; i++)
		if (learned_is_followed(j->e.policy, peers[i]) && is_waiting(j, peers[i])) {
			j->why->peer = peers[i]->name;
			j->why->at = peers[i]->at;
			return WHY_NAME_WAITING;
		}
	return WHY_NAME_OTHER_ADDRESS;
}

static enum why_code code_of_peers(struct judging *j)
{
	const struct peer *named = peer_meant(j, true), *first = peer_meant(j, false);
	if (named)
		return code_of_names(j, named);
	j->why->peer = first->name;
	j->why->at = first->at;
	return WHY_PEER_UNKNOWN;
}

static enum why_code code_of_nothing(const struct judging *j)
{
	return j->e.side == SIDE_OUT ? WHY_OUTBOUND_NO_FLOW : WHY_PORT_UNKNOWN;
}

static enum why_code code_of_miss(struct judging *j)
{
	const struct host_flow *f = j->miss.flow;
	if (j->miss.kind == MISS_NONE)
		return code_of_nothing(j);
	j->why->flow = f->flow->name;
	j->why->at = f->flow->at;
	switch (j->miss.kind) {
	case MISS_NONE:
		break;
	case MISS_PEER:
	case MISS_RETIRED:
		return code_of_peers(j);
	case MISS_SERVICE:
		/* none has this service: the flow that has the peer is another one */
		j->why->flow = NULL;
		j->why->peer = peer_at_other_end(&j->e, f, j->e.side)->name;
		j->why->at = (struct place){0};
		break;
	case MISS_DIRECTION:
	case MISS_ROLE:
		return WHY_FLOW_ELSEWHERE;
	case MISS_OFF:
		return WHY_FLOW_OFF;
	}
	return code_of_nothing(j);
}

static bool dnat_target_is_allowed(const struct judging *j, struct packet p)
{
	if (j->e.side != SIDE_IN || !j->seen->dnat_port || j->seen->dnat_port == p.destination_port)
		return false;
	p.destination_port = j->seen->dnat_port;
	return accepts(j, &p);
}

/* A cause that is about no flow of ours. */
static void decide(struct why *w, enum why_code code, struct place at)
{
	w->code = code;
	w->at = at;
	w->flow = w->peer = NULL;
}

static int judge_refused(struct judging *j, const struct packet *p)
{
	const struct names *only = &j->e.policy->host.interfaces;
	struct packet anywhere = *p;
	anywhere.interface = NULL;
	int r = find_near_miss(&j->e, RANK_OTHERS, &j->miss);
	if (r < 0)
		return r;
	j->why->code = code_of_miss(j);
	if (j->seen->state == WHY_IS_CLOSED)
		decide(j->why, WHY_CLOSED, (struct place){0});
	else if (j->seen->disk_allows)
		decide(j->why, WHY_NOT_LOADED, j->seen->disk_at);
	else if (p->interface && only->count && accepts(j, &anywhere))
		decide(j->why, WHY_INTERFACE_OTHER, only->items[0].at);
	else if (dnat_target_is_allowed(j, *p))
		decide(j->why, WHY_DNAT_PORT, (struct place){0});
	return 0;
}

/* Allowed. */

static bool sessions_are_full(const struct judging *j, const struct host_flow *f)
{
	const struct policy *p = j->e.policy;
	if (j->e.side != SIDE_IN || !f || !f->flow->is_session)
		return false;
	return (p->size && j->seen->sessions >= p->size->sessions) ||
	       (p->host.sessions_per_client &&
		       j->seen->client_sessions >= p->host.sessions_per_client);
}

static void judge_allowed(struct judging *j, const struct rule *rule, bool is_live)
{
	const struct why_seen *seen = j->seen;
	const struct host_flow *f = flow_of_rule(j->e.policy, rule);
	const struct peer *peer = f ? peer_at_other_end(&j->e, f, j->e.side) : NULL;
	struct why *w = j->why;
	w->allowed = true;
	w->flow = f ? f->flow->name : NULL;
	w->peer = peer ? peer->name : NULL;
	if (rule)
		w->at = f ? f->flow->at : rule->at;
	if (is_live)
		w->code = WHY_ALLOWED_LIVE;
	else if (sessions_are_full(j, f))
		w->code = WHY_SESSIONS_FULL;
	else if (seen->foreign)
		w->code = WHY_FOREIGN_DROP;
	else if (seen->has_route == WHY_NO)
		w->code = WHY_NO_ROUTE;
	else if (j->e.side == SIDE_IN && seen->has_listener == WHY_NO)
		w->code = WHY_NO_LISTENER;
	else
		w->code = WHY_ALLOWED;
	if (w->code == WHY_SESSIONS_FULL || w->code == WHY_FOREIGN_DROP)
		w->allowed = false;
}

static int judge_side(struct judging *j, enum side side)
{
	struct packet p = question_packet(j->e.question, side);
	j->e.side = j->why->side = side;
	p.interface = j->seen->interface;
	if (j->seen->is_live) {
		struct packet later = p;
		later.is_live = true;
		later.mark = j->seen->mark;
		struct outcome live = evaluate(j->ruleset, &later);
		if (live.ending == ENDING_ACCEPT) {
			judge_allowed(j, evaluate(j->ruleset, &p).rule, true);
			return 0;
		}
	}
	struct outcome o = evaluate(j->ruleset, &p);
	if (o.ending != ENDING_ACCEPT)
		return judge_refused(j, &p);
	judge_allowed(j, o.rule, false);
	return 0;
}

/* What containers send elsewhere, or are sent without DNAT, is not judged. */
static bool is_forwarded(const struct judging *j)
{
	const struct addrset *inside = &j->e.policy->host.container_networks;
	const struct question *q = j->e.question;
	return !q->source_is_local && !q->destination_is_local &&
	       (addrset_contains(inside, &q->source) || addrset_contains(inside, &q->destination));
}

/* Where neither end is known to be this host, the side that allows it is told of. */
static int judge_sides(struct judging *j)
{
	const struct question *q = j->e.question;
	const bool both = !q->destination_is_local && !q->source_is_local;
	if (is_forwarded(j)) {
		judge_allowed(j, NULL, false);
		return 0;
	}
	if (!q->destination_is_local && q->source_is_local)
		return judge_side(j, SIDE_OUT);
	const struct packet out = question_packet(q, SIDE_OUT), in = question_packet(q, SIDE_IN);
	return judge_side(j, both && !accepts(j, &in) && accepts(j, &out) ? SIDE_OUT : SIDE_IN);
}

int why_judge(const struct policy *p, const struct ruleset *r, const struct learned *learned,
	const struct question *q, const struct why_seen *seen, struct why *ret)
{
	struct why w = {0};
	struct judging j = {.e = {.policy = p, .learned = learned, .question = q},
		.ruleset = r,
		.seen = seen,
		.why = &w};
	int result = judge_sides(&j);
	if (result < 0)
		return result;
	/* the cause stays what it is; this is what it is worth */
	if (seen->state == WHY_IS_ABSENT)
		w.code = WHY_NOT_RUNNING;
	if (seen->state == WHY_IS_FLUSHED) {
		w.code = WHY_FLUSHED;
		w.allowed = true;
	}
	why_say(&j.e, seen, &j.miss, &w);
	if (w.sentence.failed || w.advice.failed) {
		why_done(&w);
		return -ENOMEM;
	}
	*ret = w;
	return 0;
}

void why_done(struct why *w)
{
	text_done(&w->sentence);
	text_done(&w->advice);
}
