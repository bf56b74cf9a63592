/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways from a name to the sets.
 *
 * A name reaches the sets of its own peers, and those of the services whose target it is.  The
 * second way is as good as the weaker of the two lives on it.
 *
 * Room is reserved on all ways before anything changes, and given up on all if one has none.
 */
#include <errno.h>
#include <stdlib.h>

#include "names/answers_parts.h"
#include "names/scope.h"

struct way {
	uint32_t peer;
	bool takes_private;
	enum hold hold;
};

struct ways {
	size_t feed, service, of_service;
};

enum hold ways_hold(const struct answers_life *l)
{
	return l->is_retired ? HOLD_RETIRED : HOLD_LIVE;
}

struct answers_target *ways_target(const struct answers_name *service, const struct answers_name *n)
{
	for (size_t i = 0; i < service->n_targets; i++)
		if (service->targets[i].name == n)
			return &service->targets[i];
	return NULL;
}

/* The next way, or false.  *w is all zero at first. */
static bool next_way(const struct answers_name *n, struct ways *w, struct way *ret)
{
	if (w->feed < n->n_feeds) {
		const struct answers_feed *f = &n->feeds[w->feed++];
		*ret = (struct way){f->peer, f->takes_private, HOLD_LIVE};
		return true;
	}
	for (; w->service < n->n_services; w->service++, w->of_service = 0) {
		const struct answers_name *s = n->services[w->service];
		if (w->of_service == s->n_feeds)
			continue;
		const uint32_t peer = s->feeds[w->of_service++].peer;
		*ret = (struct way){peer, true, ways_hold(&ways_target(s, n)->life)};
		return true;
	}
	return false;
}

static enum hold through(const struct way *w, const struct addr *a, enum hold hold)
{
	if (!w->takes_private && scope_of(a) == SCOPE_PRIVATE)
		return HOLD_NONE;
	return w->hold < hold ? w->hold : hold;
}

bool answers_is_followed(const struct answers_name *n)
{
	for (size_t i = 0; i < n->n_services; i++)
		if (n->services[i]->n_feeds && !ways_target(n->services[i], n)->life.is_retired)
			return true;
	return n->n_feeds > 0;
}

bool ways_are_fit(const struct answers_name *n, const struct addr *a)
{
	const enum scope scope = scope_of(a);
	struct ways walk = {0};
	struct way w;
	if (scope != SCOPE_PRIVATE)
		return scope == SCOPE_GLOBAL;
	while (next_way(n, &walk, &w))
		if (w.takes_private)
			return true;
	return false;
}

static void prune(struct answers *a, const struct answers_name *n, const struct addr *address)
{
	struct ways walk = {0};
	struct way w;
	while (next_way(n, &walk, &w))
		sets_prune(&a->sets, w.peer, address);
}

int ways_reserve(struct answers *a, const struct answers_name *n, const struct addr *address)
{
	struct ways walk = {0};
	struct way w;
	while (next_way(n, &walk, &w)) {
		if (through(&w, address, HOLD_LIVE) == HOLD_NONE)
			continue;
		int r = sets_reserve(&a->sets, w.peer, address);
		if (r < 0) {
			prune(a, n, address);
			return r;
		}
	}
	return 0;
}

void ways_change(struct answers *a, const struct answers_name *n, const struct addr *address,
	enum hold from, enum hold to)
{
	struct ways walk = {0};
	struct way w;
	while (next_way(n, &walk, &w))
		sets_change(&a->sets, w.peer, address, through(&w, address, from),
			through(&w, address, to));
	a->version++;
}

int ways_hold_all(struct answers *a, const struct answers_name *n)
{
	for (size_t i = 0; i < n->n_addresses; i++) {
		const struct answers_address *one = &n->addresses[i];
		const int r = ways_reserve(a, n, &one->address);
		if (r < 0)
			return r;
		ways_change(a, n, &one->address, HOLD_NONE, ways_hold(&one->life));
	}
	return 0;
}

/* Targets. */

void ways_change_target(struct answers *a, const struct answers_name *service,
	const struct answers_name *target, enum hold from, enum hold to)
{
	for (size_t i = 0; i < service->n_feeds; i++)
		for (size_t j = 0; j < target->n_addresses; j++) {
			const struct way before = {service->feeds[i].peer, true, from};
			const struct way after = {service->feeds[i].peer, true, to};
			const struct answers_address *one = &target->addresses[j];
			const enum hold hold = ways_hold(&one->life);
			sets_change(&a->sets, before.peer, &one->address,
				through(&before, &one->address, hold),
				through(&after, &one->address, hold));
		}
	a->version++;
	a->targets_version += (from == HOLD_LIVE) != (to == HOLD_LIVE);
}

static void prune_target(struct answers *a, const struct answers_name *service,
	const struct answers_name *target)
{
	for (size_t i = 0; i < service->n_feeds; i++)
		for (size_t j = 0; j < target->n_addresses; j++)
			sets_prune(&a->sets, service->feeds[i].peer, &target->addresses[j].address);
}

int ways_reserve_target(struct answers *a, const struct answers_name *service,
	const struct answers_name *target)
{
	for (size_t i = 0; i < service->n_feeds; i++)
		for (size_t j = 0; j < target->n_addresses; j++) {
			int r = sets_reserve(&a->sets, service->feeds[i].peer,
				&target->addresses[j].address);
			if (r < 0) {
				prune_target(a, service, target);
				return r;
			}
		}
	return 0;
}
