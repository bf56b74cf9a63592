/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the daemon does what.  Events and the time go in; what is due, and when to ask again, comes
 * out.  It does nothing itself, and the caller gives the time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum clock_event {
	CLOCK_RELOAD,       /* somebody asked for it */
	CLOCK_HOST_CHANGED, /* a link, an address, a route, a file that the policy was made from */
	CLOCK_COMMITTED,    /* somebody else has committed something to nf_tables */
	CLOCK_REPAIRED,     /* our table was not as we left it, and is again */
	CLOCK_UNVERIFIED,   /* a look at our table failed, or is needed after what failed */
	CLOCK_UNSEEN,       /* a look at the host failed */
	CLOCK_UNSURVEYED,   /* a look at the tables of others failed */
	CLOCK_GONE,         /* our table is gone, on purpose: there is nothing to look at */
};

enum clock_action {
	CLOCK_LOAD = 1,      /* read everything, and apply it */
	CLOCK_REFRESH = 8,   /* the host, but not its configuration, may be another: apply that */
	CLOCK_VERIFY = 2,    /* look whether our table is as we left it; repair it if not */
	CLOCK_SAY_FIGHT = 4, /* somebody undoes our repairs again and again: say so, once */
	CLOCK_SURVEY = 16,   /* look whether the tables of others defeat ours */
};

/* Microseconds. */
enum {
	CLOCK_QUIET = 200 * 1000,     /* a burst of changes is over after this time without one */
	CLOCK_PATIENCE = 1000 * 1000, /* and is not waited for any longer than this */
	CLOCK_FIGHT_WINDOW = 10 * 1000 * 1000, /* so many repairs in this time are a fight */
	CLOCK_FIGHT_REPAIRS = 10,
	CLOCK_FIGHT_PAUSE = 500 * 1000,       /* between looks, while it lasts */
	CLOCK_RETRY_PAUSE = 500 * 1000,       /* before a look that failed is tried again */
	CLOCK_UNSEEN_PAUSE = 2 * 1000 * 1000, /* before a look at the host is tried again */
	CLOCK_SURVEY_DELAY = 1000 * 1000,     /* from a commit to the look at what others have */
};

#define CLOCK_NEVER UINT64_MAX

struct clock {
	bool reload;
	bool changed;
	uint64_t changed_first, changed_last;
	bool unseen;
	uint64_t see_at;
	bool committed;
	uint64_t repairs[CLOCK_FIGHT_REPAIRS]; /* times, the oldest is overwritten */
	unsigned n_repairs;
	bool fighting;
	uint64_t next_look; /* not earlier than this */
	bool unsurveyed;
	uint64_t survey_at;
};

void clock_init(struct clock *c);

/* Notes an event at a time. */
void clock_hear(struct clock *c, enum clock_event event, uint64_t now);

/* What is due now, as a set of clock_action, which is then no longer due; and when to ask
 * again if nothing happens: CLOCK_NEVER if nothing is pending. */
unsigned clock_due(struct clock *c, uint64_t now, uint64_t *ret_wake);

/* Whether what has failed this way (negative errno; 0: it has not) may go well in a moment: memory
 * that ran out, or something that has changed under our hands. */
bool clock_tries_again(int error);
