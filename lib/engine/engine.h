/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon does next.  Events and the time go in; what is due, and when to ask
 * again, comes out.  It does nothing itself, and time is whatever the caller says.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum engine_event {
	ENGINE_RELOAD,       /* somebody asked for it */
	ENGINE_HOST_CHANGED, /* a link, an address, a route, a file that the policy was made from */
	ENGINE_COMMITTED,    /* somebody else has committed something to nf_tables */
	ENGINE_REPAIRED,     /* our table was not as we left it, and is again */
	ENGINE_UNVERIFIED,   /* a look at our table failed, or is needed after what failed */
	ENGINE_UNSURVEYED,   /* a look at the tables of others failed */
};

enum engine_action {
	ENGINE_LOAD = 1,      /* read everything, and apply it */
	ENGINE_REFRESH = 8,   /* the host, but not its configuration, may be another: apply that */
	ENGINE_VERIFY = 2,    /* look whether our table is as we left it; repair it if not */
	ENGINE_SAY_FIGHT = 4, /* somebody undoes our repairs again and again: say so, once */
	ENGINE_SURVEY = 16,   /* look whether the tables of others defeat ours */
};

/* Microseconds. */
enum {
	ENGINE_SETTLE = 200 * 1000,    /* a burst of changes is over after so long a silence */
	ENGINE_PATIENCE = 1000 * 1000, /* and is not waited for any longer than this */
	ENGINE_FIGHT_WINDOW = 10 * 1000 * 1000, /* so many repairs in this time are a fight */
	ENGINE_FIGHT_REPAIRS = 10,
	ENGINE_FIGHT_PAUSE = 500 * 1000,   /* between looks, while it lasts */
	ENGINE_RETRY_PAUSE = 500 * 1000,   /* before a look that failed is tried again */
	ENGINE_SURVEY_DELAY = 1000 * 1000, /* from a commit to the look at what others have */
};

#define ENGINE_NEVER UINT64_MAX

struct engine {
	bool reload;
	bool changed;
	uint64_t changed_first, changed_last;
	bool committed;
	uint64_t repairs[ENGINE_FIGHT_REPAIRS]; /* times, the oldest is overwritten */
	unsigned n_repairs;
	bool fighting;
	uint64_t next_look; /* not earlier than this */
	bool unsurveyed;
	uint64_t survey_at;
};

void engine_init(struct engine *e);

/* Notes an event at a time. */
void engine_hear(struct engine *e, enum engine_event event, uint64_t now);

/* What is due now, as a set of engine_action, which is then no longer due; and when to ask
 * again if nothing happens: ENGINE_NEVER if nothing is pending. */
unsigned engine_due(struct engine *e, uint64_t now, uint64_t *ret_wake);
