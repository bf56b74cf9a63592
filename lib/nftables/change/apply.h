/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ruleset into the kernel. */
#pragma once

#include "base/text.h"
#include "netlink/nfsock.h"
#include "nftables/change/ownership.h"
#include "ruleset/changes.h"
#include "ruleset/edits.h"

/* What is in force, as far as this process has put it there: a ruleset, or nothing yet.  What the
 * ruleset borrows must live as long. */
struct applied {
	struct ruleset *ruleset;
	/* Of the table.  At the start, the best that is wanted; from apply_prepare() on, the best
	 * that can be had. */
	enum ownership ownership;
	/* The kernel may have something else: an answer was lost, a change stopped half way, or a
	 * repair failed.  The table is read before the next change. */
	bool is_unsure;
	bool socket_is_kept; /* somebody keeps the socket when we end */
	bool has_inflight;   /* packets may still be in the rules from before the last change */
	bool lane_was_used;  /* since then: packets may be on their way from before that */
	bool lacks_timeouts; /* the kernel: found out by apply_prepare() */
	bool lacks_queues, queues_were_tried;
	/* Changes of the short lane (lane.h), and addresses that are known already and must be in
	 * sets from the first moment on.  They are laid over each ruleset that is applied. */
	struct edits edits;
};

void applied_done(struct applied *a);

enum apply_outcome {
	APPLY_UNCHANGED,  /* the kernel has it already: nothing was sent */
	APPLY_EXTENDED,   /* nothing that was allowed is refused now */
	APPLY_RESTRICTED, /* a new generation: live connections are judged again */
	/* The same, and the table was made anew: it was not ours yet, or not as we left it. */
	APPLY_REPLACED,
};

/* Before a ruleset is compiled: looks what the kernel can do, unless something is in force.
 * with_queues: also whether it has queues.  0 or negative errno. */
int apply_prepare(struct nfsock *s, struct applied *now, bool with_queues);
/* Whether the kernel has queues, for who needs to know; asked once.  0 with *ret_lacks, or negative
 * errno. */
int apply_find_queues(struct nfsock *s, struct applied *now, bool *ret_lacks);

/* Puts next, with now's edits, into force: wholly, or not at all; it goes to the generation that it
 * is to have there, whichever it has.  Edits that it makes needless are forgotten, unless it is on
 * trial.  0 with *now and the outcome: next is then *now's. -EINVAL if the kernel refused
 * something, and diags says what; -EPERM without CAP_NET_ADMIN; -EBUSY if another process owns the
 * table; -EPROTONOSUPPORT on a kernel without nf_tables; or another negative errno: *now is as it
 * was, and so is the kernel, unless now->is_unsure.  Only our own table is touched. */
int apply(struct nfsock *s, struct applied *now, struct ruleset *next, struct diags *diags,
	enum apply_outcome *ret);

/* How what is to come differs from what is in force, for who wants to know before it is. */
struct comparison {
	struct differences differences; /* old: NULL if they cannot be compared */
	enum apply_outcome outcome;     /* APPLY_REPLACED if it is not known what is in force */
};

/* apply() in two steps.  Lays now's edits over next, takes it to the generation in force, and
 * compares.  0 with *ret, which borrows both rulesets; or negative errno. */
int apply_compare(const struct applied *now, struct ruleset *next, struct comparison *ret);
void comparison_done(struct comparison *c);
/* As apply(): c is of now and next, and nothing has changed since. */
int apply_compared(struct nfsock *s, struct applied *now, struct ruleset *next,
	const struct comparison *c, struct diags *diags, enum apply_outcome *ret);

/* After an apply(), when there is time for it: waits until all packets have left the rules that
 * were in force before, so that the next apply() need not wait. */
void apply_drain(struct applied *now);

/* Compares the kernel's table with what is in force, and puts it back if it is not the same.
 * 0 if it was the same; 1 if it was repaired, and difference says what was different;
 * -EINTR if the ruleset changes right now (a commit will be heard of; ask again then); or as
 * apply(). */
int apply_verify(struct nfsock *s, struct applied *now, struct diags *diags,
	struct text *difference);

/* True (1) if there is a table of ours, made by any process, that refuses what its rules do not
 * allow; 0, or negative errno. */
int apply_protects(struct nfsock *s);

/* Removes the table, so that the host is open.  0, also if there was none; -EBUSY if another
 * process owns it; or another negative errno, and then it is still there. */
int apply_flush(struct nfsock *s, struct applied *now);

/* Gives the table up, so that it stays when the socket is closed.  0, or as apply(). */
int apply_release(struct nfsock *s, struct applied *now, struct diags *diags);
