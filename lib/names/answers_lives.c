/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lives of addresses; targets of services (answers_targets.c) live in the same way.
 *
 * An address lives for its TTL and the time of grace after it was last seen; its end never moves
 * to an earlier time.  It is retired when its life is over *and* a good answer of the same type
 * has come since, without it, that leaves another one in its place.  So what the last good answer
 * has said stays, however long the resolver has been away: no failure empties a set.
 *
 * At the cap the address of the same family that was not seen for longest is retired early: an
 * answer with IPv4 addresses never removes one of IPv6, and addresses of one answer do not remove
 * each other.  Retired addresses have a cap of their own; beyond it no new address is learned,
 * since nothing in use may go.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "names/answers_parts.h"
#include "names/scope.h"

/* Lives. */

int64_t lives_ttl(const struct answers *a, uint64_t seconds)
{
	uint64_t ttl = seconds * (uint64_t)ANSWERS_SECOND;
	if (ttl > a->rules.ttl_ceiling)
		ttl = a->rules.ttl_ceiling;
	if (ttl < a->rules.ttl_floor)
		ttl = a->rules.ttl_floor;
	return (int64_t)ttl;
}

void lives_see(struct answers *a, struct answers_life *l, uint64_t ttl, enum answers_source source)
{
	const int64_t until = a->now + lives_ttl(a, ttl) + (int64_t)a->rules.grace;
	if (l->sources == 0) {
		l->learned = a->now;
		l->until = until;
	}
	if (l->until < until) {
		l->until = until;
		a->version++;
	}
	l->seen = a->now;
	l->sources = (l->sources & ~(unsigned)ANSWERS_FROM_STATE) | source;
}

bool lives_is_left_out(const struct answers_asked *q, const struct answers_life *l)
{
	return !l->is_retired && q->was_good && q->good > l->seen;
}

void lives_retire(const struct answers *a, struct answers_life *l)
{
	l->is_retired = true;
	l->retired = a->now;
}

/* Addresses. */

/* It is saved with the next change. */
static void touch(const struct answers *a, struct answers_name *n, struct answers_address *one)
{
	one->life.version = n->version = a->version + 1; /* greater than what was saved of */
}

static enum answers_question question_of(const struct addr *a)
{
	return a->family == AF_INET ? ANSWERS_A : ANSWERS_AAAA;
}

static void retire_address(struct answers *a, struct answers_name *n, struct answers_address *one)
{
	addresses_retire(a, n, one);
	touch(a, n, one);
	ways_change(a, n, &one->address, HOLD_LIVE, HOLD_RETIRED);
}

static int append_address(struct answers *a, struct answers_name *n, const struct addr *address)
{
	if (addresses_reserve(n) < 0 || ways_reserve(a, n, address) < 0)
		return -ENOMEM;
	addresses_append(n, &(struct answers_address){.address = *address});
	ways_change(a, n, address, HOLD_NONE, HOLD_LIVE);
	return 0;
}

/* One more that is live, new or again.  1, 0: there is no room, or -ENOMEM. */
static int enliven_address(struct answers *a, struct answers_name *n, const struct addr *address)
{
	const bool is_at_cap = addresses_count_live(n, address) >= a->rules.most;
	size_t leaving = 0;
	const int place = is_at_cap ? addresses_leaving(a, n, address, &leaving) : 1;
	n->is_full |= is_at_cap;
	if (place <= 0)
		return place;
	struct answers_address *known = addresses_find(n, address);
	if (!known && n->n_retired >= ANSWERS_RETIRED_TIMES * a->rules.most) {
		n->is_full = true;
		answers_want_dump(a);
		return 0;
	}
	if (known) {
		addresses_enliven(n, known);
		ways_change(a, n, address, HOLD_RETIRED, HOLD_LIVE);
	} else if (append_address(a, n, address) < 0) {
		return -ENOMEM;
	}
	if (is_at_cap)
		retire_address(a, n, &n->addresses[leaving]);
	return 1;
}

/* For people, who are to know why an address is missing. */
static void note_refused(struct answers_name *n, const struct addr *address,
	enum answers_source source)
{
	struct answers_refused *r = source == ANSWERS_FROM_HOSTS
					    ? &n->refused_in_hosts
					    : &n->refused[question_of(address)];
	if (r->count++ == 0)
		r->first = *address;
}

int lives_learn_address(struct answers *a, struct answers_name *n, const struct addr *address,
	uint64_t ttl, enum answers_source source)
{
	if (!ways_are_fit(n, address)) {
		note_refused(n, address, source);
		return 0;
	}
	struct answers_address *one = addresses_find(n, address);
	if (!one || one->life.is_retired) {
		const int r = enliven_address(a, n, address);
		if (r < 0)
			return r;
		one = addresses_find(n, address);
	}
	/* one that there is no room for was fit all the same */
	if (one && !one->life.is_retired) {
		touch(a, n, one);
		lives_see(a, &one->life, ttl, source);
		if (!one->in_hosts && source != ANSWERS_FROM_HOSTS)
			one->life.sources &= ~(unsigned)ANSWERS_FROM_HOSTS;
	}
	return 1;
}

/* The end of lives. */

/* Another one stays in each set that one leaves if it is of the same family, in the last good
 * answer, and taken by each peer that takes this one.  The widest scope of such addresses. */
static void find_successors(const struct answers_name *n, enum scope ret[ANSWERS_QUESTIONS])
{
	for (size_t i = 0; i < n->n_addresses; i++) {
		const struct answers_address *one = &n->addresses[i];
		const enum answers_question q = question_of(&one->address);
		const enum scope scope = scope_of(&one->address);
		if (!one->life.is_retired && one->life.seen >= n->asked[q].good && scope > ret[q])
			ret[q] = scope;
	}
}

/* One that was left out by the last good answer is not its own successor. */
void lives_expire(struct answers *a, struct answers_name *n)
{
	enum scope successors[ANSWERS_QUESTIONS] = {SCOPE_NEVER, SCOPE_NEVER, SCOPE_NEVER};
	find_successors(n, successors);
	for (size_t i = 0; i < n->n_addresses; i++) {
		struct answers_address *one = &n->addresses[i];
		const enum answers_question q = question_of(&one->address);
		if (!one->in_hosts && lives_is_left_out(&n->asked[q], &one->life) &&
			one->life.until <= a->now && successors[q] >= scope_of(&one->address))
			retire_address(a, n, one);
	}
	targets_expire(a, n);
}

int64_t lives_end(const struct answers *a, const struct answers_name *n)
{
	int64_t end = ANSWERS_NOT;
	for (size_t i = 0; i < n->n_addresses; i++) {
		const struct answers_address *one = &n->addresses[i];
		const struct answers_asked *q = &n->asked[question_of(&one->address)];
		if (!one->in_hosts && lives_is_left_out(q, &one->life) &&
			one->life.until > a->now && one->life.until < end)
			end = one->life.until;
	}
	for (size_t i = 0; i < n->n_targets; i++) {
		const struct answers_life *l = &n->targets[i].life;
		if (lives_is_left_out(&n->asked[ANSWERS_SRV], l) && l->until > a->now &&
			l->until < end)
			end = l->until;
	}
	return end;
}

static int compare(const void *a, const void *b)
{
	return addr_compare(a, b);
}

bool usage_may_go(const struct usage *u, const struct answers_life *l, const struct addr *a)
{
	return l->is_retired && l->retired + ANSWERS_GRACE <= u->began &&
	       (u->count == 0 || !bsearch(a, u->in_use, u->count, sizeof(*a), compare));
}

void lives_forget(struct answers *a, struct answers_name *n, const struct addr *in_use,
	size_t count, int64_t began)
{
	const struct usage u = {in_use, count, began};
	for (size_t i = n->n_addresses; i-- > 0;) {
		struct answers_address *one = &n->addresses[i];
		if (!usage_may_go(&u, &one->life, &one->address))
			continue;
		ways_change(a, n, &one->address, HOLD_RETIRED, HOLD_NONE);
		addresses_remove(n, i);
		answers_remade(a);
	}
	targets_forget(a, n, &u);
}

/* Questions. */

bool lives_has(const struct answers_name *n, enum answers_question q)
{
	for (size_t i = 0; i < n->n_addresses; i++)
		if (question_of(&n->addresses[i].address) == q && !n->addresses[i].life.is_retired)
			return true;
	for (size_t i = 0; i < n->n_targets; i++)
		if (q == ANSWERS_SRV && !n->targets[i].life.is_retired)
			return true;
	return false;
}

bool lives_any_retired(const struct answers_name *n)
{
	for (size_t i = 0; i < n->n_addresses; i++)
		if (n->addresses[i].life.is_retired)
			return true;
	for (size_t i = 0; i < n->n_targets; i++)
		if (n->targets[i].life.is_retired)
			return true;
	return false;
}

/* A tenth of the room is free again. */
void lives_update_full(struct answers *a, struct answers_name *n)
{
	const size_t most = a->rules.most, enough = most - most / 10;
	if (n->n_live[ANSWERS_IP4] < enough && n->n_live[ANSWERS_IP6] < enough &&
		n->n_retired < ANSWERS_RETIRED_TIMES * most && n->n_targets < ANSWERS_TARGETS_MOST)
		n->is_full = false;
}
