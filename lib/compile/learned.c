/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From answers to the addresses of peers.
 *
 * The machine of the answers (names/answers.h) knows what is in the sets of the configuration that
 * it follows.  Another configuration, which is to be applied or only looked at, may have other
 * names, or the same names for other peers.  This file finds what is known of these, by name: the
 * addresses of a host, and those of the targets of a service.  An address is live if one way to it
 * is live.
 */
#include "compile/learned.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "names/scope.h"

enum { MANAGEMENT = 0 };

/* Numbers. */

uint32_t learned_number(const struct policy *p, const struct peer *peer)
{
	return peer == &p->host.management ? MANAGEMENT : 1 + (uint32_t)(peer - p->host.peers);
}

const struct peer *learned_peer_at(const struct policy *p, uint32_t number)
{
	if (number == MANAGEMENT)
		return p->host.has_management ? &p->host.management : NULL;
	return number <= p->host.n_peers ? &p->host.peers[number - 1] : NULL;
}

bool learned_is_followed(const struct policy *p, const struct peer *peer)
{
	const bool is_used = peer == &p->host.management ? p->host.has_management : peer->is_used;
	return is_used && peer_is_named(peer);
}

static const struct peer *followed_at(const struct policy *p, uint32_t number)
{
	const struct peer *peer = learned_peer_at(p, number);
	return peer && learned_is_followed(p, peer) ? peer : NULL;
}

bool learned_is_followed_any(const struct policy *p)
{
	for (uint32_t i = 0; i <= p->host.n_peers; i++)
		if (followed_at(p, i))
			return true;
	return false;
}

int learned_follows(const struct policy *p, struct answers_follow **ret, size_t *ret_count)
{
	size_t most = 0, n = 0;
	for (uint32_t i = 0; i <= p->host.n_peers; i++) {
		const struct peer *peer = followed_at(p, i);
		most += peer ? peer->n_names : 0;
	}
	struct answers_follow *list = calloc(most + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (uint32_t i = 0; i <= p->host.n_peers; i++) {
		const struct peer *peer = followed_at(p, i);
		for (size_t j = 0; peer && j < peer->n_names; j++)
			list[n++] = (struct answers_follow){.peer = i,
				.name = peer->names[j].text,
				.kind = peer->names[j].kind,
				.takes_private = peer->names[j].takes_private};
	}
	*ret = list;
	*ret_count = n;
	return 0;
}

/* Addresses. */

void learned_done(struct learned *l)
{
	for (size_t i = 0; i < l->count; i++) {
		addrset_done(&l->peers[i].live);
		addrset_done(&l->peers[i].retired);
	}
	free(l->peers);
	*l = (struct learned){0};
}

static int grow(struct learned *l, size_t count)
{
	struct learned_peer *peers =
		count > l->count ? reallocarray(l->peers, count, sizeof(*peers)) : l->peers;
	if (!peers)
		return -ENOMEM;
	for (; l->count < count; l->count++)
		peers[l->count] = (struct learned_peer){0};
	l->peers = peers;
	return 0;
}

int learned_add(struct learned *l, uint32_t peer, const struct addr *a, bool is_retired)
{
	const struct addr_range host = {*a, *a};
	int r = grow(l, (size_t)peer + 1);
	if (r < 0)
		return r;
	struct learned_peer *to = &l->peers[peer];
	return addrset_add(is_retired ? &to->retired : &to->live, &host);
}

/* What is live is not retired. */
static void drop_live(struct addrset *retired, const struct addrset *live)
{
	static const enum addrset_part parts[] = {ADDRSET_HOSTS4, ADDRSET_HOSTS6};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const enum addrset_part part = parts[i];
		size_t kept = 0;
		for (size_t j = 0; j < retired->count[part]; j++) {
			const struct addr_range a = addrset_get(retired, part, j);
			if (addrset_contains(live, &a.first))
				continue;
			if (part == ADDRSET_HOSTS4)
				retired->hosts4[kept++] = retired->hosts4[j];
			else
				retired->hosts6[kept++] = retired->hosts6[j];
		}
		retired->count[part] = kept;
	}
}

void learned_normalise(struct learned *l)
{
	for (size_t i = 0; i < l->count; i++) {
		struct learned_peer *peer = &l->peers[i];
		addrset_normalise(&peer->live);
		addrset_normalise(&peer->retired);
		drop_live(&peer->retired, &peer->live);
	}
}

const struct learned_peer *learned_of(const struct learned *l, uint32_t peer)
{
	static const struct learned_peer nothing = {0};
	if (!l)
		return NULL;
	return peer < l->count ? &l->peers[peer] : &nothing;
}

static int add_host(struct learned *l, uint32_t peer, const struct answers_name *host,
	bool takes_private, bool is_retired)
{
	for (size_t i = 0; host && i < host->n_addresses; i++) {
		const struct answers_address *one = &host->addresses[i];
		const enum scope scope = scope_of(&one->address);
		if (scope == SCOPE_NEVER || (scope == SCOPE_PRIVATE && !takes_private))
			continue;
		int r = learned_add(l, peer, &one->address, is_retired || one->life.is_retired);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_name(struct learned *l, uint32_t peer, const struct peer_name *n,
	const struct answers *a)
{
	const struct answers_name *known = answers_find(a, n->text, n->kind);
	if (!known || n->kind == NAME_OF_HOST)
		return add_host(l, peer, known, n->takes_private, false);
	for (size_t i = 0; i < known->n_targets; i++) {
		const struct answers_target *target = &known->targets[i];
		int r = add_host(l, peer, target->name, true, target->life.is_retired);
		if (r < 0)
			return r;
	}
	return 0;
}

int learned_find(const struct policy *p, const struct answers *a, struct learned *ret)
{
	CLEANUP(learned_done) struct learned l = {0};
	for (uint32_t i = 0; i <= p->host.n_peers; i++) {
		const struct peer *peer = followed_at(p, i);
		for (size_t j = 0; peer && j < peer->n_names; j++) {
			int r = add_name(&l, i, &peer->names[j], a);
			if (r < 0)
				return r;
		}
	}
	learned_normalise(&l);
	*ret = l;
	l = (struct learned){0};
	return 0;
}

/* Sets. */

void learned_set_name(const struct policy *p, uint32_t peer, sa_family_t family, bool is_retired,
	char ret[LEARNED_SET_SIZE])
{
	const struct peer *of = learned_peer_at(p, peer);
	const char *kind = is_retired ? "retired" : "named";
	const char version = family == AF_INET ? '4' : '6';
	assert(of);
	if (peer == MANAGEMENT)
		snprintf(ret, LEARNED_SET_SIZE, "management-%s%c", kind, version);
	else
		snprintf(ret, LEARNED_SET_SIZE, "peer-%s-%s%c", of->name, kind, version);
}
