/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the rows mean for this host.
 *
 * The arrow of a row says which way packets go, and replies are the connection tracker's
 * business; who may open a connection is the initiator's.  So the source of a row is the one
 * that opens, unless the row says target or either; a row binds two hosts, outbound on
 * the one that opens, inbound on the other.
 *
 * A peer that this host plays itself (server and proxy on one machine) need not be
 * declared: what goes between them goes over the loopback.
 */
#include "config/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "config/check.h"
#include "config/enabling.h"
#include "config/expected.h"
#include "config/load.h"
#include "host/gather.h"

static const char this_host[] = "this-host";

void policy_free(struct policy *p)
{
	if (!p)
		return;
	host_done(&p->host);
	arena_free(p->arena);
	free(p);
}

bool policy_plays(const struct policy *p, const char *party)
{
	if (strcmp(party, this_host) == 0)
		return true;
	for (size_t i = 0; i < p->host.roles.count; i++) {
		const struct role *r = matrix_role(&p->matrix, p->host.roles.items[i].text);
		if (r && names_have(&r->plays, party))
			return true;
	}
	return false;
}

const char *flow_state_name(enum flow_state s)
{
	switch (s) {
	case FLOW_ON:
		return "on";
	case FLOW_OFF_OPTIONAL:
		return "optional";
	case FLOW_OFF_DISABLED:
		return "disabled";
	case FLOW_NOT_OURS:
		return "not ours";
	}
	abort();
}

static bool plays_one_of(const struct policy *p, const struct names *parties)
{
	for (size_t i = 0; i < parties->count; i++)
		if (policy_plays(p, parties->items[i].text))
			return true;
	return false;
}

/* True if this host is both ends: it plays other, and another party at its own end. */
static bool is_within(const struct policy *p, const struct names *own, const struct name *other)
{
	return policy_plays(p, other->text) && !names_have(own, other->text);
}

static bool is_in(const struct peer *const *peers, size_t n, const struct peer *peer)
{
	for (size_t i = 0; i < n; i++)
		if (peers[i] == peer)
			return true;
	return false;
}

struct building {
	struct policy *policy;
	struct diags *diags;
	struct index missing; /* parties that no [peer] tells the place of, so far */
};

/* One fault for each party, however many flows miss it.  0 or -ENOMEM. */
static int miss_peer(struct building *b, const struct flow *f, const struct name *party)
{
	if (index_get(&b->missing, party->text))
		return 0;
	int r = index_put(&b->missing, b->policy->arena, party->text, b->policy);
	if (r < 0)
		return r;
	check_note_missing(b->policy, f, party, b->diags);
	return 0;
}

/* Adds the parties at the other end as inbound or outbound peers.  0 or -ENOMEM. */
static int bind_peers(struct building *b, struct host_flow *f, const struct names *own,
	const struct names *others, bool inbound)
{
	const struct peer **peers = inbound ? f->inbound : f->outbound;
	size_t *count = inbound ? &f->n_inbound : &f->n_outbound;
	for (size_t i = 0; i < others->count; i++) {
		const struct name *other = &others->items[i];
		if (strcmp(other->text, this_host) == 0)
			continue;
		struct peer *peer = host_peer(&b->policy->host, other->text);
		if (peer && f->state == FLOW_ON)
			peer->is_used = true;
		if (peer && !is_in(peers, *count, peer))
			peers[(*count)++] = peer;
		else if (!peer && f->state == FLOW_ON && !is_within(b->policy, own, other)) {
			int r = miss_peer(b, f->flow, other);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static enum flow_state state_of(const struct policy *p, const struct flow *flow, bool takes_part)
{
	if (!takes_part)
		return FLOW_NOT_OURS;
	if (index_get(&p->host.disabled_by_name, flow->name))
		return FLOW_OFF_DISABLED;
	if (flow->optional && !enabling_item(p, flow))
		return FLOW_OFF_OPTIONAL;
	return FLOW_ON;
}

static int build_flow(struct building *b, const struct flow *flow, struct host_flow *f)
{
	struct policy *p = b->policy;
	const struct names *sources = &flow->sources, *targets = &flow->targets;
	size_t most = sources->count + targets->count;
	bool is_source = plays_one_of(p, sources), is_target = plays_one_of(p, targets);
	bool source_opens = flow->initiator != INITIATOR_TARGET;
	bool target_opens = flow->initiator != INITIATOR_SOURCE;
	f->flow = flow;
	f->state = state_of(p, flow, is_source || is_target);
	f->inbound = arena_array(p->arena, most, sizeof(*f->inbound));
	f->outbound = arena_array(p->arena, most, sizeof(*f->outbound));
	if (!f->inbound || !f->outbound)
		return -ENOMEM;

	int r = is_source && source_opens ? bind_peers(b, f, sources, targets, false) : 0;
	if (r < 0)
		return r;
	r = is_source && target_opens ? bind_peers(b, f, sources, targets, true) : 0;
	if (r < 0)
		return r;
	r = is_target && source_opens ? bind_peers(b, f, targets, sources, true) : 0;
	if (r < 0)
		return r;
	return is_target && target_opens ? bind_peers(b, f, targets, sources, false) : 0;
}

static int build_flows(struct policy *p, struct diags *diags)
{
	struct building b = {.policy = p, .diags = diags};
	p->flows = arena_array(p->arena, p->matrix.n_flows, sizeof(*p->flows));
	if (!p->flows)
		return -ENOMEM;
	for (; p->n_flows < p->matrix.n_flows; p->n_flows++) {
		int r = build_flow(&b, &p->matrix.flows[p->n_flows], &p->flows[p->n_flows]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Where a policy comes from. */
struct origin {
	const struct config_dirs *dirs;
	const struct file_access *access;
	const struct facts *facts;
};

/* Reads and checks everything.  0; -EINVAL or 0 with faults in diags; -ENOMEM. */
static int build_all(struct policy *p, const struct origin *o, struct document *d,
	struct diags *diags)
{
	char *host_file = NULL;
	int r = load_document(d, o->dirs, o->access, diags, &host_file);
	p->meant = d->meant;
	if (r < 0)
		return r;
	r = matrix_read(d, p->arena, diags, &p->matrix);
	if (r < 0)
		return r;
	r = host_read(d, host_file, o->dirs->config, o->access, o->facts, p->arena, diags,
		&p->host);
	if (r < 0)
		return r;
	r = expected_read(d, p->arena, diags, &p->expected, &p->n_expected);
	if (r < 0)
		return r;
	r = check_names(p, diags);
	if (r < 0)
		return r;
	r = check_size(p, o->facts, diags);
	if (r < 0)
		return r;
	r = build_flows(p, diags);
	if (r < 0)
		return r;
	host_take_defaults(&p->host, o->facts, diags);
	r = host_find_resolvers(&p->host, o->facts);
	if (r < 0)
		return r;
	if (!diags_have_errors(diags)) {
		r = check_uses(p, o->facts, diags);
		if (r < 0)
			return r;
	}
	if (!diags_have_errors(diags))
		return 0;
	return diags->lost ? -ENOMEM : -EINVAL;
}

/* Only [management] is left of a document, and an empty [host]. */
static int strip(struct document *d, struct diags *ignored)
{
	static const char text[] = "[host]\n";
	const struct source host = {.path = "built-in",
		.stem = "rolewall",
		.kind = FILE_HOST,
		.bytes = text,
		.length = sizeof(text) - 1};
	document_keep(d, SECTION_MANAGEMENT);
	return document_add(d, &host, ignored);
}

/* Reads what can be read of [management].  0 with faults in diags, or -ENOMEM. */
static int build_closed(struct policy *p, const struct origin *o, struct document *d,
	struct diags *diags)
{
	char *host_file = NULL;
	int r = load_document(d, o->dirs, o->access, diags, &host_file);
	if (r < 0 && r != -EINVAL)
		return r;
	r = strip(d, diags);
	if (r < 0)
		return r;
	r = host_read(d, "built-in", o->dirs->config, o->access, o->facts, p->arena, diags,
		&p->host);
	if (r < 0)
		return r;
	r = build_flows(p, diags);
	return r < 0 ? r : host_find_resolvers(&p->host, o->facts);
}

static int load(const struct origin *o,
	int (*build)(struct policy *p, const struct origin *o, struct document *d,
		struct diags *diags),
	struct diags *diags, struct policy **ret)
{
	struct document document;
	struct policy *p = calloc(1, sizeof(*p));
	if (!p || !(p->arena = arena_new())) {
		free(p);
		return -ENOMEM;
	}
	document_init(&document, p->arena);
	int r = build(p, o, &document, diags);
	diags_sort(diags);
	if (r < 0) {
		policy_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

int policy_load(const struct config_dirs *dirs, const struct file_access *access,
	const struct facts *facts, struct diags *diags, struct policy **ret)
{
	return load(&(const struct origin){dirs, access, facts}, build_all, diags, ret);
}

int policy_load_closed(const struct config_dirs *dirs, const struct file_access *access,
	const struct facts *facts, struct policy **ret)
{
	CLEANUP(diags_done) struct diags ignored = {0};
	return load(&(const struct origin){dirs, access, facts}, build_closed, &ignored, ret);
}

int policy_load_here(const struct config_dirs *dirs, struct diags *diags, struct policy **ret)
{
	CLEANUP(facts_done) struct facts facts = {0};
	int r = facts_gather(NULL, &facts);
	return r < 0 ? r : policy_load(dirs, &file_access_system, &facts, diags, ret);
}
