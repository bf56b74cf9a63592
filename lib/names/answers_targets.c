/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The targets of services: the names of their servers.
 *
 * They live as addresses do (answers_lives.c).  The last one that has addresses of a family stays
 * whatever the answers say, so that no set is emptied.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "names/answers_parts.h"

static int append(struct answers *a, struct answers_name *service, struct answers_name *target)
{
	if (array_reserve(&service->targets, &service->targets_allocated, service->n_targets + 1) <
			0 ||
		array_reserve(&target->services, &target->services_allocated,
			target->n_services + 1) < 0 ||
		ways_reserve_target(a, service, target) < 0)
		return -ENOMEM;
	service->targets[service->n_targets++] = (struct answers_target){.name = target};
	target->services[target->n_services++] = service;
	ways_change_target(a, service, target, HOLD_NONE, HOLD_LIVE);
	return 0;
}

/* A server may offer a service at several ports, with a record for each. */
static void add_port(struct answers_target *t, uint16_t port)
{
	size_t at = 0;
	while (at < t->n_ports && t->ports[at] < port)
		at++;
	if (t->n_ports == ANSWERS_PORTS_MOST || (at < t->n_ports && t->ports[at] == port))
		return;
	memmove(&t->ports[at + 1], &t->ports[at], (t->n_ports - at) * sizeof(t->ports[0]));
	t->ports[at] = port;
	t->n_ports++;
}

int targets_learn(struct answers *a, struct answers_name *service, const struct answers_item *item,
	enum answers_source source)
{
	if (!name_is_canonical(item->target))
		return 0;
	struct answers_name *name = answers_add(a, item->target, NAME_OF_HOST);
	if (!name)
		return -ENOMEM;
	struct answers_target *one = ways_target(service, name);
	if (!one && service->n_targets >= ANSWERS_TARGETS_MOST) {
		service->is_full = true;
		return 1;
	}
	if (!one) {
		if (append(a, service, name) < 0)
			return -ENOMEM;
		one = ways_target(service, name);
	}
	if (one->life.is_retired) {
		one->life.is_retired = false;
		ways_change_target(a, service, name, HOLD_RETIRED, HOLD_LIVE);
	}
	if (one->life.seen != a->now)
		one->n_ports = 0; /* the first record of an answer */
	lives_see(a, &one->life, item->ttl, source);
	answers_remade(a);
	add_port(one, item->port);
	answers_update_name(a, name);
	return 1;
}

/* Another target that has an address for each family of this one. */
static bool has_other_target(const struct answers_name *n, const struct answers_target *one)
{
	bool has[ANSWERS_QUESTIONS] = {false};
	for (size_t i = 0; i < n->n_targets; i++)
		for (enum answers_question q = 0; q < ANSWERS_QUESTIONS; q++)
			if (&n->targets[i] != one && !n->targets[i].life.is_retired)
				has[q] |= lives_has(n->targets[i].name, q);
	for (enum answers_question q = 0; q < ANSWERS_QUESTIONS; q++)
		if (lives_has(one->name, q) && !has[q])
			return false;
	return true;
}

void targets_expire(struct answers *a, struct answers_name *service)
{
	for (size_t i = 0; i < service->n_targets; i++) {
		struct answers_target *one = &service->targets[i];
		if (!lives_is_left_out(&service->asked[ANSWERS_SRV], &one->life) ||
			one->life.until > a->now || !has_other_target(service, one))
			continue;
		lives_retire(a, &one->life);
		answers_remade(a);
		ways_change_target(a, service, one->name, HOLD_LIVE, HOLD_RETIRED);
		answers_update_name(a, one->name);
	}
}

static bool may_go(const struct usage *u, const struct answers_target *t)
{
	const struct answers_name *n = t->name;
	for (size_t i = 0; i < n->n_addresses; i++)
		if (!usage_may_go(u, &t->life, &n->addresses[i].address))
			return false;
	return t->life.is_retired;
}

static void forget(struct answers *a, struct answers_name *service, size_t i)
{
	struct answers_name *name = service->targets[i].name;
	size_t at = 0;
	ways_change_target(a, service, name, HOLD_RETIRED, HOLD_NONE);
	while (name->services[at] != service)
		at++;
	name->services[at] = name->services[--name->n_services];
	service->targets[i] = service->targets[--service->n_targets];
	answers_remade(a);
	answers_update_name(a, name);
}

void targets_forget(struct answers *a, struct answers_name *service, const struct usage *u)
{
	for (size_t i = service->n_targets; i-- > 0;)
		if (may_go(u, &service->targets[i]))
			forget(a, service, i);
}
