/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a policy would change if it came into force: rules, and live connections.  A preview
 * changes nothing and asks nothing: the caller brings the connections. */
#pragma once

#include <net/if.h>

#include "ask/difference.h"
#include "ask/judge.h"
#include "compile/compile.h"

struct edits;
struct facts;
struct learned;
struct policy;

/* What is in force, and what would come. */
struct proposal {
	const struct ruleset *now; /* in force; NULL: nothing, or nobody knows what */
	bool has_table;            /* the kernel has a table of ours, whatever is in it */
	uint16_t generation;       /* in force; 0: none that can be told */
	bool on_trial;             /* what is in force is, and so would be what comes */
	bool lacks_timeouts;       /* the kernel (compile.h) */
	const struct policy *policy;
	const struct learned *learned; /* of names, that goes into what comes; NULL: nobody knows */
	uint16_t queue;                /* of first packets (compile.h); 0: none */
	uint16_t log_group;            /* for copies of DNS; 0: none are made */
	uint32_t look_up_users[LOOK_UP_USERS]; /* whose look-ups get out */
	size_t n_look_up_users;
	const struct edits *edits; /* that are laid over what comes; NULL: none */
	const struct facts *facts;
};

/* A live connection that would be cut. */
struct cut {
	struct connection connection;
	struct packet packet;   /* the connection's next one */
	const char *allowed_by; /* the counter of what allows such a connection now, or NULL: no
				 * rule does, or none that is known */
};

struct link_name;

struct preview {
	struct proposal proposal;
	struct ruleset
		*next; /* the policy's, in the generation in force; NULL: not compiled here */
	struct ruleset *then; /* and in the one that would be in force */
	struct difference_list differences;
	/* Where the kernel differs from `now`, if the two were compared. */
	struct difference_list disturbed;
	struct cut *cuts;
	size_t n_cuts, allocated;
	struct arena *arena;
	struct link_name *links; /* whose names packets borrow */
};

/* What would be in force, in the generation that it would have.  0 or negative errno. */
int proposal_then(const struct proposal *c, struct ruleset **ret);

/* 0 with *ret, which borrows what c points to; or -ENOMEM. */
int preview_begin(const struct proposal *c, struct preview *ret);
/* The same for who has compiled already what would come, in the generation in force: for
 * connections alone, without differences, so that nothing is compiled or compared again. */
int preview_begin_compiled(const struct proposal *c, const struct ruleset *next,
	struct preview *ret);
void preview_done(struct preview *v);

/* By which interface a packet comes in: writes its name, "" if none has a way to its source.  0 or
 * negative errno. */
struct interface_finder {
	int (*find)(void *context, const struct packet *p, char name[IF_NAMESIZE]);
	void *context;
};

/* Notes the connection if it would be cut.  0, or negative errno: -ENOMEM or the finder's. */
int preview_add(struct preview *v, const struct connection *c, const struct interface_finder *f);
/* Puts those that were noted in order: of management first, the others flow by flow. */
void preview_sort(struct preview *v);

bool cut_is_of_management(const struct cut *c);
/* True if something would change, or somebody has changed something. */
bool preview_has_change(const struct preview *v);
