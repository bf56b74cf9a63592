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

void lives_see(const struct answers *a, struct answers_life *l, uint64_t ttl,
	enum answers_source source)
{
	const int64_t until = a->now + lives_ttl(a, ttl) + (int64_t)a->rules.grace;
	if (l->sources == 0) {
		l->learned = a->now;
		l->until = until;
	}
	if (l->until < until)
		l->until = until;
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

static enum answers_question question_of(const struct addr *a)
{
	return a->family == AF_INET ? ANSWERS_A : ANSWERS_AAAA;
}

static struct answers_address *address_of(const struct answers_name *n, const struct addr *a)
{
	for (size_t i = 0; i < n->n_addresses; i++)
		if (addr_compare(&n->addresses[i].address, a) == 0)
			return &n->addresses[i];
	return NULL;
}

static size_t count_addresses(const struct answers_name *n, sa_family_t family, bool retired)
{
	size_t count = 0;
	for (size_t i = 0; i < n->n_addresses; i++)
		count += n->addresses[i].life.is_retired == retired &&
			 (family == AF_UNSPEC || n->addresses[i].address.family == family);
	return count;
}

/* Whether one goes before the other when room has to be made. */
static bool goes_first(const struct answers *a, const struct answers_life *one,
	const struct answers_life *other)
{
	const bool is_over = one->until <= a->now, other_is_over = other->until <= a->now;
	return is_over != other_is_over ? is_over : one->seen < other->seen;
}

/* The one unseen longest that a new address of its family may take the place of, or one whose life
 * is over; or n_addresses. */
static size_t unseen_longest(const struct answers *a, const struct answers_name *n,
	sa_family_t family)
{
	size_t found = n->n_addresses;
	for (size_t i = 0; i < n->n_addresses; i++) {
		const struct answers_address *one = &n->addresses[i];
		if (one->address.family != family || one->life.is_retired || one->in_hosts ||
			one->life.seen >= a->now)
			continue;
		if (found == n->n_addresses || goes_first(a, &one->life, &n->addresses[found].life))
			found = i;
	}
	return found;
}

static void retire_address(struct answers *a, struct answers_name *n, struct answers_address *one)
{
	lives_retire(a, &one->life);
	ways_change(a, n, &one->address, HOLD_LIVE, HOLD_RETIRED);
}

static int append_address(struct answers *a, struct answers_name *n, const struct addr *address)
{
	if (array_reserve(&n->addresses, &n->addresses_allocated, n->n_addresses + 1) < 0 ||
		ways_reserve(a, n, address) < 0)
		return -ENOMEM;
	n->addresses[n->n_addresses++] = (struct answers_address){.address = *address};
	ways_change(a, n, address, HOLD_NONE, HOLD_LIVE);
	return 0;
}

/* One more that is live, new or again.  1, 0: there is no room, or -ENOMEM. */
static int enliven_address(struct answers *a, struct answers_name *n, const struct addr *address)
{
	const bool is_at_cap = count_addresses(n, address->family, false) >= a->rules.most;
	const size_t place = is_at_cap ? unseen_longest(a, n, address->family) : 0;
	struct answers_address *known = address_of(n, address);
	n->is_full |= is_at_cap;
	if (is_at_cap && place == n->n_addresses)
		return 0;
	if (!known &&
		count_addresses(n, AF_UNSPEC, true) >= ANSWERS_RETIRED_TIMES * a->rules.most) {
		n->is_full = a->wants_dump = true;
		return 0;
	}
	if (known) {
		known->life.is_retired = false;
		ways_change(a, n, address, HOLD_RETIRED, HOLD_LIVE);
	} else if (append_address(a, n, address) < 0) {
		return -ENOMEM;
	}
	if (is_at_cap)
		retire_address(a, n, &n->addresses[place]);
	return 1;
}

int lives_learn_address(struct answers *a, struct answers_name *n, const struct addr *address,
	uint64_t ttl, enum answers_source source)
{
	if (!ways_are_fit(n, address))
		return 0;
	struct answers_address *one = address_of(n, address);
	if (!one || one->life.is_retired) {
		const int r = enliven_address(a, n, address);
		if (r < 0)
			return r;
		one = address_of(n, address);
	}
	/* one that there is no room for was fit all the same */
	if (one && !one->life.is_retired)
		lives_see(a, &one->life, ttl, source);
	return 1;
}

/* The end of lives. */

/* Another one stays in each set that this one leaves: of the same family, in the last good answer,
 * and taken by each peer that takes this one. */
static bool has_successor(const struct answers_name *n, const struct answers_address *one)
{
	const int64_t good = n->asked[question_of(&one->address)].good;
	for (size_t i = 0; i < n->n_addresses; i++) {
		const struct answers_address *other = &n->addresses[i];
		if (other != one && other->address.family == one->address.family &&
			!other->life.is_retired && other->life.seen >= good &&
			scope_of(&other->address) >= scope_of(&one->address))
			return true;
	}
	return false;
}

void lives_expire(struct answers *a, struct answers_name *n)
{
	for (size_t i = 0; i < n->n_addresses; i++) {
		struct answers_address *one = &n->addresses[i];
		const struct answers_asked *q = &n->asked[question_of(&one->address)];
		if (!one->in_hosts && lives_is_left_out(q, &one->life) &&
			one->life.until <= a->now && has_successor(n, one))
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
		*one = n->addresses[--n->n_addresses];
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
	if (count_addresses(n, AF_INET, false) < enough &&
		count_addresses(n, AF_INET6, false) < enough &&
		count_addresses(n, AF_UNSPEC, true) < ANSWERS_RETIRED_TIMES * most &&
		n->n_targets < ANSWERS_TARGETS_MOST)
		n->is_full = false;
}
