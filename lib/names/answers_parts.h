/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files answers_*.c. */
#pragma once

#include "base/arena.h"
#include "base/index.h"
#include "names/answers.h"

/* Microseconds. */
#define ANSWERS_SECOND INT64_C(1000000)
#define ANSWERS_NOT    INT64_MAX /* at no time */

enum {
	ANSWERS_GRACE = 1000 * 1000, /* packets that are on their way have arrived */
	ANSWERS_TARGETS_MOST = 100,
	ANSWERS_RETIRED_TIMES = 16, /* so many times rules.most are retired at most */
};

/* In which set an address is held, weakest first. */
enum hold { HOLD_NONE, HOLD_RETIRED, HOLD_LIVE };

struct element {
	struct element *next;       /* of the bucket */
	struct element *next_dirty; /* something may be to do */
	uint32_t peer;
	uint32_t n_live, n_retired; /* by so many ways it is held */
	struct addr address;
	bool in_live, in_retired; /* told so */
	bool is_dirty;
	int64_t revived; /* live again, and still in the retired set; or ANSWERS_NOT */
};

struct sets {
	struct element **buckets; /* a power of two of them, or none */
	size_t n_buckets, count;
	struct element *dirty, **dirty_end;
	struct element *adding; /* from here on additions were not looked for */
	size_t n_revived;
};

/* The live addresses of a name that may make room, of one family, in the order in which they do. */
struct leaving {
	size_t index;
	int64_t seen;
	bool is_over;
};

struct leaving_order {
	struct leaving *items; /* NULL: not looked for yet */
	size_t count, next;
};

struct answers {
	struct answers_rules rules;
	struct answers_name **names;
	size_t n_names, allocated;
	struct arena *arena; /* of the index */
	struct index index;
	struct sets sets;
	struct leaving_order leaving[ANSWERS_FAMILIES]; /* of the name that the event is of */
	int64_t now;                                    /* of the last event */
	uint64_t version, targets_version;
	uint64_t remade; /* more than addresses came or changed, as in struct answers_life */
	bool has_words;  /* something may be to say or to ask */
	bool wants_dump;
	int64_t dumped; /* asked for, last */
};

/* answers.c */
/* The name, which is made if it is not there.  NULL: out of memory. */
struct answers_name *answers_add(struct answers *a, const char *name, enum name_kind kind);
/* The name, or NULL. */
struct answers_name *answers_known(const struct answers *a, const char *name, enum name_kind kind);
/* It is asked for from now on as if nothing had been answered. */
void answers_begin(struct answers *a, struct answers_name *n);
/* To be called after something of a name has changed. */
void answers_update_name(struct answers *a, struct answers_name *n);
/* The tracker is to be dumped, unless that was done a moment ago: it may be large. */
void answers_want_dump(struct answers *a);
/* Forgets names that nobody has followed for as long as an address of theirs may be wanted back.
 * Without memory they stay. */
void answers_sweep(struct answers *a);

/* More than addresses of hosts has come or changed: only a whole copy tells of it. */
void answers_remade(struct answers *a);

/* answers_saved.c */
/* What is appended, as it is written; the body is used up. */
void answers_seal_more(struct text *to, uint64_t passed, struct text *body);

/* answers_sets.c */
void sets_init(struct sets *s);
void sets_done(struct sets *s);
/* Room for a peer's address.  0 or -ENOMEM. */
int sets_reserve(struct sets *s, uint32_t peer, const struct addr *address);
/* Gives up what was reserved and is not used. */
void sets_prune(struct sets *s, uint32_t peer, const struct addr *address);
/* One way to an address holds it otherwise.  There is room for it. */
void sets_change(struct sets *s, uint32_t peer, const struct addr *address, enum hold from,
	enum hold to);
bool sets_next(struct sets *s, int64_t now, struct answers_action *ret);
/* An address that is live again leaves the retired set. */
void sets_leave_retired(struct sets *s, int64_t now);
/* Everything has been told already. */
void sets_told(struct sets *s);

/* answers_ways.c */
enum hold ways_hold(const struct answers_life *l);
/* The target of a service that is this name, or NULL. */
struct answers_target *ways_target(const struct answers_name *service,
	const struct answers_name *n);
/* Whether any way takes the address. */
bool ways_are_fit(const struct answers_name *n, const struct addr *a);
/* Room for an address on all ways.  0 or -ENOMEM. */
int ways_reserve(struct answers *a, const struct answers_name *n, const struct addr *address);
void ways_change(struct answers *a, const struct answers_name *n, const struct addr *address,
	enum hold from, enum hold to);
/* The sets hold each address of a name as they should, from nothing.  0 or -ENOMEM. */
int ways_hold_all(struct answers *a, const struct answers_name *n);
/* The same for all addresses of a target, on the ways by one service. */
int ways_reserve_target(struct answers *a, const struct answers_name *service,
	const struct answers_name *target);
void ways_change_target(struct answers *a, const struct answers_name *service,
	const struct answers_name *target, enum hold from, enum hold to);

/* answers_addresses.c */
struct answers_address *addresses_find(struct answers_name *n, const struct addr *a);
/* Room for one more.  0 or -ENOMEM. */
int addresses_reserve(struct answers_name *n);
/* There is room for it, and it is not there. */
void addresses_append(struct answers_name *n, const struct answers_address *one);
/* One that is there is otherwise from now on. */
void addresses_replace(struct answers_name *n, struct answers_address *known,
	const struct answers_address *by);
/* The last one takes its place. */
void addresses_remove(struct answers_name *n, size_t i);
void addresses_retire(const struct answers *a, struct answers_name *n, struct answers_address *one);
void addresses_enliven(struct answers_name *n, struct answers_address *one);
/* Live ones of the family of this one. */
size_t addresses_count_live(const struct answers_name *n, const struct addr *like);
/* The index of the one that makes room for one like this.  1, 0: there is none, or -ENOMEM. */
int addresses_leaving(struct answers *a, struct answers_name *n, const struct addr *like,
	size_t *ret);
/* To be called when an event begins and when it ends. */
void addresses_forget_leaving(struct answers *a);

/* answers_lives.c */
/* Seen now. */
void lives_see(struct answers *a, struct answers_life *l, uint64_t ttl, enum answers_source source);
/* It is live, and a good answer was without it. */
bool lives_is_left_out(const struct answers_asked *q, const struct answers_life *l);
void lives_retire(const struct answers *a, struct answers_life *l);
/* Learned now.  1, 0: not fit, or -ENOMEM. */
int lives_learn_address(struct answers *a, struct answers_name *n, const struct addr *address,
	uint64_t ttl, enum answers_source source);
/* Retires addresses and targets that have had their lives. */
void lives_expire(struct answers *a, struct answers_name *n);
/* Forgets what is retired, if it was before the time began and is not in use. */
void lives_forget(struct answers *a, struct answers_name *n, const struct addr *in_use,
	size_t count, int64_t began);
/* When the next life of a name ends that has not ended yet, or ANSWERS_NOT.  What stays for want of
 * another one waits for an answer, and not for a time. */
int64_t lives_end(const struct answers *a, const struct answers_name *n);
bool lives_has(const struct answers_name *n, enum answers_question q);
bool lives_any_retired(const struct answers_name *n);
/* The TTL within its bounds, in microseconds. */
int64_t lives_ttl(const struct answers *a, uint64_t seconds);
void lives_update_full(struct answers *a, struct answers_name *n);

/* Addresses in the order of addr_compare() that had connections from the time began on. */
struct usage {
	const struct addr *in_use;
	size_t count;
	int64_t began;
};

/* Whether an address with this life is not needed any more. */
bool usage_may_go(const struct usage *u, const struct answers_life *l, const struct addr *a);

/* answers_targets.c */
/* As lives_learn_address(), lives_expire() and lives_forget(). */
int targets_learn(struct answers *a, struct answers_name *service, const struct answers_item *item,
	enum answers_source source);
void targets_expire(struct answers *a, struct answers_name *service);
void targets_forget(struct answers *a, struct answers_name *service, const struct usage *u);

/* answers_asking.c */
unsigned asking_questions(const struct answers_name *n);
void asking_good(struct answers *a, struct answers_name *n, enum answers_question q, uint64_t ttl,
	uint32_t random);
void asking_failed(struct answers *a, struct answers_name *n, enum answers_question q,
	enum answers_error error, enum answers_source source, uint32_t random);
/* Asks what is due.  True if something was. */
bool asking_time(struct answers *a, struct answers_name *n, uint32_t random);
void asking_now(struct answers *a, struct answers_name *n);
/* Whether it is failing, and when it is due. */
void asking_update_name(struct answers *a, struct answers_name *n);
int64_t asking_due(const struct answers_name *n);
bool asking_in_hosts(const struct answers_name *n);
