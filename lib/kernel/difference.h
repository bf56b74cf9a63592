/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a ruleset would change in the kernel, in an operator's words. */
#pragma once

#include "base/arena.h"
#include "kernel/nfsock.h"
#include "ruleset/ruleset.h"
#include "ruleset/subject.h"

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
	struct place at;    /* where it comes from, if the ruleset has it and a file says it */
	size_t comes, goes; /* elements of its sets: addresses, ports */
	struct {
		bool added;
		const char *text;
	} shown[ELEMENTS_SHOWN]; /* the first ones */
	size_t n_shown;
	bool is_moved_only; /* so far, while they are gathered */
	struct difference *next;
};

struct difference_list {
	struct arena *arena;
	struct difference *first; /* in the order of subjects */
};

void difference_list_done(struct difference_list *d);

/* Compares the kernel's table, which must be there, with a ruleset of the same generation.
 * 0, with nothing in *ret if they are equal; -EINTR if the table changed meanwhile; or another
 * negative errno.  What *ret names is the ruleset's, which must outlive it. */
int difference_list_read(struct nfsock *s, const struct ruleset *next, struct difference_list *ret);
