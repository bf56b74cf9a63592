/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answers as they are at one moment, and what an operator asks of them.
 *
 * A name without an address that may be connected to is waited for: the flows of its peers are told
 * with it.  That two names have one address is told with both of them: who allows one allows the
 * other.
 *
 * The machine speaks of times; people and programs are told how long ago, and how long from now.
 */
#include "ask/names_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "compile/learned.h"
#include "names/scope.h"

enum { SECOND = 1000000 };

/* What is shown. */

bool names_view_shows(const struct names_view *v, const struct answers_name *n)
{
	if (!answers_is_followed(n))
		return false;
	for (size_t i = 0; i < v->n_only; i++)
		if (strcmp(v->only[i], answers_text(n)) == 0)
			return true;
	return v->n_only == 0;
}

static bool has_live_address(const struct answers_name *host)
{
	for (size_t i = 0; i < host->n_addresses; i++)
		if (!host->addresses[i].life.is_retired)
			return true;
	return false;
}

bool names_view_waits(const struct answers_name *n)
{
	for (size_t i = 0; i < n->n_targets; i++)
		if (!n->targets[i].life.is_retired && has_live_address(n->targets[i].name))
			return false;
	return !has_live_address(n);
}

struct names_totals names_total(const struct answers *a)
{
	struct names_totals t = {0};
	for (size_t i = 0; i < answers_count(a); i++) {
		const struct answers_name *n = answers_get(a, i);
		if (!answers_is_followed(n))
			continue;
		t.followed++;
		t.failing += n->is_failing;
		t.full += n->is_full;
		t.without_address += names_view_waits(n);
	}
	return t;
}

/* Who has an address. */

static int by_address(const void *a, const void *b)
{
	const struct names_owner *x = a, *y = b;
	return addr_compare(&x->address, &y->address);
}

int names_owners_find(const struct answers *a, struct names_owners *ret)
{
	for (size_t i = 0; i < answers_count(a); i++) {
		const struct answers_name *n = answers_get(a, i);
		if (!answers_is_followed(n))
			continue;
		int r = array_reserve(&ret->items, &ret->allocated, ret->count + n->n_addresses);
		if (r < 0)
			return r;
		for (size_t j = 0; j < n->n_addresses; j++)
			ret->items[ret->count++] = (struct names_owner){n->addresses[j].address, n};
	}
	if (ret->count)
		qsort(ret->items, ret->count, sizeof(*ret->items), by_address);
	return 0;
}

const struct answers_name *names_owners_next(const struct names_owners *o,
	const struct addr *address, size_t *at)
{
	const struct names_owner wanted = {.address = *address};
	if (*at == SIZE_MAX) {
		const struct names_owner *found =
			bsearch(&wanted, o->items, o->count, sizeof(*o->items), by_address);
		*at = found ? (size_t)(found - o->items) : o->count;
		while (found && *at > 0 && by_address(&o->items[*at - 1], &wanted) == 0)
			--*at;
	}
	if (*at == o->count || by_address(&o->items[*at], &wanted) != 0)
		return NULL;
	return o->items[(*at)++].name;
}

/* Flows. */

static bool is_of_peer(const struct peer *const *list, size_t count, const struct names_view *v,
	const struct answers_name *n)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < n->n_feeds; j++)
			if (learned_number(v->policy, list[i]) == n->feeds[j].peer)
				return true;
	return false;
}

static bool is_of_name(const struct host_flow *f, const struct names_view *v,
	const struct answers_name *n)
{
	return f->state == FLOW_ON && (is_of_peer(f->inbound, f->n_inbound, v, n) ||
					      is_of_peer(f->outbound, f->n_outbound, v, n));
}

const char *names_view_flow(const struct names_view *v, const struct answers_name *n, size_t *at)
{
	if (!v->policy || !names_view_waits(n))
		return NULL;
	while (*at < v->policy->n_flows) {
		const struct host_flow *f = &v->policy->flows[(*at)++];
		if (is_of_name(f, v, n))
			return f->flow->name;
	}
	return NULL;
}

const char *names_view_peer(const struct names_view *v, uint32_t number)
{
	const struct peer *peer = v->policy ? learned_peer_at(v->policy, number) : NULL;
	if (!peer)
		return "?";
	return peer == &v->policy->host.management ? "management" : peer->name;
}

/* Times, in seconds. */

uint64_t names_ago(const struct names_view *v, int64_t time)
{
	const int64_t now = (int64_t)v->now;
	return time < now ? (uint64_t)(now - time) / SECOND : 0;
}

uint64_t names_ahead(const struct names_view *v, int64_t time)
{
	const int64_t now = (int64_t)v->now;
	return time > now ? (uint64_t)(time - now) / SECOND : 0;
}

const char *names_refused_text(const struct addr *a)
{
	return scope_of(a) == SCOPE_PRIVATE
		       ? "it is private; if that is right, write private = yes beside name ="
		       : "it never belongs to another host (loopback, link-local, multicast or "
			 "reserved)";
}

const struct names_source names_sources[NAMES_SOURCES] = {
	{ANSWERS_FROM_ASKING, "asked"},
	{ANSWERS_FROM_OBSERVING, "observed"},
	{ANSWERS_FROM_HOSTS, "hosts"},
	{ANSWERS_FROM_STATE, "state"},
};
