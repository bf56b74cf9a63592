/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names across files.
 *
 * A party is known if a role plays it or lists it among its peers, or if the host file has
 * a [peer] for it; a [peer] is known if a role knows the party or a flow uses it.  So a
 * mistyped name is caught on whichever side it is mistyped, and a site may bring
 * parties of its own.
 */
#include "config/check.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "base/text.h"
#include "config/absent.h"
#include "config/enabling.h"
#include "host/resolvers.h"

static void offer_names(struct suggestion *s, const struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		suggest_offer(s, n->items[i].text);
}

static void offer_parties(struct suggestion *s, const struct policy *p)
{
	for (size_t i = 0; i < p->matrix.n_roles; i++) {
		offer_names(s, &p->matrix.roles[i].plays);
		offer_names(s, &p->matrix.roles[i].peers);
	}
	suggest_offer(s, "this-host");
}

/* "unknown WHAT 'NAME'; did you mean 'NEAR'?", or what else would be right. */
static void unknown(struct diags *diags, struct place at, const char *what,
	const struct suggestion *s, const char *right)
{
	if (s->best)
		diag_error(diags, at, "unknown %s '%s'; did you mean '%s'?", what, s->wrong,
			s->best);
	else
		diag_error(diags, at, "unknown %s '%s'; %s", what, s->wrong, right);
}

static void check_parties(const struct policy *p, const struct names *n, struct diags *diags)
{
	for (size_t i = 0; i < n->count; i++) {
		const char *party = n->items[i].text;
		if (strcmp(party, "this-host") == 0 || matrix_role_knows(&p->matrix, party) ||
			host_peer(&p->host, party) || meant_has(p->meant, SECTION_PEER, party))
			continue;
		struct suggestion near;
		suggest_init(&near, party);
		offer_parties(&near, p);
		for (size_t j = 0; j < p->host.n_peers; j++)
			suggest_offer(&near, p->host.peers[j].name);
		unknown(diags, n->items[i].at, "party", &near,
			"name a party of a role, or add a [peer] with this name");
	}
}

static void check_peers(const struct policy *p, struct diags *diags)
{
	for (size_t i = 0; i < p->host.n_peers; i++) {
		const struct peer *peer = &p->host.peers[i];
		if (strcmp(peer->name, "this-host") == 0) {
			diag_error(diags, peer->at,
				"'this-host' is this host and no peer; give the peer another name");
			continue;
		}
		if (matrix_role_knows(&p->matrix, peer->name) ||
			matrix_flow_uses(&p->matrix, peer->name))
			continue;
		struct suggestion near;
		suggest_init(&near, peer->name);
		offer_parties(&near, p);
		if (near.best && strcmp(near.best, "this-host") == 0)
			near.best = NULL;
		unknown(diags, peer->at, "peer", &near,
			"no role and no flow has such a party; correct the name or take it out");
	}
}

static int check_roles(const struct policy *p, struct diags *diags)
{
	struct text list = {0};
	char *known = NULL, *right = NULL;
	for (size_t i = 0; i < p->matrix.n_roles; i++)
		text_printf(&list, "%s%s", i ? ", " : "", p->matrix.roles[i].name);
	if (text_finish(&list, &known) < 0)
		return -ENOMEM;
	text_printf(&list, known[0] ? "there are %s" : "there is no role file%s", known);
	free(known);
	if (text_finish(&list, &right) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < p->host.roles.count; i++) {
		const struct name *n = &p->host.roles.items[i];
		if (matrix_role(&p->matrix, n->text) || meant_has(p->meant, SECTION_ROLE, n->text))
			continue;
		struct suggestion near;
		suggest_init(&near, n->text);
		for (size_t j = 0; j < p->matrix.n_roles; j++)
			suggest_offer(&near, p->matrix.roles[j].name);
		unknown(diags, n->at, "role", &near, right);
	}
	free(right);
	return 0;
}

int check_names(const struct policy *p, struct diags *diags)
{
	const struct host *h = &p->host;
	int r = check_roles(p, diags);
	if (r < 0)
		return r;
	for (size_t i = 0; i < p->matrix.n_flows; i++) {
		check_parties(p, &p->matrix.flows[i].sources, diags);
		check_parties(p, &p->matrix.flows[i].targets, diags);
	}
	check_peers(p, diags);
	enabling_check(p, diags);
	if (h->roles.count == 0 && !diags_have_errors(diags))
		diag_warning(diags, h->at,
			"this host has no role; add roles =, or only flows of this-host are let "
			"through");
	if (!h->has_management && !meant_has(p->meant, SECTION_MANAGEMENT, ""))
		diag_warning(diags, h->at,
			"nobody may administer this host; add [management] with from =, or only "
			"flows decide who gets in");
	return 0;
}

/* The kernel sees a little less memory than the machine has: a tenth less is no fault. */
static void warn_small(const struct size *size, const struct facts *f, struct place at,
	struct diags *diags)
{
	if (size->memory && f->memory && f->memory < size->memory - size->memory / 10)
		diag_warning(diags, at,
			"size %u wants %.0f GB of memory and this machine has %.1f GB",
			size->administrators, (double)size->memory / (1 << 30),
			(double)f->memory / (1 << 30));
	if (size->cores && f->cores && f->cores < size->cores)
		diag_warning(diags, at, "size %u wants %u cores and this machine has %u",
			size->administrators, size->cores, f->cores);
}

int check_size(struct policy *p, const struct facts *facts, struct diags *diags)
{
	const struct name *wanted = &p->host.size;
	struct text list = {0};
	char *known = NULL;
	if (!wanted->text)
		return 0;
	for (size_t i = 0; i < p->matrix.n_sizes; i++) {
		const struct size *s = &p->matrix.sizes[i];
		text_printf(&list, "%s%u", i ? ", " : "", s->administrators);
		if (s->administrators == strtoul(wanted->text, NULL, 10))
			p->size = s;
	}
	if (text_finish(&list, &known) < 0)
		return -ENOMEM;
	if (strspn(wanted->text, "0123456789") != strlen(wanted->text))
		p->size = NULL;
	if (!p->size)
		diag_error(diags, wanted->at, "unknown size '%s'; %s%s", wanted->text,
			known[0] ? "write one of " : "no role file has a [size]", known);
	else if (facts)
		warn_small(p->size, facts, wanted->at, diags);
	free(known);
	return 0;
}

/* The flow that would use a peer, if any; one that is on rather than one that is off. */
static void note_uses(const struct policy *p, const struct host_flow **users,
	const struct host_flow *f)
{
	for (size_t i = 0; i < f->n_inbound + f->n_outbound; i++) {
		const struct peer *peer =
			i < f->n_inbound ? f->inbound[i] : f->outbound[i - f->n_inbound];
		const struct host_flow **user = &users[peer - p->host.peers];
		if (!*user || f->state == FLOW_ON)
			*user = f;
	}
}

enum { UNUSED_SHOWN = 10 }; /* a site may give all of its hosts one file of peers */

static void warn_of_unused(const struct peer *peer, const struct host_flow *user,
	struct diags *diags)
{
	if (!user)
		diag_warning(diags, peer->at,
			"peer '%s' is not used: no flow of this host has it at its other end",
			peer->name);
	else
		diag_warning(diags, peer->at,
			"peer '%s' is not used: all flows with it are off, such as '%s' (%s:%u)",
			peer->name, user->flow->name, user->flow->at.file, user->flow->at.line);
}

/* sessions-per-client that never refuses anybody. */
static void warn_of_client_bound(const struct policy *p, struct diags *diags)
{
	const struct host *h = &p->host;
	bool any = false;
	if (!h->sessions_per_client)
		return;
	for (size_t i = 0; i < p->n_flows; i++)
		any |= p->flows[i].state == FLOW_ON && p->flows[i].n_inbound &&
		       p->flows[i].flow->is_session;
	if (!any)
		diag_warning(diags, h->sessions_per_client_at,
			"no flow of this host carries sessions, so sessions-per-client changes "
			"nothing here; take it out");
	else if (p->size && h->sessions_per_client >= p->size->sessions)
		diag_warning(diags, h->sessions_per_client_at,
			"one client may have %u sessions, and all together %u (size %u): "
			"sessions-per-client changes nothing; write a smaller number",
			h->sessions_per_client, p->size->sessions, p->size->administrators);
}

static void warn_of_recordings(const struct policy *p, struct diags *diags)
{
	if (!p->host.recordings || (p->size && p->size->disk))
		return;
	diag_warning(diags, p->host.recordings_at,
		"it is not known what a day of recordings needs, so recordings has nothing to be "
		"compared with; write size = with the row of the sizing table%s",
		p->size ? ", and disk = in that row" : "");
}

/* The first name that is followed, or NULL. */
static const struct peer_name *first_followed(const struct policy *p)
{
	const struct host *h = &p->host;
	if (h->has_management && peer_is_named(&h->management))
		return &h->management.names[0];
	for (size_t i = 0; i < h->n_peers; i++)
		if (h->peers[i].is_used && peer_is_named(&h->peers[i]))
			return &h->peers[i].names[0];
	return NULL;
}

static bool lets_look_ups_out(const struct policy *p)
{
	bool any = p->host.outbound_allowed;
	for (size_t i = 0; i < p->n_flows; i++)
		any |= p->flows[i].state == FLOW_ON && p->flows[i].n_outbound &&
		       flow_has_protocol(p->flows[i].flow, IPPROTO_UDP) &&
		       flow_has_port(p->flows[i].flow, 53);
	return any;
}

/* One warning, however many names there are. */
static void warn_of_asking(const struct policy *p, const struct facts *facts, struct diags *diags)
{
	const struct peer_name *n = facts ? first_followed(p) : NULL;
	const bool is_stub = facts && facts->stub.family && !resolvers_is_systemd(&facts->stub);
	if (n && !(is_stub && lets_look_ups_out(p)))
		absent_warn_asking(facts, n->text, n->at, diags);
}

int check_uses(const struct policy *p, const struct facts *facts, struct diags *diags)
{
	const struct host_flow **users = calloc(p->host.n_peers + 1, sizeof(*users));
	if (!users)
		return -ENOMEM;
	enabling_warn_of_others(p, diags);
	warn_of_client_bound(p, diags);
	warn_of_recordings(p, diags);
	warn_of_asking(p, facts, diags);
	for (size_t i = 0; i < p->n_flows; i++)
		note_uses(p, users, &p->flows[i]);
	size_t unused = 0;
	for (size_t i = 0; i < p->host.n_peers; i++)
		if (!p->host.peers[i].is_default && (!users[i] || users[i]->state != FLOW_ON) &&
			unused++ < UNUSED_SHOWN)
			warn_of_unused(&p->host.peers[i], users[i], diags);
	if (unused > UNUSED_SHOWN)
		diag_warning(diags, p->host.at, "%zu more peers are not used",
			unused - UNUSED_SHOWN);
	free(users);
	return 0;
}

/* Where the host file turned the flow on, or took on the role that brings it. */
static struct place cause(const struct policy *p, const struct flow *f)
{
	const struct name *item = f->optional ? enabling_item(p, f) : NULL;
	if (item)
		return item->at;
	for (size_t i = 0; i < p->host.roles.count; i++) {
		const struct role *r = matrix_role(&p->matrix, p->host.roles.items[i].text);
		for (size_t j = 0; r && j < r->plays.count; j++)
			if (names_have(&f->sources, r->plays.items[j].text) ||
				names_have(&f->targets, r->plays.items[j].text))
				return p->host.roles.items[i].at;
	}
	return p->host.at;
}

void check_note_missing(const struct policy *p, const struct flow *f, const struct name *party,
	struct diags *diags)
{
	if (!matrix_role_knows(&p->matrix, party->text) ||
		meant_has(p->meant, SECTION_PEER, party->text))
		return; /* it is unknown, or its title wrong: that has been said */
	diag_error(diags, f->of_site ? party->at : cause(p, f),
		"missing [peer %s]: flow '%s' of this host (%s:%u) needs it; add it with address "
		"=, "
		"file = or name =, or with address = none",
		party->text, f->name, f->at.file, f->at.line);
}
