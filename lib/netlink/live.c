/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A preview is pure: the caller gives it each connection, and a function that says by which
 * interface it came.  Here both come from the kernel: the connections from its tracker, the
 * interface from the route by which it would answer.
 */
#include "netlink/live.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "host/facts.h"
#include "netlink/conntrack.h"

/* Interfaces. */

int ways_open(struct ways *w, const struct facts *facts)
{
	w->facts = facts;
	return route_open(&w->route);
}

void ways_close(struct ways *w)
{
	route_close(&w->route);
}

/* Which link has the address; the route to a link-local one cannot be told without. */
static const char *link_with(const struct facts *f, const struct addr *a)
{
	for (size_t i = 0; i < f->n_addresses; i++)
		if (addr_compare(&f->addresses[i].address, a) == 0)
			return f->addresses[i].link;
	return "";
}

static int find(void *context, const struct packet *p, char name[IF_NAMESIZE])
{
	struct ways *w = context;
	/* one that we have opened, as it is tracked, may have come in */
	bool outwards = p->hook == HOOK_OUTPUT;
	const struct addr *far = outwards ? &p->destination : &p->source;
	const struct addr *near = outwards ? &p->source : &p->destination;
	bool ours = p->hook != HOOK_FORWARD && facts_is_local(w->facts, near);
	name[0] = '\0';
	if (addr_is_link_local6(far)) {
		strcpy(name, link_with(w->facts, near));
		return 0;
	}
	int r = route_interface(&w->route, far, ours ? near : NULL, name);
	return r < 0 ? r : 0;
}

struct interface_finder ways_finder(struct ways *w)
{
	return (struct interface_finder){find, w};
}

const char *ways_ask(const struct facts *facts, const struct packet *p, char name[IF_NAMESIZE])
{
	struct ways w;
	if (ways_open(&w, facts) < 0)
		return NULL;
	bool found = find(&w, p, name) == 0 && name[0];
	ways_close(&w);
	return found ? name : NULL;
}

/* Connections. */

enum { SECOND = 1000000 };

struct adding {
	struct preview *preview;
	struct interface_finder finder;
	uint64_t until;
};

static uint64_t now_usec(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec / 1000;
}

static void begin(void *context)
{
	((struct adding *)context)->preview->n_cuts = 0;
}

static int add(void *context, const struct connection *c)
{
	struct adding *a = context;
	if (now_usec() > a->until)
		return -ETIME;
	return preview_add(a->preview, c, &a->finder);
}

static int add_until(struct nfsock *s, struct preview *v, uint64_t until)
{
	struct ways ways;
	int r = ways_open(&ways, v->proposal.facts);
	if (r < 0)
		return r;
	struct adding adding = {v, ways_finder(&ways), until};
	r = conntrack_each(s, begin, add, &adding);
	ways_close(&ways);
	preview_sort(v);
	return r == -EINVAL || r == -EOPNOTSUPP ? -EPROTONOSUPPORT : r;
}

int live_add_all(struct nfsock *s, struct preview *v)
{
	return add_until(s, v, UINT64_MAX);
}

int live_add_within(struct nfsock *s, struct preview *v, uint64_t usec)
{
	return add_until(s, v, now_usec() + usec);
}
