/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in the sets of the peers.
 *
 * An address is an element of a peer's live set as long as one way leads to it that is live: a
 * name of this peer has it, or two have, or a service through its target.  If all ways are retired
 * it is in the retired set; without any way it is in none.  So ways are counted, and an element is
 * looked at again when a count changes; the action is the difference to the last one.
 *
 * The kernel looks up the live set first and the retired one after it.  A packet may look up one
 * of them before a commit and the other after it.  An address that goes from live to retired is
 * found either way.  One that goes from retired to live might be missed: so it stays in the
 * retired set for another second.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "names/answers_parts.h"

enum { BUCKETS_FIRST = 64 };

void sets_init(struct sets *s)
{
	*s = (struct sets){0};
}

void sets_done(struct sets *s)
{
	for (size_t i = 0; i < s->n_buckets; i++)
		while (s->buckets[i]) {
			struct element *e = s->buckets[i];
			s->buckets[i] = e->next;
			free(e);
		}
	free(s->buckets);
	sets_init(s);
}

/* Finding. */

static size_t bucket_of(const struct sets *s, uint32_t peer, const struct addr *a)
{
	const uint64_t h = hash_bytes(hash_number(HASH_START, peer), a->bytes, addr_length(a));
	return (size_t)(h ^ h >> 32) & (s->n_buckets - 1);
}

static struct element **slot_of(const struct sets *s, uint32_t peer, const struct addr *a)
{
	struct element **slot = &s->buckets[bucket_of(s, peer, a)];
	while (*slot && ((*slot)->peer != peer || addr_compare(&(*slot)->address, a) != 0))
		slot = &(*slot)->next;
	return slot;
}

/* False: there is no memory for more buckets. */
static bool grow(struct sets *s)
{
	const struct sets old = *s;
	s->n_buckets = old.n_buckets ? 2 * old.n_buckets : BUCKETS_FIRST;
	s->buckets = calloc(s->n_buckets, sizeof(struct element *));
	if (!s->buckets) {
		*s = old;
		return false;
	}
	for (size_t i = 0; i < old.n_buckets; i++)
		for (struct element *e = old.buckets[i], *next; e; e = next) {
			struct element **to = &s->buckets[bucket_of(s, e->peer, &e->address)];
			next = e->next;
			e->next = *to;
			*to = e;
		}
	free(old.buckets);
	return true;
}

int sets_reserve(struct sets *s, uint32_t peer, const struct addr *address)
{
	/* a full table is only slower */
	if (s->count >= s->n_buckets && !grow(s) && s->n_buckets == 0)
		return -ENOMEM;
	struct element **slot = slot_of(s, peer, address);
	if (*slot)
		return 0;
	struct element *e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	*e = (struct element){.peer = peer, .address = *address, .revived = ANSWERS_NOT};
	*slot = e;
	s->count++;
	return 0;
}

static bool is_of_use(const struct element *e)
{
	return e->n_live || e->n_retired || e->in_live || e->in_retired || e->is_dirty;
}

void sets_prune(struct sets *s, uint32_t peer, const struct addr *address)
{
	struct element **slot = s->n_buckets ? slot_of(s, peer, address) : NULL;
	if (!slot || !*slot || is_of_use(*slot))
		return;
	struct element *e = *slot;
	*slot = e->next;
	free(e);
	s->count--;
}

/* Changing. */

static enum hold held(const struct element *e)
{
	if (e->n_live)
		return HOLD_LIVE;
	return e->n_retired ? HOLD_RETIRED : HOLD_NONE;
}

static void look_at(struct sets *s, struct element *e)
{
	if (!e->is_dirty) {
		e->is_dirty = true;
		e->next_dirty = s->dirty;
		s->dirty = e;
	}
	s->adding = s->dirty;
}

static void count(struct element *e, enum hold hold, bool more)
{
	switch (hold) {
	case HOLD_NONE:
		return;
	case HOLD_RETIRED:
		assert(more || e->n_retired);
		e->n_retired += more ? 1 : -1u;
		return;
	case HOLD_LIVE:
		assert(more || e->n_live);
		e->n_live += more ? 1 : -1u;
		return;
	}
	abort();
}

void sets_change(struct sets *s, uint32_t peer, const struct addr *address, enum hold from,
	enum hold to)
{
	if (from == to)
		return;
	struct element *e = *slot_of(s, peer, address);
	assert(e);
	count(e, from, false);
	count(e, to, true);
	look_at(s, e);
}

/* Telling. */

static void set_revived(struct sets *s, struct element *e, int64_t when)
{
	s->n_revived -= e->revived != ANSWERS_NOT;
	s->n_revived += when != ANSWERS_NOT;
	e->revived = when;
}

static bool addition(struct sets *s, struct element *e, int64_t now, bool *ret_is_retired)
{
	const enum hold hold = held(e);
	if (hold == HOLD_LIVE && !e->in_live) {
		e->in_live = true;
		set_revived(s, e, e->in_retired ? now : ANSWERS_NOT);
		*ret_is_retired = false;
		return true;
	}
	if (hold == HOLD_RETIRED && !e->in_retired) {
		e->in_retired = true;
		*ret_is_retired = true;
		return true;
	}
	return false;
}

static bool removal(struct sets *s, struct element *e, bool *ret_is_retired)
{
	const enum hold hold = held(e);
	if (hold != HOLD_LIVE && e->in_live) {
		e->in_live = false;
		set_revived(s, e, ANSWERS_NOT);
		*ret_is_retired = false;
		return true;
	}
	if (hold != HOLD_RETIRED && e->in_retired && e->revived == ANSWERS_NOT) {
		e->in_retired = false;
		*ret_is_retired = true;
		return true;
	}
	return false;
}

bool sets_next(struct sets *s, int64_t now, struct answers_action *ret)
{
	bool is_retired;
	for (; s->adding; s->adding = s->adding->next_dirty)
		if (addition(s, s->adding, now, &is_retired)) {
			*ret = (struct answers_action){.kind = ANSWERS_ADD,
				.peer = s->adding->peer,
				.address = s->adding->address,
				.is_retired = is_retired};
			return true;
		}
	while (s->dirty) {
		struct element *e = s->dirty;
		if (removal(s, e, &is_retired)) {
			*ret = (struct answers_action){.kind = ANSWERS_REMOVE,
				.peer = e->peer,
				.address = e->address,
				.is_retired = is_retired};
			return true;
		}
		s->dirty = e->next_dirty;
		e->is_dirty = false;
		sets_prune(s, e->peer, &e->address);
	}
	return false;
}

void sets_leave_retired(struct sets *s, int64_t now)
{
	for (size_t i = 0; i < s->n_buckets && s->n_revived; i++)
		for (struct element *e = s->buckets[i]; e; e = e->next)
			if (e->revived != ANSWERS_NOT && e->revived + ANSWERS_GRACE <= now) {
				set_revived(s, e, ANSWERS_NOT);
				look_at(s, e);
			}
}

void sets_told(struct sets *s)
{
	s->dirty = s->adding = NULL;
	s->n_revived = 0;
	for (size_t i = 0; i < s->n_buckets; i++)
		for (struct element *e = s->buckets[i]; e; e = e->next) {
			e->in_live = held(e) == HOLD_LIVE;
			e->in_retired = held(e) == HOLD_RETIRED;
			e->revived = ANSWERS_NOT;
			e->is_dirty = false;
		}
}

/* Questions. */

bool answers_member(const struct answers *a, struct answers_walk *walk, struct answers_member *ret)
{
	const struct sets *s = &a->sets;
	for (; walk->bucket < s->n_buckets; walk->bucket++, walk->depth = 0) {
		const struct element *e = s->buckets[walk->bucket];
		for (size_t i = 0; e && i < walk->depth; i++)
			e = e->next;
		while (e && held(e) == HOLD_NONE) {
			e = e->next;
			walk->depth++;
		}
		if (!e)
			continue;
		walk->depth++;
		*ret = (struct answers_member){.peer = e->peer,
			.address = e->address,
			.is_retired = held(e) == HOLD_RETIRED,
			.shared = e->n_live + e->n_retired};
		return true;
	}
	return false;
}

bool answers_is_live(const struct answers *a, uint32_t peer, const struct addr *address)
{
	const struct element *e = a->sets.n_buckets ? *slot_of(&a->sets, peer, address) : NULL;
	return e && e->in_live;
}
