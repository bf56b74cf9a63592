/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The union of all answers, make before break.
 *
 * Servers answer each question with a few of their many addresses, and the next one with others.
 * Applications keep an address for longer than its TTL.  So what was learned once stays for its TTL
 * and an hour, and an answer only ever adds: it takes nothing away, and no failure does.  What has
 * had its time is retired: it moves to a set that lets live connections go on and no new one begin,
 * and leaves that one when the tracker has no connection with it.
 *
 * A name belongs to peers.  A service belongs to peers, too, and its targets are names that are
 * followed for it.  Two peers may have one name, two names one address, and a name may be a target
 * as well: a set has an element while any of them holds it (answers_sets.c).
 *
 * What comes in is checked here and nowhere before: it may come from a process that an attacker has
 * taken over.  Such a process can add addresses to a name that is followed, within its number and
 * kinds, and nothing else: it can remove nothing that is known.
 *
 * This file has the names and who follows them.  Events are in answers_events.c, actions in
 * answers_actions.c, the lives of addresses in answers_lives.c, the targets of services in
 * answers_targets.c, the questions in answers_asking.c, the saved form in answers_saved.c.
 */
#include "names/answers.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "names/answers_parts.h"

#define HOUR (3600 * ANSWERS_SECOND)

enum { LATE = 60 }; /* seconds that a life may last longer, so that nobody wakes for it alone */

struct answers_rules answers_default_rules(void)
{
	return (struct answers_rules){.ttl_floor = 60 * ANSWERS_SECOND,
		.ttl_ceiling = 24 * HOUR,
		.grace = HOUR,
		.most = 1000};
}

/* Names. */

struct answers *answers_new(void)
{
	struct answers *a = calloc(1, sizeof(*a));
	if (!a)
		return NULL;
	a->arena = arena_new();
	if (!a->arena) {
		free(a);
		return NULL;
	}
	a->rules = answers_default_rules();
	a->dumped = ANSWERS_NOT;
	sets_init(&a->sets);
	return a;
}

static void free_name(struct answers_name *n)
{
	free(n->feeds);
	free(n->next_feeds);
	free(n->services);
	free(n->addresses);
	free(n->slots);
	free(n->targets);
	free(n);
}

void answers_free(struct answers *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n_names; i++)
		free_name(a->names[i]);
	free(a->names);
	arena_free(a->arena);
	sets_done(&a->sets);
	addresses_forget_leaving(a);
	free(a);
}

static void make_key(char key[1 + NAME_SIZE], const char *name, enum name_kind kind)
{
	const size_t length = strnlen(name, NAME_SIZE - 1);
	key[0] = kind == NAME_OF_SERVICE ? 's' : 'h';
	memcpy(key + 1, name, length);
	key[1 + length] = '\0';
}

struct answers_name *answers_known(const struct answers *a, const char *name, enum name_kind kind)
{
	char key[1 + NAME_SIZE];
	make_key(key, name, kind);
	return index_get(&a->index, key);
}

struct answers_name *answers_add(struct answers *a, const char *name, enum name_kind kind)
{
	struct answers_name *n = answers_known(a, name, kind);
	if (n)
		return n;
	n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	n->kind = kind;
	n->idle_since = a->now;
	n->wake = ANSWERS_NOT;
	make_key(n->key, name, kind);
	if (array_reserve(&a->names, &a->allocated, a->n_names + 1) < 0 ||
		index_put(&a->index, a->arena, n->key, n) < 0) {
		free_name(n);
		return NULL;
	}
	a->names[a->n_names++] = n;
	return n;
}

void answers_begin(struct answers *a, struct answers_name *n)
{
	n->idle_since = ANSWERS_NOT;
	n->tries = 0;
	for (enum answers_question q = 0; q < ANSWERS_QUESTIONS; q++) {
		n->asked[q].due = a->now;
		n->asked[q].error = ANSWERS_FINE;
		n->asked[q].was_answered = false;
	}
}

static void end_following(struct answers *a, struct answers_name *n)
{
	n->idle_since = a->now;
	n->is_failing = n->is_told_failing = n->is_full = n->is_told_full = false;
	n->to_ask = 0;
	n->wake = ANSWERS_NOT;
}

void answers_update_name(struct answers *a, struct answers_name *n)
{
	const bool is_followed = answers_is_followed(n),
		   was_followed = n->idle_since == ANSWERS_NOT;
	if (is_followed && !was_followed)
		answers_begin(a, n);
	if (!is_followed && was_followed)
		end_following(a, n);
	if (!is_followed)
		return;
	lives_update_full(a, n);
	asking_update_name(a, n);
	const int64_t due = asking_due(n), end = lives_end(a, n);
	const int64_t late = end == ANSWERS_NOT ? end : end + LATE * ANSWERS_SECOND;
	n->wake = due < late ? due : late;
}

/* Configuring. */

static int plan_feed(struct answers *a, const struct answers_follow *f)
{
	struct answers_name *n = answers_add(a, f->name, f->kind);
	const bool takes_private = f->takes_private || f->kind == NAME_OF_SERVICE;
	if (!n)
		return -ENOMEM;
	for (size_t i = 0; i < n->n_next_feeds; i++)
		if (n->next_feeds[i].peer == f->peer) {
			n->next_feeds[i].takes_private |= takes_private;
			return 0;
		}
	if (array_reserve(&n->next_feeds, &n->next_allocated, n->n_next_feeds + 1) < 0)
		return -ENOMEM;
	n->next_feeds[n->n_next_feeds++] = (struct answers_feed){f->peer, takes_private};
	return 0;
}

static void swap_feeds(struct answers *a)
{
	for (size_t i = 0; i < a->n_names; i++) {
		struct answers_name *n = a->names[i];
		struct answers_feed *const feeds = n->feeds;
		const size_t count = n->n_feeds;
		n->feeds = n->next_feeds;
		n->n_feeds = n->n_next_feeds;
		n->next_feeds = feeds;
		n->n_next_feeds = count;
	}
}

static void drop_plans(struct answers *a)
{
	for (size_t i = 0; i < a->n_names; i++) {
		struct answers_name *n = a->names[i];
		free(n->next_feeds);
		n->next_feeds = NULL;
		n->n_next_feeds = n->next_allocated = 0;
	}
}

/* The sets as they are by the feeds that are in force now. */
static int make_sets(struct answers *a)
{
	struct sets old = a->sets;
	sets_init(&a->sets);
	for (size_t i = 0; i < a->n_names; i++) {
		const int r = ways_hold_all(a, a->names[i]);
		if (r < 0) {
			sets_done(&a->sets);
			a->sets = old;
			return r;
		}
	}
	sets_done(&old);
	sets_told(&a->sets);
	return 0;
}

/* What was refused and would be taken now is asked for; the hosts file is told again anyway. */
static void take_refused(struct answers *a, struct answers_name *n)
{
	bool is_taken = false;
	if (!answers_is_followed(n))
		return;
	for (enum answers_question q = 0; q < ANSWERS_QUESTIONS; q++)
		is_taken |= n->refused[q].count && ways_are_fit(n, &n->refused[q].first);
	if (is_taken) {
		memset(n->refused, 0, sizeof(n->refused));
		answers_begin(a, n);
	}
	if (n->refused_in_hosts.count && ways_are_fit(n, &n->refused_in_hosts.first))
		n->refused_in_hosts = (struct answers_refused){0};
}

int answers_configure(struct answers *a, const struct answers_follow *follows, size_t count,
	const struct answers_rules *rules, struct moment m)
{
	a->now = (int64_t)m.now;
	for (size_t i = 0; i < count; i++) {
		const int r = plan_feed(a, &follows[i]);
		if (r < 0) {
			drop_plans(a);
			return r;
		}
	}
	swap_feeds(a);
	const int r = make_sets(a);
	if (r < 0)
		swap_feeds(a);
	drop_plans(a);
	if (r < 0)
		return r;
	a->rules = *rules;
	for (size_t i = 0; i < a->n_names; i++) {
		take_refused(a, a->names[i]);
		answers_update_name(a, a->names[i]);
	}
	return 0;
}

/* Forgetting. */

static bool is_over(const struct answers *a, const struct answers_name *n)
{
	return n->idle_since != ANSWERS_NOT && n->n_services == 0 &&
	       a->now - n->idle_since >= (int64_t)a->rules.grace;
}

static void unlink_targets(struct answers_name *n)
{
	for (size_t i = 0; i < n->n_targets; i++) {
		struct answers_name *target = n->targets[i].name;
		size_t at = 0;
		while (target->services[at] != n)
			at++;
		target->services[at] = target->services[--target->n_services];
	}
}

static int index_rest(const struct answers *a, struct arena *arena, struct index *ret)
{
	for (size_t i = 0; i < a->n_names; i++) {
		struct answers_name *n = a->names[i];
		if (!is_over(a, n) && index_put(ret, arena, n->key, n) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Names that nobody has followed for as long as an address of theirs may be wanted back.  Without
 * memory they stay. */
void answers_sweep(struct answers *a)
{
	struct index index = {0};
	size_t kept = 0, n_over = 0;
	for (size_t i = 0; i < a->n_names; i++)
		n_over += is_over(a, a->names[i]);
	struct arena *arena = n_over ? arena_new() : NULL;
	if (!arena)
		return;
	if (index_rest(a, arena, &index) < 0) {
		arena_free(arena);
		return;
	}
	for (size_t i = 0; i < a->n_names; i++) {
		struct answers_name *n = a->names[i];
		if (index_get(&index, n->key)) {
			a->names[kept++] = n;
			continue;
		}
		unlink_targets(n);
		free_name(n);
	}
	a->n_names = kept;
	arena_free(a->arena);
	a->arena = arena;
	a->index = index;
	a->version++;
	answers_remade(a);
}

void answers_remade(struct answers *a)
{
	a->remade = a->version + 1; /* greater than what was saved of */
}

/* Questions. */

size_t answers_count(const struct answers *a)
{
	return a->n_names;
}

const struct answers_name *answers_get(const struct answers *a, size_t i)
{
	assert(i < a->n_names);
	return a->names[i];
}

const struct answers_name *answers_find(const struct answers *a, const char *name,
	enum name_kind kind)
{
	return answers_known(a, name, kind);
}

uint64_t answers_targets_version(const struct answers *a)
{
	return a->targets_version;
}

uint64_t answers_version(const struct answers *a)
{
	return a->version;
}
