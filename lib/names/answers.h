/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answers over time: which addresses each followed name has, and what follows from that for
 * the sets of the peers.
 *
 * A pure machine: what happens goes in, with its time; what is to be done comes out of
 * answers_next(), one action at a time.  It reads no socket, file, clock or random number.
 *
 * A name never cuts a good connection and never empties a set.  answers.c says how.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "names/name.h"
#include "net/addr.h"

/* When something happens: microseconds of a clock that never goes back; and a random number, by
 * which what is done later is moved. */
struct moment {
	uint64_t now;
	uint32_t random;
};

#define ANSWERS_NEVER UINT64_MAX

/* Microseconds, but for most. */
struct answers_rules {
	uint64_t ttl_floor, ttl_ceiling;
	uint64_t grace; /* an address lives so much longer than its TTL */
	size_t most;    /* addresses of one family that a name has at a time, retired ones apart */
};

struct answers_rules answers_default_rules(void);

enum answers_question {
	ANSWERS_A,
	ANSWERS_AAAA,
	ANSWERS_SRV,
	ANSWERS_QUESTIONS,
};

/* What an answer can be. */
enum answers_error {
	ANSWERS_FINE,
	ANSWERS_EMPTY, /* the name is there, and has nothing of this type */
	ANSWERS_NXDOMAIN,
	ANSWERS_SERVFAIL,
	ANSWERS_REFUSED,
	ANSWERS_TIMEOUT,
	ANSWERS_GARBLED,        /* no sound message, or a chain without an end */
	ANSWERS_UNFIT,          /* addresses, and none that this name may have */
	ANSWERS_UNFIT_IN_HOSTS, /* the same, in the hosts file */
	ANSWERS_ERRORS,
};

enum answers_source {
	ANSWERS_FROM_ASKING = 1,
	ANSWERS_FROM_OBSERVING = 2,
	ANSWERS_FROM_HOSTS = 4,
	ANSWERS_FROM_STATE = 8, /* not seen since it was saved */
};

/* What is known.  Times are as in struct moment; those before a restart may be below zero. */

struct answers_life {
	int64_t learned, seen; /* first, last */
	int64_t until;         /* its TTL and grace are over */
	bool is_retired;
	int64_t retired;
	unsigned sources; /* of enum answers_source */
	uint64_t version; /* what is saved of this or a later one has it as it is now */
};

struct answers_address {
	struct addr address;
	struct answers_life life;
	bool in_hosts;
};

struct answers_name;

enum { ANSWERS_PORTS_MOST = 8 };

/* A server of a service. */
struct answers_target {
	struct answers_name *name;
	uint16_t ports[ANSWERS_PORTS_MOST]; /* in the last answer, the first ones; in order */
	size_t n_ports;
	struct answers_life life;
};

/* A peer whose set has the addresses of a name. */
struct answers_feed {
	uint32_t peer;
	bool takes_private;
};

/* Addresses that a name was given and may not have. */
struct answers_refused {
	struct addr first;
	size_t count;
};

struct answers_asked {
	enum answers_error error; /* of the last answer */
	bool was_answered;
	bool was_good;
	int64_t good; /* the last good answer */
	int64_t due;  /* to be asked again */
};

enum answers_family { ANSWERS_IP4, ANSWERS_IP6, ANSWERS_FAMILIES };

struct answers_name {
	char key[1 + NAME_SIZE]; /* the kind, and the name */
	enum name_kind kind;
	struct answers_feed *feeds, *next_feeds; /* next_feeds: while it is configured */
	size_t n_feeds, n_next_feeds, next_allocated;
	struct answers_name **services; /* that have it as a target */
	size_t n_services, services_allocated;
	struct answers_address *addresses; /* NAME_OF_HOST */
	size_t n_addresses, addresses_allocated;
	size_t n_live[ANSWERS_FAMILIES], n_retired; /* of these */
	uint32_t *slots; /* where an address is, or none: answers_addresses.c */
	size_t n_slots;
	struct answers_target *targets; /* NAME_OF_SERVICE */
	size_t n_targets, targets_allocated;
	struct answers_asked asked[ANSWERS_QUESTIONS];
	struct answers_refused refused[ANSWERS_QUESTIONS]; /* by the last answer to each */
	struct answers_refused refused_in_hosts;
	unsigned tries;  /* since the last good answer */
	unsigned to_ask; /* a bit for each question that is to be asked now */
	bool is_failing, is_told_failing;
	bool is_full, is_told_full;
	enum answers_error failure; /* while it is failing: the first error */
	int64_t failing_since;      /* … and when it came */
	int64_t idle_since;         /* while nobody follows it */
	uint64_t version;           /* the greatest of its addresses, ever */
	int64_t wake;
};

static inline const char *answers_text(const struct answers_name *n)
{
	return n->key + 1;
}

struct answers;

/* The machine. */
struct answers *answers_new(void); /* NULL: out of memory */
void answers_free(struct answers *a);

/* A name that a peer has. */
struct answers_follow {
	uint32_t peer;
	const char *name; /* canonical */
	enum name_kind kind;
	bool takes_private; /* of a service always */
};

/* Another configuration.  All sets are to be made from answers_member() afterwards: no action tells
 * of them.  What was known of names that nobody follows any more is kept for the time of grace: the
 * configuration may be on trial.  0, or -ENOMEM with everything as it was. */
int answers_configure(struct answers *a, const struct answers_follow *follows, size_t count,
	const struct answers_rules *rules, struct moment m);

/* Events.  -ENOMEM: some of the answer was not learned; nothing that was known is lost. */

struct answers_item {
	struct addr address; /* A, AAAA */
	const char *target;  /* SRV: canonical */
	uint16_t port;       /* SRV */
	uint32_t ttl;        /* seconds */
};

/* A whole answer.  One without items is an empty one.  Names that nobody follows are passed
 * over. */
struct answers_lesson {
	const char *name;
	enum answers_question question;
	enum answers_source source; /* asking or observing */
	const struct answers_item *items;
	size_t count;
};

int answers_learned(struct answers *a, const struct answers_lesson *l, struct moment m);
/* No good answer. */
void answers_failed(struct answers *a, const char *name, enum answers_question q,
	enum answers_error error, enum answers_source source, struct moment m);
/* All that the hosts file says of a name now; count 0: nothing.  While it says something the name
 * is not asked for. */
int answers_hosts(struct answers *a, const char *name, const struct addr *addresses, size_t count,
	struct moment m);
/* It may be time for something: see answers_wake(). */
void answers_time(struct answers *a, struct moment m);
/* Somebody wants a name to be asked for now; NULL: all. */
void answers_refresh(struct answers *a, const char *name, struct moment m);
/* The tracker was dumped, from the time began on: these addresses have connections, in the order of
 * addr_compare(). */
void answers_dumped(struct answers *a, const struct addr *in_use, size_t count, uint64_t began,
	struct moment m);

/* Actions. */

enum answers_action_kind {
	ANSWERS_ADD,    /* to the live or the retired set of a peer */
	ANSWERS_REMOVE, /* from it */
	ANSWERS_SAY,
	ANSWERS_ASK,
	ANSWERS_DUMP, /* the tracker, if it can be done */
};

enum answers_word {
	ANSWERS_FAILS, /* what is known stays */
	ANSWERS_WORKS, /* again */
	ANSWERS_IS_FULL,
	ANSWERS_HAS_ROOM,
};

struct answers_action {
	enum answers_action_kind kind;
	uint32_t peer;       /* ADD, REMOVE */
	struct addr address; /* ADD, REMOVE */
	bool is_retired;     /* ADD, REMOVE: of the retired set, not the live one */
	const char *name;    /* SAY, ASK: good until the next call that is no question */
	enum name_kind name_kind;
	enum answers_word word;   /* SAY */
	enum answers_error error; /* SAY: ANSWERS_FAILS */
	unsigned questions;       /* ASK: a bit for each */
};

/* True with what is to be done.  All additions come before all removals: put into one transaction
 * or several, in this order, no address is ever in no set on its way. */
bool answers_next(struct answers *a, struct answers_action *ret);
/* When answers_time() is to be called at the latest, or ANSWERS_NEVER. */
uint64_t answers_wake(const struct answers *a);

/* Questions. */
size_t answers_count(const struct answers *a);
const struct answers_name *answers_get(const struct answers *a, size_t i);
const struct answers_name *answers_find(const struct answers *a, const char *name,
	enum name_kind kind);
bool answers_is_followed(const struct answers_name *n);
/* A number that is another one when other targets of services are followed. */
uint64_t answers_targets_version(const struct answers *a);
/* When a name is asked for next, or ANSWERS_NEVER. */
uint64_t answers_due(const struct answers_name *n);
/* What is wrong, as the end of a sentence: "no name server answers". */
const char *answers_error_text(enum answers_error e);
/* A number that is another one when what should be saved is. */
uint64_t answers_version(const struct answers *a);

/* The elements of all sets, one after the other, as they are when all actions are done.  *walk is
 * all zero at first. */
struct answers_walk {
	size_t bucket, depth;
};

struct answers_member {
	uint32_t peer;
	struct addr address;
	bool is_retired;
	unsigned shared; /* by so many names, or ways to them */
};

bool answers_member(const struct answers *a, struct answers_walk *walk, struct answers_member *ret);
/* An action has put the address into the live set of a peer, or answers_member() has told of it. */
bool answers_is_live(const struct answers *a, uint32_t peer, const struct addr *address);

/* Saving.  Lives are saved as what is left of them: time does not run while the machine is off. */

enum { ANSWERS_FAULT_SIZE = 160 };

/* to->failed if memory ran out. */
void answers_encode(const struct answers *a, uint64_t now, struct text *to);
/* What has come since this version was saved, to be appended to it; passed: microseconds since the
 * whole was encoded.  False, and nothing: what is known must be encoded as a whole. */
bool answers_encode_more(const struct answers *a, uint64_t version, uint64_t now, uint64_t passed,
	struct text *to);
/* Reads what was saved; nobody follows these names yet.  0; -EBADMSG with a message in why; or
 * -ENOMEM. */
int answers_decode(const char *bytes, size_t length, uint64_t now, struct answers **ret,
	char why[ANSWERS_FAULT_SIZE]);
/* The same, with what was appended.  1: what stands behind a certain place is not readable, why is
 * in why, and *ret has what stands before it. */
int answers_decode_all(const char *bytes, size_t length, uint64_t now, struct answers **ret,
	char why[ANSWERS_FAULT_SIZE]);
