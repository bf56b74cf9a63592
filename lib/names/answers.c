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
 * The lives are in answers_lives.c, the questions in answers_asking.c, what is saved in
 * answers_saved.c.
 */
#include "names/answers.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "names/answers_parts.h"

#define HOUR (3600 * ANSWERS_SECOND)

enum {
	DUMP_PAUSE = 60, /* seconds between two dumps of the tracker */
	LATE = 60, /* seconds that a life may last longer, so that nobody wakes for it alone */
};

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
	free(a);
}

static void make_key(char key[1 + NAME_SIZE], const char *name, enum name_kind kind)
{
	const size_t length = strnlen(name, NAME_SIZE - 1);
	key[0] = kind == NAME_OF_SERVICE ? 's' : 'h';
	memcpy(key + 1, name, length);
	key[1 + length] = '\0';
}

static struct answers_name *find(const struct answers *a, const char *name, enum name_kind kind)
{
	char key[1 + NAME_SIZE];
	make_key(key, name, kind);
	return index_get(&a->index, key);
}

struct answers_name *answers_add(struct answers *a, const char *name, enum name_kind kind)
{
	struct answers_name *n = find(a, name, kind);
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

static void begin_following(struct answers *a, struct answers_name *n)
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
		begin_following(a, n);
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
	int r = 0;
	sets_init(&a->sets);
	for (size_t i = 0; i < a->n_names && r == 0; i++)
		r = lives_hold(a, a->names[i]);
	if (r < 0) {
		sets_done(&a->sets);
		a->sets = old;
		return r;
	}
	sets_done(&old);
	sets_told(&a->sets);
	return 0;
}

int answers_configure(struct answers *a, const struct answers_follow *follows, size_t count,
	const struct answers_rules *rules, struct moment m)
{
	int r = 0;
	a->now = (int64_t)m.now;
	for (size_t i = 0; i < count && r == 0; i++)
		r = plan_feed(a, &follows[i]);
	if (r < 0) {
		drop_plans(a);
		return r;
	}
	swap_feeds(a);
	r = make_sets(a);
	if (r < 0)
		swap_feeds(a);
	drop_plans(a);
	if (r < 0)
		return r;
	a->rules = *rules;
	for (size_t i = 0; i < a->n_names; i++)
		answers_update_name(a, a->names[i]);
	return 0;
}

/* Events. */

static enum name_kind kind_of(enum answers_question q)
{
	return q == ANSWERS_SRV ? NAME_OF_SERVICE : NAME_OF_HOST;
}

static struct answers_name *followed(struct answers *a, const char *name, enum name_kind kind,
	struct moment m)
{
	struct answers_name *n = find(a, name, kind);
	a->now = (int64_t)m.now;
	return n && answers_is_followed(n) ? n : NULL;
}

/* 1: it is one that the name may have.  0: it is not.  Or -ENOMEM. */
static int learn_item(struct answers *a, struct answers_name *n, const struct answers_lesson *l,
	const struct answers_item *item)
{
	switch (l->question) {
	case ANSWERS_A:
		if (item->address.family != AF_INET)
			return 0;
		return lives_learn_address(a, n, &item->address, item->ttl, l->source);
	case ANSWERS_AAAA:
		if (item->address.family != AF_INET6)
			return 0;
		return lives_learn_address(a, n, &item->address, item->ttl, l->source);
	case ANSWERS_SRV:
		return lives_learn_target(a, n, item, l->source);
	case ANSWERS_QUESTIONS:
		break;
	}
	abort();
}

int answers_learned(struct answers *a, const struct answers_lesson *l, struct moment m)
{
	struct answers_name *n = followed(a, l->name, kind_of(l->question), m);
	uint32_t ttl = UINT32_MAX;
	bool is_good = false;
	int failed = 0;
	if (!n)
		return 0;
	for (size_t i = 0; i < l->count; i++) {
		const int r = learn_item(a, n, l, &l->items[i]);
		failed = r < 0 ? r : failed;
		is_good |= r != 0;
		ttl = r > 0 && l->items[i].ttl < ttl ? l->items[i].ttl : ttl;
	}
	/* without memory it is not known what was left out */
	if (failed == 0 && is_good)
		asking_good(a, n, l->question, ttl, m.random);
	else if (failed == 0)
		asking_failed(a, n, l->question, l->count ? ANSWERS_UNFIT : ANSWERS_EMPTY,
			l->source, m.random);
	lives_expire(a, n);
	answers_update_name(a, n);
	return failed;
}

void answers_failed(struct answers *a, const char *name, enum answers_question q,
	enum answers_error error, enum answers_source source, struct moment m)
{
	struct answers_name *n = followed(a, name, kind_of(q), m);
	if (!n || error == ANSWERS_FINE)
		return;
	asking_failed(a, n, q, error, source, m.random);
	answers_update_name(a, n);
}

/* What the hosts file names no longer lives for the time of grace. */
static void leave_hosts(struct answers *a, struct answers_name *n)
{
	for (size_t i = 0; i < n->n_addresses; i++) {
		struct answers_address *one = &n->addresses[i];
		const int64_t until = a->now + (int64_t)a->rules.grace;
		if (one->in_hosts && one->life.until < until)
			one->life.until = until;
		one->in_hosts = false;
		one->life.sources &= ~(unsigned)ANSWERS_FROM_HOSTS;
	}
}

static void enter_hosts(struct answers_name *n, const struct addr *address)
{
	for (size_t i = 0; i < n->n_addresses; i++) {
		struct answers_address *one = &n->addresses[i];
		if (addr_compare(&one->address, address) == 0 && !one->life.is_retired)
			one->in_hosts = true;
	}
}

int answers_hosts(struct answers *a, const char *name, const struct addr *addresses, size_t count,
	struct moment m)
{
	struct answers_name *n = followed(a, name, NAME_OF_HOST, m);
	int failed = 0;
	if (!n)
		return 0;
	const bool was_in = asking_in_hosts(n);
	leave_hosts(a, n);
	for (size_t i = 0; i < count; i++) {
		const int r = lives_learn_address(a, n, &addresses[i], 0, ANSWERS_FROM_HOSTS);
		failed = r < 0 ? r : failed;
		if (r > 0)
			enter_hosts(n, &addresses[i]);
	}
	for (enum answers_question q = 0; q < ANSWERS_QUESTIONS && asking_in_hosts(n); q++) {
		n->asked[q].error = ANSWERS_FINE;
		n->asked[q].was_answered = n->asked[q].was_good = true;
		n->asked[q].good = a->now;
	}
	if (was_in && !asking_in_hosts(n))
		begin_following(a, n); /* from now on the DNS is asked */
	lives_expire(a, n);
	answers_update_name(a, n);
	return failed;
}

/* Two names may lead to each other: what changes one of them updates the other. */
static bool pass_time(struct answers *a, uint32_t random)
{
	bool asks = false;
	for (size_t i = 0; i < a->n_names; i++) {
		struct answers_name *n = a->names[i];
		/* they come at different times afterwards */
		const uint32_t own = random + (uint32_t)i * 0x9e3779b9u;
		lives_expire(a, n);
		asks |= asking_time(a, n, own);
		answers_update_name(a, n);
	}
	return asks;
}

static void want_dump(struct answers *a)
{
	if (a->dumped != ANSWERS_NOT && a->now - a->dumped < DUMP_PAUSE * ANSWERS_SECOND)
		return;
	for (size_t i = 0; i < a->n_names && !a->wants_dump; i++)
		a->wants_dump = a->names[i]->n_feeds + a->names[i]->n_services > 0 &&
				lives_any_retired(a->names[i]);
}

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
static void sweep(struct answers *a)
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
}

void answers_time(struct answers *a, struct moment m)
{
	a->now = (int64_t)m.now;
	if (pass_time(a, m.random))
		want_dump(a);
	sets_leave_retired(&a->sets, a->now);
	sweep(a);
}

void answers_refresh(struct answers *a, const char *name, struct moment m)
{
	a->now = (int64_t)m.now;
	for (size_t i = 0; i < a->n_names; i++) {
		struct answers_name *n = a->names[i];
		if (name && strcmp(answers_text(n), name) != 0)
			continue;
		asking_now(a, n);
		answers_update_name(a, n);
	}
	want_dump(a);
}

void answers_dumped(struct answers *a, const struct addr *in_use, size_t count, uint64_t began,
	struct moment m)
{
	a->now = (int64_t)m.now;
	for (size_t i = 0; i < a->n_names; i++) {
		lives_forget(a, a->names[i], in_use, count, (int64_t)began);
		answers_update_name(a, a->names[i]);
	}
	sets_leave_retired(&a->sets, a->now);
}

/* Actions. */

static bool say(struct answers_name *n, struct answers_action *ret)
{
	ret->kind = ANSWERS_SAY;
	if (n->is_failing != n->is_told_failing) {
		n->is_told_failing = n->is_failing;
		ret->word = n->is_failing ? ANSWERS_FAILS : ANSWERS_WORKS;
		ret->error = n->is_failing ? n->failure : ANSWERS_FINE;
		return true;
	}
	if (n->is_full != n->is_told_full) {
		n->is_told_full = n->is_full;
		ret->word = n->is_full ? ANSWERS_IS_FULL : ANSWERS_HAS_ROOM;
		return true;
	}
	return false;
}

static bool next_word(struct answers *a, struct answers_action *ret)
{
	for (size_t i = 0; i < a->n_names && a->has_words; i++) {
		struct answers_name *n = a->names[i];
		*ret = (struct answers_action){.name = answers_text(n), .name_kind = n->kind};
		if (say(n, ret))
			return true;
		if (n->to_ask) {
			ret->kind = ANSWERS_ASK;
			ret->questions = n->to_ask;
			n->to_ask = 0;
			return true;
		}
	}
	a->has_words = false;
	return false;
}

bool answers_next(struct answers *a, struct answers_action *ret)
{
	if (sets_next(&a->sets, a->now, ret) || next_word(a, ret))
		return true;
	if (!a->wants_dump)
		return false;
	a->wants_dump = false;
	a->dumped = a->now;
	*ret = (struct answers_action){.kind = ANSWERS_DUMP};
	return true;
}

uint64_t answers_wake(const struct answers *a)
{
	int64_t wake = ANSWERS_NOT;
	for (size_t i = 0; i < a->n_names; i++)
		if (a->names[i]->wake < wake)
			wake = a->names[i]->wake;
	if (wake == ANSWERS_NOT)
		return ANSWERS_NEVER;
	return wake > 0 ? (uint64_t)wake : 0;
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
	return find(a, name, kind);
}

uint64_t answers_version(const struct answers *a)
{
	return a->version;
}
