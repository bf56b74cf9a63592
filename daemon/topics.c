/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host's name is two topics, its addresses of each family.  A service is one, its targets, which
 * may tell of both families; and its targets' names are topics like others.
 *
 * There are as many as a set has bits.  A peer whose names have more cannot be said not to have an
 * address.
 */
#include "topics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "compile/learned.h"

enum { IP4, IP6 };

static void free_follows(struct answers_follow **f)
{
	free(*f);
}

/* The topic's number, or -1: there is no room. */
static int number_of(struct topics *t, const char *name, enum name_kind kind,
	enum answers_question question)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct topic *x = &t->items[i];
		if (x->question == question && x->kind == kind && strcmp(x->name, name) == 0)
			return (int)i;
	}
	const size_t length = strlen(name);
	if (t->count == HOLD_TOPICS || length >= NAME_SIZE)
		return -1;
	struct topic *x = &t->items[t->count];
	*x = (struct topic){.kind = kind, .question = question};
	memcpy(x->name, name, length + 1);
	return (int)t->count++;
}

static void add(struct topic_set *to, int number)
{
	if (number >= 0)
		to->bits |= (uint64_t)1 << number;
	else
		to->has_more = true;
}

static void add_host(struct topics *t, uint32_t peer, const char *name)
{
	add(&t->peers[peer][IP4], number_of(t, name, NAME_OF_HOST, ANSWERS_A));
	add(&t->peers[peer][IP6], number_of(t, name, NAME_OF_HOST, ANSWERS_AAAA));
}

static void add_service(struct topics *t, uint32_t peer, const char *name,
	const struct answers *known)
{
	const struct answers_name *service = answers_find(known, name, NAME_OF_SERVICE);
	const int number = number_of(t, name, NAME_OF_SERVICE, ANSWERS_SRV);
	add(&t->peers[peer][IP4], number);
	add(&t->peers[peer][IP6], number);
	for (size_t i = 0; service && i < service->n_targets; i++)
		add_host(t, peer, answers_text(service->targets[i].name));
}

int topics_add_targets(struct topics *t, const struct policy *p, const struct answers *known)
{
	CLEANUP(free_follows) struct answers_follow *follows = NULL;
	size_t count = 0;
	int r = learned_follows(p, &follows, &count);
	for (size_t i = 0; i < count && r == 0; i++) {
		const struct answers_follow *f = &follows[i];
		if (f->peer >= t->n_peers)
			continue;
		if (f->kind == NAME_OF_SERVICE)
			add_service(t, f->peer, f->name, known);
		else
			add_host(t, f->peer, f->name);
	}
	return r;
}

int topics_number(struct topics *t, const struct policy *p, const struct answers *known)
{
	topics_done(t);
	const size_t n = p->host.n_peers + 1; /* and management */
	t->peers = calloc(n, sizeof(*t->peers));
	if (!t->peers)
		return -ENOMEM;
	t->n_peers = n;
	int r = topics_add_targets(t, p, known);
	if (r < 0)
		topics_done(t);
	return r;
}

void topics_done(struct topics *t)
{
	free(t->peers);
	t->peers = NULL;
	t->n_peers = t->count = 0;
}

struct topic_set topics_of(const struct topics *t, uint32_t peer, sa_family_t family)
{
	if (peer >= t->n_peers)
		return (struct topic_set){.has_more = true};
	return t->peers[peer][family == AF_INET ? IP4 : IP6];
}
