/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection is cut if its next packet is let through now and will not be then.  Now: by the
 * ruleset in force.  Then: by the policy, compiled for the generation that a reload would bring.
 * So connections that an earlier change has cut are not counted again, however long the tracker
 * remembers them; and one that was silent since that change, with the mark of the generation
 * before it, counts as alive.
 *
 * The tracker does not say by which interface a connection came: it is taken to be the one by which
 * it is answered.
 *
 * While a trial lasts both are compiled as on trial: `reload --confirm` is what can follow then.
 *
 * Where nobody knows what is in force, every connection that the policy refuses counts as alive.
 */
#include "ask/preview.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "config/policy.h"
#include "host/facts.h"
#include "ruleset/edits.h"
#include "ruleset/evaluate.h"
#include "ruleset/generation.h"
#include "ruleset/move.h"

DEFINE_CLEANUP(drop_ruleset, struct ruleset, ruleset_free)

struct link_name {
	char name[IF_NAMESIZE];
	struct link_name *next;
};

void preview_done(struct preview *v)
{
	difference_list_done(&v->differences);
	difference_list_done(&v->disturbed);
	free(v->cuts);
	ruleset_free(v->next);
	ruleset_free(v->then);
	arena_free(v->arena);
	*v = (struct preview){0};
}

/* In the generation in force. */
static int compile_next(const struct proposal *c, struct ruleset **ret)
{
	CLEANUP(drop_ruleset) struct ruleset *next = NULL;
	const uint16_t now = c->generation;
	const bool fits = now > 0 && now <= generation_last(c->policy->host.mark_mask);
	const struct form form = {
		.generation = fits ? now : 1,
		.on_trial = c->on_trial,
		.lacks_timeouts = c->lacks_timeouts,
		.learned = c->learned,
		.learns_elsewhere = !c->learned,
		.queue = c->queue,
		.log_group = c->log_group,
		.look_up_users = c->look_up_users,
		.n_look_up_users = c->n_look_up_users,
	};
	int r = compile_form(c->policy, &form, &next);
	if (r < 0)
		return r;
	r = c->edits ? edits_lay(c->edits, next) : 0;
	if (r < 0)
		return r;
	*ret = TAKE(next);
	return 0;
}

/* The one that a reload would bring. */
static uint16_t generation_then(const struct proposal *c)
{
	const struct host *h = &c->policy->host;
	return generation_expected(h->mark_mask, c->generation, h->keeps_sessions);
}

int proposal_then(const struct proposal *c, struct ruleset **ret)
{
	int r = compile_next(c, ret);
	if (r < 0)
		return r;
	ruleset_move(*ret, generation_then(c));
	return 0;
}

int preview_begin(const struct proposal *c, struct preview *ret)
{
	CLEANUP(preview_done) struct preview v = {.proposal = *c, .arena = arena_new()};
	if (!v.arena)
		return -ENOMEM;
	int r = compile_next(c, &v.next);
	if (r < 0)
		return r;
	r = ruleset_moved(v.next, generation_then(c), &v.then);
	if (r < 0)
		return r;
	r = c->now ? difference_list_find(c->now, v.next, &v.differences) : 0;
	if (r < 0)
		return r;
	*ret = v;
	v = (struct preview){0};
	return 0;
}

int preview_begin_compiled(const struct proposal *c, const struct ruleset *next,
	struct preview *ret)
{
	CLEANUP(preview_done) struct preview v = {.proposal = *c, .arena = arena_new()};
	if (!v.arena)
		return -ENOMEM;
	int r = ruleset_moved(next, generation_then(c), &v.then);
	if (r < 0)
		return r;
	*ret = v;
	v = (struct preview){0};
	return 0;
}

/* Interfaces. */

static const char *keep_name(struct preview *v, const char *name)
{
	struct link_name *l = v->links;
	while (l && strcmp(l->name, name) != 0)
		l = l->next;
	if (!l && (l = arena_alloc(v->arena, sizeof(*l)))) {
		strcpy(l->name, name);
		l->next = v->links;
		v->links = l;
	}
	return l ? l->name : NULL;
}

static int find_interface(struct preview *v, struct packet *p, const struct interface_finder *f)
{
	char name[IF_NAMESIZE] = "";
	if (p->interface && p->interface[0])
		return 0;
	int r = f->find(f->context, p, name);
	if (r < 0)
		return r;
	p->interface = keep_name(v, name);
	return p->interface ? 0 : -ENOMEM;
}

/* Connections. */

/* By what the connection would be allowed if it were judged again now: its mark only shows that
 * something has allowed it. */
static const char *permission(const struct ruleset *now, const struct packet *p)
{
	struct packet unmarked = *p;
	unmarked.mark = 0;
	struct outcome o = evaluate(now, &unmarked);
	if (o.ending != ENDING_ACCEPT || !o.rule)
		return NULL;
	for (size_t i = 0; i < o.rule->n_statements; i++)
		if (o.rule->statements[i].kind == STATEMENT_COUNTER)
			return o.rule->statements[i].name;
	return NULL;
}

int preview_add(struct preview *v, const struct connection *c, const struct interface_finder *f)
{
	const struct ruleset *now = v->proposal.now;
	struct packet p = connection_packet(c, v->proposal.facts);
	/* to look the way up is dear: only where it counts */
	int r = v->proposal.policy->host.interfaces.count ? find_interface(v, &p, f) : 0;
	if (r < 0)
		return r;
	struct packet then = p;
	then.mark = judge_mark_then(v->then, p.mark, now ? now->mark_mask : v->then->mark_mask,
		v->proposal.generation);
	if (!judge_refuses(v->then, &then))
		return 0;
	r = find_interface(v, &p, f);
	if (r < 0 || (now && judge_refuses(now, &p)))
		return r;
	r = array_reserve(&v->cuts, &v->allocated, v->n_cuts + 1);
	if (r < 0)
		return r;
	v->cuts[v->n_cuts++] = (struct cut){*c, p, now ? permission(now, &p) : NULL};
	return 0;
}

/* Order. */

bool cut_is_of_management(const struct cut *c)
{
	return c->allowed_by && subject_of(c->allowed_by).kind == SUBJECT_MANAGEMENT;
}

static int cut_order(const void *a, const void *b)
{
	const struct cut *x = a, *y = b;
	int order = cut_is_of_management(y) - cut_is_of_management(x);
	if (order)
		return order;
	const char *allowed_by = x->allowed_by ? x->allowed_by : "";
	order = strcmp(allowed_by, y->allowed_by ? y->allowed_by : "");
	if (order)
		return order;
	order = addr_compare(&x->connection.source, &y->connection.source);
	if (order)
		return order;
	order = addr_compare(&x->connection.destination, &y->connection.destination);
	return order ? order : x->connection.source_port - y->connection.source_port;
}

void preview_sort(struct preview *v)
{
	if (v->n_cuts)
		qsort(v->cuts, v->n_cuts, sizeof(*v->cuts), cut_order);
}

bool preview_has_change(const struct preview *v)
{
	return !v->proposal.has_table || v->differences.first || v->disturbed.first || v->n_cuts;
}
