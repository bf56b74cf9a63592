/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events: an answer or none, another hosts file, the passing of time, a dump of the tracker.
 * Each event has its time, and leaves the name up to date.
 *
 * Events of a name that nobody follows are ignored.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "names/answers_parts.h"

enum { DUMP_PAUSE = 60 }; /* seconds between two dumps of the tracker */

static enum name_kind kind_of(enum answers_question q)
{
	return q == ANSWERS_SRV ? NAME_OF_SERVICE : NAME_OF_HOST;
}

static struct answers_name *followed(struct answers *a, const char *name, enum name_kind kind,
	struct moment m)
{
	struct answers_name *n = answers_known(a, name, kind);
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
		return targets_learn(a, n, item, l->source);
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
	addresses_forget_leaving(a);
	n->refused[l->question] = (struct answers_refused){0};
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
	addresses_forget_leaving(a);
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

/* An address that has left the hosts file lives for the time of grace. */
static void leave_hosts(struct answers *a, struct answers_name *n)
{
	for (size_t i = 0; i < n->n_addresses; i++) {
		struct answers_address *one = &n->addresses[i];
		const int64_t until = a->now + (int64_t)a->rules.grace;
		if (one->in_hosts && one->life.until < until)
			one->life.until = until;
		one->in_hosts = false;
		/* what came from nowhere else came from there all the same */
		if (one->life.sources & ~(unsigned)ANSWERS_FROM_HOSTS)
			one->life.sources &= ~(unsigned)ANSWERS_FROM_HOSTS;
	}
}

static void enter_hosts(struct answers_name *n, const struct addr *address)
{
	struct answers_address *one = addresses_find(n, address);
	if (one && !one->life.is_retired)
		one->in_hosts = true;
}

int answers_hosts(struct answers *a, const char *name, const struct addr *addresses, size_t count,
	struct moment m)
{
	struct answers_name *n = followed(a, name, NAME_OF_HOST, m);
	int failed = 0;
	if (!n)
		return 0;
	addresses_forget_leaving(a);
	const bool was_in = asking_in_hosts(n);
	leave_hosts(a, n);
	n->refused_in_hosts = (struct answers_refused){0};
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
		answers_begin(a, n); /* from now on the DNS is asked */
	addresses_forget_leaving(a);
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

void answers_want_dump(struct answers *a)
{
	a->wants_dump |=
		a->dumped == ANSWERS_NOT || a->now - a->dumped >= DUMP_PAUSE * ANSWERS_SECOND;
}

static void want_dump(struct answers *a)
{
	for (size_t i = 0; i < a->n_names && !a->wants_dump; i++)
		if (a->names[i]->n_feeds + a->names[i]->n_services > 0 &&
			lives_any_retired(a->names[i]))
			answers_want_dump(a);
}

void answers_time(struct answers *a, struct moment m)
{
	a->now = (int64_t)m.now;
	if (pass_time(a, m.random))
		want_dump(a);
	sets_leave_retired(&a->sets, a->now);
	answers_sweep(a);
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
