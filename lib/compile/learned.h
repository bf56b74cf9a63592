/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of the names of a policy's peers, as a value for compile(); and which names a
 * policy wants to follow.
 *
 * Peers have numbers there: 0 is management, 1 the first of policy.host.peers, and so on.
 */
#pragma once

#include "config/policy.h"
#include "names/answers.h"

/* Single addresses.  None is in both. */
struct learned_peer {
	struct addrset live;    /* connections may begin */
	struct addrset retired; /* they may go on */
};

struct learned {
	struct learned_peer *peers; /* by number */
	size_t count;
};

/* Numbers. */
uint32_t learned_number(const struct policy *p, const struct peer *peer);
const struct peer *learned_peer_at(const struct policy *p, uint32_t number); /* NULL: none */

/* True if addresses are learned for any peer. */
bool learned_is_followed_any(const struct policy *p);
/* True if addresses are learned for the peer: it has names, and is used. */
bool learned_is_followed(const struct policy *p, const struct peer *peer);

/* The names that answers_configure() is to follow for a policy, with the rules p->host.name_rules.
 * 0 with *ret, to be freed with free(), which borrows the names from p; or -ENOMEM. */
int learned_follows(const struct policy *p, struct answers_follow **ret, size_t *ret_count);

/* What is known of the policy's names, which need not be followed yet: so that it can be compiled
 * before it is in force.  0 with *ret, to be ended with learned_done(); or -ENOMEM. */
int learned_find(const struct policy *p, const struct answers *a, struct learned *ret);

/* By hand: add, then normalise once.  0 or -ENOMEM. */
int learned_add(struct learned *l, uint32_t peer, const struct addr *a, bool is_retired);
void learned_normalise(struct learned *l);
void learned_done(struct learned *l);

/* What is known of a peer, which may be nothing; NULL if l is NULL. */
const struct learned_peer *learned_of(const struct learned *l, uint32_t peer);

/* The name of a set of a named peer, in each ruleset: "peer-NAME-named4" for the live addresses,
 * "peer-NAME-retired4", the same with 6, and "management-named4", …  Each followed peer has all
 * four, empty or not.  The peer is there. */
enum { LEARNED_SET_SIZE = sizeof("peer--retired4") + NAME_MAX_LENGTH };
void learned_set_name(const struct policy *p, uint32_t peer, sa_family_t family, bool is_retired,
	char ret[LEARNED_SET_SIZE]);
