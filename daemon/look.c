/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking at the host: the one place where the daemon gathers facts.
 *
 * Facts that cannot be read stay as they were, and so do the rules.  If the policy in force
 * depends on it, that is a trouble, and the clock tells when to look again.
 */
#include "look.h"

#include "daemon.h"
#include "host/gather.h"
#include "keep.h"

/* True if somebody is writing resolv.conf; what happened to it up to now is dealt with by the look
 * that follows. */
static bool is_being_written(struct service *s)
{
	bool is_busy = false;
	listen_drain(&s->following.host.files);
	for (struct listened_file *f = s->following.host.files.files; f; f = f->next) {
		if (f->what != FOLLOWED_HOST)
			continue;
		if (f->writing.state == WRITING_BUSY)
			is_busy = true;
		else
			f->writing.state = WRITING_IDLE;
	}
	return is_busy;
}

/* Half a name server is another one: what was known stays until it is written. */
static void keep_resolvers(struct facts *now, struct facts *before)
{
	struct facts read = *now;
	now->resolvers = before->resolvers;
	now->n_resolvers = before->n_resolvers;
	now->local_resolvers = before->local_resolvers;
	now->n_local_resolvers = before->n_local_resolvers;
	now->stub = before->stub;
	before->resolvers = read.resolvers;
	before->n_resolvers = read.n_resolvers;
	before->local_resolvers = read.local_resolvers;
	before->n_local_resolvers = read.n_local_resolvers;
}

const struct facts *look(struct service *s)
{
	struct facts now;
	const bool is_busy = is_being_written(s);
	int r = facts_gather(&s->looking.facts, &now);
	if (r == 0) {
		if (is_busy)
			keep_resolvers(&now, &s->looking.facts);
		facts_done(&s->looking.facts);
		s->looking.facts = now;
	} else {
		s->looking.facts.links_error = s->looking.facts.routes_error =
			s->looking.facts.resolvers_error = r;
	}
	return &s->looking.facts;
}

void look_note(struct service *s)
{
	unsigned follows = s->in_force.policy ? s->in_force.policy->host.follows : 0;
	int error = facts_error(&s->looking.facts, follows);
	keep_hear(s, &(const struct upkeep_event){.kind = UPKEEP_LOOKED, .error = error});
}

void looking_done(struct looking *l)
{
	facts_done(&l->facts);
	*l = (struct looking){0};
}
