/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How two rulesets differ, in an operator's words: by flow, peer, port and address. */
#pragma once

#include "ask/subject.h"
#include "base/arena.h"
#include "ruleset/ruleset.h"

enum difference_kind {
	DIFFERENCE_ADDED,
	DIFFERENCE_REMOVED,
	DIFFERENCE_CHANGED,
	DIFFERENCE_MOVED, /* does the same, and comes from another line */
};

enum { ELEMENTS_SHOWN = 8 };

/* All that changes about one subject. */
struct difference {
	struct subject subject;
	enum difference_kind kind;
	struct place at;    /* where it comes from, if the new ruleset has it and a file says it */
	size_t comes, goes; /* elements of its sets: addresses, ports */
	struct {
		bool added;
		const char *text;
	} shown[ELEMENTS_SHOWN]; /* the first ones */
	size_t n_shown;
	/* The names of a peer, if they differ; NULL where it has none. */
	bool has_other_names;
	const char *names_then, *names_now;
	struct difference *next;
};

struct difference_list {
	struct arena *arena;
	struct difference *first; /* in the order of subjects */
};

/* Compares two rulesets of the same generation, which must outlive *ret.  0, with nothing in *ret
 * if they are equal, or -ENOMEM. */
int difference_list_find(const struct ruleset *now, const struct ruleset *next,
	struct difference_list *ret);
/* The same for who has compared them already (ruleset/changes.h). */
struct differences;
int difference_list_gather(const struct differences *d, struct difference_list *ret);
void difference_list_done(struct difference_list *d);

/* For who knows no more than the names of objects that differ: starts a list, and adds what an
 * object is about; a subject of which objects both come and go has changed.  0 or -ENOMEM. */
int difference_list_start(struct difference_list *ret);
int difference_list_add(struct difference_list *d, const char *object, enum difference_kind kind);
