/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdict is explain's.  A refusal is not final while a peer of a row for this service is not
 * there yet: an interface without an address (as at a boot), or a name of which nothing is learned.
 */
#include "ask/expect.h"

#include <errno.h>
#include <string.h>

#include "ask/explaining.h"
#include "base/cleanup.h"
#include "config/expected.h"
#include "host/facts.h"

static bool is_awaited(const struct explaining *e, const struct peer *peer)
{
	const struct learned_peer *known = known_of(e, peer);
	if (peer->waits)
		return true;
	return learned_is_followed(e->policy, peer) && (!known || addrset_count(&known->live) == 0);
}

static bool is_port_of_management(const struct host *h, const struct question *q)
{
	for (size_t i = 0; i < h->n_management_ports; i++)
		if (h->management_ports[i].first <= q->destination_port &&
			q->destination_port <= h->management_ports[i].last)
			return h->has_management && q->protocol == IPPROTO_TCP;
	return false;
}

/* A peer whose place may still become the other end's, or NULL. */
static const struct peer *awaited(struct explaining *e)
{
	const struct policy *p = e->policy;
	const struct question *q = e->question;
	for (e->side = SIDE_IN; e->side <= SIDE_OUT; e->side++) {
		const bool other =
			e->side == SIDE_IN ? q->source_is_local : q->destination_is_local;
		if (other)
			continue;
		if (e->side == SIDE_IN && is_port_of_management(&p->host, q) &&
			is_awaited(e, &p->host.management))
			return &p->host.management;
		for (size_t i = 0; i < p->n_flows; i++) {
			size_t n;
			const struct peer **peers = peers_of(&p->flows[i], e->side, &n);
			if (p->flows[i].state != FLOW_ON || !has_service(e, p->flows[i].flow))
				continue;
			for (size_t j = 0; j < n; j++)
				if (is_awaited(e, peers[j]))
					return peers[j];
		}
	}
	return NULL;
}

/* "allowed inbound: flow x, FILE:LINE" of the whole answer. */
static void put_first_line(const struct text *answer, struct text *to)
{
	const char *s = answer->data ? answer->data : "";
	text_bytes(to, s, strcspn(s, "\n"));
	to->failed |= answer->failed;
}

static int check(struct explaining *e, const struct expectation *x, const struct ruleset *r,
	const struct facts *facts, struct diags *diags)
{
	CLEANUP(text_done) struct text answer = {0};
	CLEANUP(text_done) struct text line = {0};
	struct question q = x->question;
	if (q.source_is_local)
		facts_own_address(facts, &q.destination, &q.source);
	if (q.destination_is_local)
		facts_own_address(facts, &q.source, &q.destination);
	q.source_is_local |= facts_is_local(facts, &q.source);
	q.destination_is_local |= facts_is_local(facts, &q.destination);
	e->question = &q;
	const bool allowed = explain(e->policy, r, e->learned, &q, &answer);
	put_first_line(&answer, &line);
	const struct peer *peer = allowed ? NULL : awaited(e);
	if (line.failed || !line.data)
		return -ENOMEM;
	if (peer)
		diag_warning(diags, x->at,
			"test '%s': %s is not judged yet: it is not known now where %s is (%s:%u)",
			x->test, x->text, peer->name, peer->at.file, peer->at.line);
	else if (allowed != x->allowed)
		diag_error(diags, x->at, "test '%s' fails: %s must be %s, and is %s", x->test,
			x->text, x->allowed ? "allowed" : "refused", line.data);
	return 0;
}

int expect_judge_all(const struct policy *p, const struct ruleset *r, const struct learned *learned,
	const struct facts *facts, struct diags *diags)
{
	for (size_t i = 0; i < p->n_expected; i++) {
		struct explaining e = {.policy = p, .learned = learned};
		int error = check(&e, &p->expected[i], r, facts, diags);
		if (error < 0)
			return error;
	}
	return 0;
}
