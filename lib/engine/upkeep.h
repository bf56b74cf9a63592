/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps in force what is in force: what others do to our table, what becomes of the host, and what
 * could not be done the first time.
 *
 * A pure machine like life.h: what happens goes in with all that is known of it (upkeep_hear), what
 * is to be done comes out, one action at a time (upkeep_next), and what came of it is what happens
 * next.  clock.h says when.
 */
#pragma once

#include "engine/clock.h"

/* Who committed. */
struct upkeep_who {
	uint32_t uid, pid; /* pid 0: nobody knows who */
	char name[16];     /* of the process, as in ps; "": not known */
	bool has_login;
	uint32_t login; /* the user who logged in */
};

/* Our table, as far as this process knows it. */
struct upkeep_table {
	bool is_there;
	bool is_unsure; /* it may not be what we think */
	bool is_owned;  /* nobody else can change it */
};

/* Events. */

enum upkeep_event_kind {
	UPKEEP_RELOAD,       /* somebody asks for what is on the disk */
	UPKEEP_HOST_CHANGED, /* a link, an address, a route, a file that the policy was made from */
	UPKEEP_DEAF,         /* the host cannot be heard any more: it is to be followed anew */
	UPKEEP_COMMITTED,    /* somebody has committed something to nf_tables */
	UPKEEP_MISSED,       /* commits that we did not hear of */
	/* what came of what was done */
	UPKEEP_CHANGED,   /* we have changed our table, or tried to; we do not listen any more */
	UPKEEP_LISTENED,  /* UPKEEP_LISTEN was tried */
	UPKEEP_VERIFIED,  /* our table was looked at */
	UPKEEP_FOLLOWED,  /* we have tried to hear of changes of the host */
	UPKEEP_LOOKED,    /* the host was looked at */
	UPKEEP_REFRESHED, /* UPKEEP_REFRESH was tried */
	UPKEEP_SURVEYED,  /* the tables of others were looked at */
};

struct upkeep_event {
	enum upkeep_event_kind kind;
	struct upkeep_who who;     /* UPKEEP_RELOAD, UPKEEP_COMMITTED */
	bool is_own;               /* UPKEEP_COMMITTED: by this process */
	struct upkeep_table table; /* UPKEEP_CHANGED, UPKEEP_VERIFIED: as it is now */
	bool is_repaired;          /* UPKEEP_VERIFIED: it was not as we left it */
	bool is_new;               /* UPKEEP_FOLLOWED: something that was not heard of before */
	int error;                 /* of what was tried: 0 or negative errno */
};

/* Actions. */

enum upkeep_action_kind {
	UPKEEP_SAY,     /* word, with who */
	UPKEEP_LOAD,    /* read everything, and apply it, for who */
	UPKEEP_FOLLOW,  /* listen to the host again */
	UPKEEP_REFRESH, /* the host, but not its configuration, may be another: apply that */
	UPKEEP_LISTEN,  /* to commits */
	UPKEEP_VERIFY,  /* look whether our table is as we left it; repair it if not */
	UPKEEP_SURVEY,  /* look whether the tables of others defeat ours */
};

enum upkeep_word {
	UPKEEP_FINISHED, /* what we had left half done is repaired */
	UPKEEP_UNDONE,   /* who has changed our table; the change is undone */
	UPKEEP_FIGHT,    /* who changes it again and again; each change is undone, and not said */
};

struct upkeep_action {
	enum upkeep_action_kind kind;
	enum upkeep_word word;
	struct upkeep_who who;
};

/* What cannot be done: a problem for as long as that lasts. */
enum upkeep_trouble {
	UPKEEP_NOT_LISTENING,
	UPKEEP_NOT_FOLLOWING,
	UPKEEP_NOT_LOOKING, /* at what the policy depends on */
	UPKEEP_NOT_VERIFIED,
	UPKEEP_NOT_SURVEYED,
	UPKEEP_TROUBLES,
};

/* A look at our table in the middle of whose commits others come is begun anew, so many times in a
 * row without a pause. */
enum { UPKEEP_TRIES = 10 };

struct upkeep {
	struct clock clock;
	unsigned due;  /* of enum clock_action: what the clock has said and was not given out yet */
	uint64_t wake; /* what it has said last */
	struct upkeep_table table;
	bool is_listening;         /* to commits */
	bool has_tried;            /* to listen, for the look that is due */
	bool is_deaf;              /* to the host: it is to be tried again */
	bool has_followed;         /* it was tried for the refresh that is due */
	unsigned interrupted;      /* looks in a row */
	struct upkeep_who asked;   /* for the reload that is due */
	struct upkeep_who commits; /* who has committed last, if that was heard */
	struct upkeep_who blamed;  /* for the last repair */
	bool is_word_due;
	enum upkeep_word word;
	int errors[UPKEEP_TROUBLES]; /* negative errno, or 0 */
};

void upkeep_init(struct upkeep *u);

void upkeep_hear(struct upkeep *u, const struct upkeep_event *e, uint64_t now);
/* True with what is to be done now; what came of it is to be heard before this is asked again. */
bool upkeep_next(struct upkeep *u, uint64_t now, struct upkeep_action *ret);
/* After that has said that there is nothing: when to ask again, or CLOCK_NEVER. */
uint64_t upkeep_wake(const struct upkeep *u);
/* Negative errno, or 0: all is well. */
int upkeep_error(const struct upkeep *u, enum upkeep_trouble which);
