/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * First packets that wait until it is known whose their addresses are (compile/holding.h).
 *
 * A pure machine: what happens goes in, with its time; what is to be done comes out of hold_next(),
 * one action at a time.  hold.c says what it promises.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

/* Microseconds. */
enum {
	HOLD_MOST = 250 * 1000,    /* a packet waits no longer */
	HOLD_SECOND = 1000 * 1000, /* in which so many questions are asked */
};

enum {
	HOLD_PACKETS = 128,   /* at a time */
	HOLD_QUESTIONS = 100, /* in any second */
	HOLD_TOPICS = 64,     /* bits of a set of them */
	HOLD_SERIALS = 0x7fffffff,
};

#define HOLD_NEVER UINT64_MAX

/* What can be asked for, a name's addresses of one family, has a number: the caller's, below
 * HOLD_TOPICS, and the same until hold_change(). */
struct hold_topic {
	uint32_t serial; /* of the question on its way; 0: none is */
	uint64_t asked;
};

enum hold_stage {
	HOLD_COMES,   /* what was observed is to be read */
	HOLD_DRAINS,  /* it is being read */
	HOLD_ASKS,    /* not all topics are answered */
	HOLD_WAITS,   /* nobody can say any more that nobody has the address */
	HOLD_REFUSES, /* nobody has it: the caller makes that known */
	HOLD_PASSES,  /* to be judged again */
	HOLD_DROPS,
};

struct hold_packet {
	uint32_t id;
	struct addr address;
	uint64_t came;
	enum hold_stage stage;
	bool is_told;    /* HOLD_REFUSES: the action was given out */
	uint64_t open;   /* topics without an answer */
	uint64_t flying; /* those of them that were asked for since it came */
	bool has_more;   /* topics than have numbers */
};

/* A connection whose packet was judged again as soon as it came. */
struct hold_release {
	uint64_t connection, at;
};

struct hold {
	uint32_t serial;
	uint32_t drain; /* on its way; 0: none is */
	bool has_reader;
	size_t count, packets_most;
	size_t n_releases, oldest_release;
	size_t n_questions, oldest_question, questions_most;
	struct hold_packet packets[HOLD_PACKETS]; /* in the order in which they came */
	struct hold_topic topics[HOLD_TOPICS];
	struct hold_release releases[HOLD_PACKETS]; /* a ring */
	uint64_t questions[HOLD_QUESTIONS];         /* a ring of their times */
};

void hold_init(struct hold *h);
/* With other bounds, not above the usual ones. */
void hold_init_bounded(struct hold *h, size_t packets_most, size_t questions_most);

/* Events. */

struct hold_arrival {
	uint32_t id;
	struct addr address;
	uint64_t connection; /* a number that is the same for each of its packets */
	uint64_t topics;     /* a bit for each that may tell of its address */
	bool has_more;       /* others may, too, that have no number */
	bool is_known;       /* its address came into force before this was read */
};

/* A packet waits.  False: there is no room, and the caller drops it. */
bool hold_came(struct hold *h, const struct hold_arrival *a, uint64_t now);
bool hold_has_room(const struct hold *h);
/* The address is in a set since now. */
void hold_learned(struct hold *h, const struct addr *address);
/* What was learned before is in force. */
void hold_drained(struct hold *h, uint32_t serial);
/* is_good: what was said is in force, if it was anything.  An older question's is passed over. */
void hold_answered(struct hold *h, uint32_t serial, bool is_good);
/* What came of all HOLD_REFUSE that were given out. */
void hold_refused(struct hold *h, bool is_done);
/* The reader has come, or gone: what it was told is forgotten. */
void hold_reader(struct hold *h, bool is_there);
/* Other rules are in force, or topics have other numbers. */
void hold_change(struct hold *h);

/* Actions. */

enum hold_action_kind {
	HOLD_REFUSE, /* address: for the next seconds it is nobody's; then hold_refused() */
	HOLD_AGAIN,  /* id: is judged by the rules of now */
	HOLD_DROP,   /* id: in silence */
	HOLD_DRAIN,  /* serial */
	HOLD_ASK,    /* topic, serial */
};

struct hold_action {
	enum hold_action_kind kind;
	uint32_t id;
	struct addr address;
	uint32_t serial; /* from 1 to HOLD_SERIALS */
	unsigned topic;
};

/* True with what is to be done.  All that is to be refused comes first; then false until
 * hold_refused(). */
bool hold_next(struct hold *h, uint64_t now, struct hold_action *ret);
/* When hold_next() is to be asked again if nothing happens, or HOLD_NEVER. */
uint64_t hold_wake(const struct hold *h);
