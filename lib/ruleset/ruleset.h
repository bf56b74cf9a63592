/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ruleset: plain data that says what should be in the kernel's table `inet rolewall`.
 *
 * Everything else works on this form: it is printed as an nft script, turned into netlink
 * messages, and walked with a made-up packet to explain a verdict.  Each object carries the
 * place in the configuration that caused it; built-in ones have no file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/index.h"
#include "net/addrset.h"
#include "net/packet.h"
#include "ruleset/field.h"

#define TABLE_NAME "rolewall"
/* Its one element is the mark of the generation in force. */
#define GENERATION_SET "generation"
/* Addresses that were asked for, and that no name of a peer has: what waits for one of them is
 * refused when it is judged again. */
#define NOT_OF_NAME_SET4 "not-of-name-ip4"
#define NOT_OF_NAME_SET6 "not-of-name-ip6"

enum verdict { VERDICT_NONE, VERDICT_ACCEPT, VERDICT_DROP, VERDICT_JUMP, VERDICT_GOTO };

enum statement_kind {
	/* matches: the rule goes on only if they hold */
	STATEMENT_EQUAL,    /* field value */
	STATEMENT_UNEQUAL,  /* field != value */
	STATEMENT_MASKED,   /* field and mask == value */
	STATEMENT_ANY_BIT,  /* field has one of the bits of value */
	STATEMENT_NAME,     /* field "name": an interface */
	STATEMENT_PREFIX6,  /* field in a prefix: only fe80::/10 so far */
	STATEMENT_LOOKUP,   /* field @set */
	STATEMENT_LIMIT,    /* limit rate [over] RATE/second burst BURST packets */
	STATEMENT_SESSIONS, /* add @set { field ct count over VALUE } */
	STATEMENT_RATE,     /* update @set { field limit rate over … } */
	/* effects */
	STATEMENT_VMAP, /* field vmap @map */
	STATEMENT_MARK, /* ct mark set ct mark and ~MASK or VALUE */
	STATEMENT_COUNTER,
	STATEMENT_TIMEOUTS, /* ct timeout set "NAME" */
	STATEMENT_LOG,
	STATEMENT_COPY,       /* log group VALUE snaplen LENGTH queue-threshold 1 */
	STATEMENT_REJECT_TCP, /* with tcp reset */
	STATEMENT_REJECT,     /* with icmpx admin-prohibited */
	STATEMENT_QUEUE,      /* queue num VALUE: without a listener, a drop */
	STATEMENT_VERDICT,
};

struct statement {
	enum statement_kind kind;
	enum field field;
	uint32_t value;
	uint32_t mask;
	uint32_t rate, burst; /* of a limit, packets a second */
	uint32_t length;      /* of a copy: so many bytes of the packet at most */
	bool over;            /* of a limit: holds above the rate, not below */
	enum verdict verdict;
	const char *name; /* of a set, map, chain, counter, interface, or a log prefix */
};

enum { STATEMENTS_MAX = 6, COMMENT_SIZE = 128 };

struct rule {
	struct place at;
	const char *comment; /* shorter than COMMENT_SIZE */
	const char *flow;    /* the flow that it belongs to, or NULL */
	struct statement statements[STATEMENTS_MAX];
	size_t n_statements;
	struct rule *next;
};

struct chain {
	const char *name;
	enum hook hook; /* not HOOK_NONE: a base chain, filter priority, policy drop */
	struct place at;
	struct rule *first, *last;
	struct chain *next;
};

/* An element of a small set: both ends belong to it. */
struct element {
	uint32_t first;
	uint32_t last;
	enum verdict verdict; /* maps only */
	const char *chain;    /* of a jump or goto */
};

struct set {
	const char *name;
	struct place at;
	const char *comment;
	enum data_type type;
	bool is_map;          /* to verdicts */
	bool interval;        /* elements may be ranges */
	bool dynamic;         /* elements come from packets; kept as they are over reloads */
	bool is_judged_again; /* connections that are about what comes into it */
	uint32_t seconds;     /* for which an element stays that no packet asks for; 0: for ever */
	bool is_repeated;     /* says again what another set says: nobody is told of it twice */
	bool is_learned;      /* its addresses come and go by edits (nftables/change/lane.h) */
	bool is_unknown;      /* and who compiled does not know which it has */
	const char *names;    /* of one of a peer's: of what it is learned, "a.example, …" */
	/* Addresses: one part of a set that the policy owns and that outlives this; of one that is
	 * learned the arena's; or, after edits, the ruleset's own. */
	const struct addrset *addresses;
	enum addrset_part part;
	struct own_addresses *own; /* NULL: they are the policy's */
	/* Everything else. */
	struct element *elements;
	size_t n_elements;
	size_t room; /* elements at most, unless they are intervals: the kernel's size */
	struct set *next;
};

/* Addresses of a set that are not those which it was compiled with. */
struct own_addresses {
	struct addrset addresses;
	const struct addrset *compiled;
	const struct ruleset *owner; /* copies of the ruleset borrow them */
	struct own_addresses *next;
};

/* What rules refer to by name. */
enum object_kind {
	OBJECT_COUNTER,
	OBJECT_HALF_OPEN, /* timeouts of TCP connections: a half-open one lives HALF_OPEN_SECONDS */
};
enum { HALF_OPEN_SECONDS = 5 };

struct object {
	const char *name;
	enum object_kind kind;
	struct place at;
	struct object *next;
};

struct ruleset {
	struct arena *arena;
	uint32_t mark_mask;  /* the bits of the connection mark that are ours, side by side */
	uint16_t generation; /* 1 to generation_last(); stamped there on what it allows */
	/* Facts of its policy that a change to or from it must know. */
	bool keeps_sessions; /* what lives may go on: a change judges nothing again */
	bool on_trial;       /* whom it refuses may hear nothing (compile.h) */
	struct object *objects, *last_object;
	struct set *sets, *last_set;
	struct chain *chains, *last_chain;
	struct index objects_by_name, sets_by_name, chains_by_name;
	struct own_addresses *own;
};

/* Frees the ruleset; NULL is fine. */
void ruleset_free(struct ruleset *r);

/* Adding at the end, what lives in the ruleset's arena or longer.  0 or -ENOMEM. */
int ruleset_add_object(struct ruleset *r, struct object *o);
int ruleset_add_set(struct ruleset *r, struct set *s);
int ruleset_add_chain(struct ruleset *r, struct chain *c);

/* Looking up by name; NULL if there is none. */
struct chain *ruleset_chain(const struct ruleset *r, const char *name);
const struct set *ruleset_set(const struct ruleset *r, const char *name);
const struct object *ruleset_object(const struct ruleset *r, const char *name);
/* If it is a set of single addresses. */
struct set *ruleset_hosts(const struct ruleset *r, const char *name);

/* The addresses of such a set of the ruleset's become its own, set->own->addresses, the same as
 * they were and with room for so many more.  0 or -ENOMEM. */
int ruleset_own(struct ruleset *r, struct set *s, size_t more);
const struct addrset *set_compiled(const struct set *s); /* before that */

/* Sets of numbers that rules look up have a hash of what they hold at the end of their name. */
size_t numbers_name_length(const char *set); /* without the hash, if there is one */
/* The one of a ruleset whose name begins so, or NULL. */
const struct set *ruleset_numbers(const struct ruleset *r, const char *name);

/* A generation as it stands in the bits of a mask, and back.  Masks have at most 16 bits. */
uint32_t mark_of_generation(uint32_t mask, uint16_t generation);
uint16_t mark_generation(uint32_t mask, uint32_t mark);

/* Elements that it is born with. */
size_t set_size(const struct set *s);
/* The room that a set of so many elements is given. */
size_t set_room(size_t n);
/* By key, for qsort(): -1, 0 or 1. */
int element_order(const void *a, const void *b);
size_t ruleset_elements(const struct ruleset *r); /* of all its sets */
bool set_has_number(const struct set *s, uint32_t value, const struct element **ret);

const char *hook_name(enum hook h);
