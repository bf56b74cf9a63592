/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that explain a connection share. */
#pragma once

#include "ask/explain.h"
#include "base/text.h"
#include "compile/dispatch.h"
#include "compile/learned.h"
#include "config/policy.h"
#include "ruleset/ruleset.h"

enum { ADDRESSES_SHOWN = 4 };

struct explaining {
	const struct policy *policy;
	const struct learned *learned; /* NULL: nobody here knows */
	const struct question *question;
	enum side side;
	struct text *to;
	size_t near_misses;
};

static inline const char *side_word(enum side s)
{
	return s == SIDE_IN ? "inbound" : "outbound";
}

/* Who is at the other end. */
static inline const struct addr *other_end(const struct explaining *e)
{
	return e->side == SIDE_IN ? &e->question->source : &e->question->destination;
}

static inline void put_address(const struct addr *a, struct text *to)
{
	char printed[INET6_ADDRSTRLEN];
	addr_print(a, printed);
	text_put(to, printed);
}

static inline void put_at(struct place at, struct text *to)
{
	text_printf(to, "%s:%u", at.file, at.line);
}

static inline const struct peer **peers_of(const struct host_flow *f, enum side s,
	size_t *ret_count)
{
	*ret_count = s == SIDE_IN ? f->n_inbound : f->n_outbound;
	return s == SIDE_IN ? f->inbound : f->outbound;
}

static inline const struct learned_peer *known_of(const struct explaining *e,
	const struct peer *peer)
{
	return learned_of(e->learned, learned_number(e->policy, peer));
}

/* explain.c */
/* The first packet of what is asked about, as a hook of that side meets it. */
struct packet question_packet(const struct question *q, enum side side);
/* The flow that a rule belongs to, or NULL. */
const struct host_flow *flow_of_rule(const struct policy *p, const struct rule *r);
/* The flow's peer on a side that has the other end's address, or NULL. */
const struct peer *peer_at_other_end(const struct explaining *e, const struct host_flow *f,
	enum side s);
/* True if the flow is for the protocol and port that the question is about. */
bool has_service(const struct explaining *e, const struct flow *f);

/* near_misses.c */
/* How far a flow is from the question: ours with the service, ours without it, others with it. */
enum { RANK_SERVICE, RANK_PEER, RANK_OTHERS, RANK_FAR };

/* What a flow lacks of allowing the question. */
enum miss {
	MISS_NONE,
	MISS_PEER,      /* it has the service, for others */
	MISS_RETIRED,   /* … for a name that has had the address */
	MISS_SERVICE,   /* it has the peer, for something else */
	MISS_DIRECTION, /* it goes the other way */
	MISS_OFF,
	MISS_ROLE, /* it is between other hosts */
};
struct near_miss {
	enum miss kind;
	const struct host_flow *flow; /* unless MISS_NONE */
};

/* The nearest flow that has the service; if none has it, the nearest that has the peer.  0 or
 * -ENOMEM. */
int find_near_miss(const struct explaining *e, unsigned farthest, struct near_miss *ret);

/* Tells of the flows that are at most so far, the nearest first, until there are enough. */
void put_near_misses(struct explaining *e, unsigned farthest, size_t enough);
