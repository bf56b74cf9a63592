/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For one who is not the daemon: all that is known of what is in force comes from the kernel.
 *
 * A connection is cut if its next packet is let through now and will not be then.  Then: by
 * the policy, compiled for the generation that a reload would bring.  Now: by the kernel's own
 * rules, which are only asked of connections that the policy refuses.  So those that an
 * earlier change has cut are not cut again, however long the tracker remembers them; and one
 * that has been silent since that change, and still bears the mark of the generation before
 * it, is known to live.
 *
 * The tracker does not say by which interface a connection came: it is taken to be the one by which
 * it is answered.
 *
 * While a trial lasts both are compiled as on trial: `reload --confirm` is what can follow then.
 *
 * Where somebody's rule in our table is not understood, the connection is taken to be alive.
 */
#include "kernel/preview.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/array.h"
#include "kernel/conntrack.h"
#include "kernel/inforce.h"
#include "kernel/inventory.h"
#include "kernel/route.h"
#include "ruleset/compile.h"

enum { TRIES = 5 };

struct link_name {
	char name[IF_NAMESIZE];
	struct link_name *next;
};

struct looking {
	struct nfsock *socket;
	struct route *route;
	const struct policy *policy;
	const struct facts *facts;
	const struct ruleset *then; /* of the generation that would be in force */
	struct preview *result;
};

void preview_done(struct preview *v)
{
	difference_list_done(&v->differences);
	free(v->cuts);
	ruleset_free(v->ruleset);
	arena_free(v->arena);
	*v = (struct preview){0};
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

/* Which link has the address; the route to a link-local one cannot be told without. */
static const char *link_with(const struct facts *f, const struct addr *a)
{
	for (size_t i = 0; i < f->n_addresses; i++)
		if (addr_compare(&f->addresses[i].address, a) == 0)
			return f->addresses[i].link;
	return "";
}

/* By which interface a connection that came in is answered: "" if it cannot be.  Those that we
 * have opened are not held to one. */
static int find_interface(struct looking *l, struct packet *p)
{
	char name[IF_NAMESIZE] = "";
	bool link_local = p->source.family == AF_INET6 && p->source.bytes[0] == 0xfe &&
			  (p->source.bytes[1] & 0xc0) == 0x80;
	bool ours = p->hook == HOOK_INPUT && facts_is_local(l->facts, &p->destination);
	int r = 0;
	if (p->hook == HOOK_OUTPUT || p->interface)
		return 0;
	if (link_local)
		strcpy(name, link_with(l->facts, &p->destination));
	else
		r = route_interface(l->route, &p->source, ours ? &p->destination : NULL, name);
	if (r >= 0)
		p->interface = keep_name(l->result, name);
	return r < 0 ? r : p->interface ? 0 : -ENOMEM;
}

/* Connections. */

/* Keeps those that the policy refuses. */
static int consider(void *context, const struct connection *c)
{
	struct looking *l = context;
	struct preview *v = l->result;
	struct packet p = connection_packet(c, l->facts);
	int r = l->policy->host.interfaces.count ? find_interface(l, &p) : 0;
	if (r < 0 || !judge_refuses(l->then, &p))
		return r;
	r = array_reserve(&v->cuts, &v->allocated, v->n_cuts + 1);
	if (r == 0)
		v->cuts[v->n_cuts++] = (struct cut){*c, p, NULL};
	return r;
}

/* By what the connection would be allowed if it were judged again now: its mark only shows that
 * something has allowed it. */
static int find_permission(struct inforce *rules, struct preview *v, struct cut *c)
{
	struct packet unmarked = c->packet;
	const char *counter = NULL;
	unmarked.mark = 0;
	int r = inforce_accepts(rules, &unmarked, &counter);
	if (r == -ENOTSUP)
		return 0;
	if (r <= 0 || !counter)
		return r;
	c->allowed_by = arena_strndup(v->arena, counter, strlen(counter));
	return c->allowed_by ? 0 : -ENOMEM;
}

/* Leaves out those that are cut already. */
static int sift(struct looking *l, struct inforce *rules)
{
	struct preview *v = l->result;
	size_t kept = 0;
	int r = 0;
	for (size_t i = 0; i < v->n_cuts && r >= 0; i++) {
		struct cut *c = &v->cuts[i];
		r = find_interface(l, &c->packet);
		if (r == 0)
			r = inforce_accepts(rules, &c->packet, NULL);
		if (r == 0)
			continue;
		if (r == -ENOTSUP || r > 0)
			r = find_permission(rules, v, c);
		v->cuts[kept++] = *c;
	}
	v->n_cuts = kept;
	return r < 0 ? r : 0;
}

static bool is_management(const struct cut *c)
{
	return c->allowed_by && subject_of(c->allowed_by).kind == SUBJECT_MANAGEMENT;
}

/* Those of management first, the others flow by flow. */
static int cut_order(const void *a, const void *b)
{
	const struct cut *x = a, *y = b;
	int order = is_management(y) - is_management(x);
	if (order == 0)
		order = strcmp(x->allowed_by ? x->allowed_by : "",
			y->allowed_by ? y->allowed_by : "");
	if (order == 0)
		order = addr_compare(&x->connection.source, &y->connection.source);
	if (order == 0)
		order = addr_compare(&x->connection.destination, &y->connection.destination);
	return order ? order : x->connection.source_port - y->connection.source_port;
}

static int find_cuts(struct looking *l)
{
	struct inforce *rules = NULL;
	int r = conntrack_each(l->socket, consider, l);
	if (r == -EINVAL || r == -EOPNOTSUPP)
		return -EPROTONOSUPPORT;
	if (r == 0 && l->result->has_table)
		r = inforce_read(l->socket, &rules);
	if (r == 0 && rules)
		r = sift(l, rules);
	inforce_free(rules);
	if (l->result->n_cuts)
		qsort(l->result->cuts, l->result->n_cuts, sizeof(*l->result->cuts), cut_order);
	return r;
}

static int look(struct looking *l, const struct inventory *now)
{
	const struct policy *p = l->policy;
	struct preview *v = l->result;
	uint32_t mask = p->host.mark_mask;
	struct ruleset *then = NULL;
	uint32_t genid;
	v->has_table = now->has_table;
	v->generation = mark_generation(mask, now->mark);
	struct form form = {
		.generation = v->generation ? v->generation : 1,
		.on_trial = inventory_find(now->chains, TRIAL_CHAIN) != NULL,
	};
	int r = compile_form(p, &form, &v->ruleset);
	form.generation = judge_next_generation(mask, v->generation);
	if (r == 0 && !p->host.keeps_sessions)
		r = compile_form(p, &form, &then);
	if (r == 0 && v->has_table)
		r = difference_list_read(l->socket, v->ruleset, &v->differences);
	l->then = then ? then : v->ruleset;
	if (r == 0)
		r = find_cuts(l);
	if (r == 0)
		r = nfsock_genid(l->socket, &genid);
	if (r == 0 && genid != now->genid)
		r = -EINTR;
	ruleset_free(then);
	return r;
}

static int look_once(struct nfsock *s, struct route *route, const struct policy *p,
	const struct facts *f, struct preview *ret)
{
	struct preview v = {.arena = arena_new()};
	struct looking l = {s, route, p, f, NULL, &v};
	struct inventory now;
	int r = v.arena ? inventory_read(s, &now) : -ENOMEM;
	if (r == -EINVAL || r == -EOPNOTSUPP)
		r = -EPROTONOSUPPORT;
	if (r == 0) {
		r = look(&l, &now);
		inventory_done(&now);
	}
	if (r == 0)
		*ret = v;
	else
		preview_done(&v);
	return r;
}

int preview(struct nfsock *s, const struct policy *p, const struct facts *f, struct preview *ret)
{
	struct route route;
	int r = route_open(&route);
	if (r < 0)
		return r;
	r = -EINTR;
	for (int i = 0; i < TRIES && r == -EINTR; i++)
		r = look_once(s, &route, p, f, ret);
	route_close(&route);
	return r;
}
