/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a host's protection: what is in force, confirmed, on trial, rejected, flushed,
 * closed.
 *
 * A pure machine: what happens goes in (life_hear), what is to be done comes out, one action at a
 * time (life_next), and what came of it goes in again (life_done).  It reads no file, no clock and
 * no kernel.  A configuration is a pair of numbers for it.  The daemon carries the actions out and
 * decides nothing.
 *
 * The process may end between any two actions; the next one starts with what the state directory
 * and the kernel hold then.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Two configurations with the same number of files have the same role and host files; with the same
 * number of lists as well, the same list files, too. */
struct life_config {
	uint32_t files; /* LIFE_NONE, LIFE_UNKNOWN, or a number */
	uint32_t lists;
};

#define LIFE_NONE    0u
#define LIFE_UNKNOWN UINT32_MAX /* there is one, and it is damaged: it may be any */

bool life_same_files(struct life_config a, struct life_config b);
bool life_same(struct life_config a, struct life_config b);

/* Files of the state directory. */
enum life_slot { LIFE_CONFIRMED, LIFE_TRIAL, LIFE_REJECTED, LIFE_SLOTS };

/* Events. */

enum life_event_kind {
	LIFE_STARTS,      /* the daemon, with what it finds */
	LIFE_RELOAD,      /* somebody asks for what is on the disk */
	LIFE_CONFIRM,     /* … to keep what is on trial */
	LIFE_ROLL_BACK,   /* … to undo it */
	LIFE_FLUSH,       /* … to open the host */
	LIFE_TIME,        /* it may be time for something: see life_wake() */
	LIFE_LISTS_TAKEN, /* what is in force has other list files now */
};

/* What the state directory holds. */
struct life_slots {
	struct life_config confirmed; /* LIFE_UNKNOWN: damaged */
	struct life_config older;     /* the one before it; only if that is damaged */
	struct life_config trial;
	uint64_t trial_until;
	bool trial_is_of_this_boot;
	struct life_config rejected;
};

struct life_event {
	enum life_event_kind kind;
	struct life_slots slots;   /* LIFE_STARTS */
	uint64_t trial_length;     /* LIFE_RELOAD: 0: for good */
	bool may_cut;              /* LIFE_RELOAD, LIFE_STARTS: sessions may be cut */
	struct life_config config; /* LIFE_LISTS_TAKEN */
};

/* Actions. */

enum life_action_kind {
	LIFE_READ,       /* the files on the disk; they are then the candidate */
	LIFE_APPLY,      /* put config into force */
	LIFE_CLOSE,      /* let in nobody but management, unless the kernel holds a table of ours */
	LIFE_OPEN,       /* remove our table */
	LIFE_SAVE,       /* config in slot */
	LIFE_MOVE_TRIAL, /* the slot of the trial becomes that of the rejected */
	LIFE_REMOVE,     /* slot */
	LIFE_SAY,        /* word: to who has asked, and to the log.  Nothing can come of it. */
};

/* Whose session a configuration must not cut. */
enum life_guard {
	LIFE_GUARD_NOBODY,
	LIFE_GUARD_ASKER,    /* who asks for the reload */
	LIFE_GUARD_SESSIONS, /* every session of an administrator: this host is protected for the
				first time */
};

enum life_reason {
	LIFE_BECAUSE_ASKED,
	LIFE_BECAUSE_STARTED,   /* with what is on the disk */
	LIFE_BECAUSE_LAST_GOOD, /* start with what was confirmed */
	LIFE_BECAUSE_RESUMED,   /* start in the middle of a trial */
	LIFE_BECAUSE_UNDONE,    /* somebody has rolled the trial back */
	LIFE_BECAUSE_EXPIRED,   /* nobody has confirmed it in time */
	LIFE_BECAUSE_CONFIRMED, /* it is in force already, and on trial no longer */
};

enum life_word {
	LIFE_NOTHING_TO_SAY,
	/* the end of a start */
	LIFE_STARTED,
	LIFE_NEVER_GOOD, /* there is no good configuration and never was: the host is left alone */
	LIFE_FIRST_CUTS, /* it would be protected for the first time, and sessions would be cut */
	LIFE_CANNOT_START, /* what has failed was told before */
	/* answers to who asks for a reload */
	LIFE_LOADED,
	LIFE_LOADED_UNSAVED,  /* in force; it could not be saved */
	LIFE_TRIED_CONFIRMED, /* on trial it was not put, since it is what is confirmed already */
	LIFE_ON_TRIAL,
	LIFE_REFUSED,       /* bad, or refused by the kernel */
	LIFE_CUTS,          /* it would cut the session of who asks */
	LIFE_TRIAL_RUNS,    /* there is a trial: first confirm it or roll it back */
	LIFE_NO_RETURN,     /* nothing good is in force that a trial could return to */
	LIFE_TRIAL_UNSAVED, /* the trial could not be written down */
	/* to who confirms, rolls back, flushes */
	LIFE_NO_TRIAL,
	LIFE_CONFIRMS,
	LIFE_CONFIRMS_UNSAVED, /* it could not be saved: the trial goes on */
	LIFE_UNDONE,
	LIFE_NOT_UNDONE, /* the trial is over, and is undone as soon as that can be done */
	LIFE_FLUSHED,
	LIFE_NOT_FLUSHED,
	/* to nobody */
	LIFE_EXPIRED, /* the trial, and it is undone */
	LIFE_WORDS,
};

struct life_action {
	enum life_action_kind kind;
	struct life_config config; /* LIFE_APPLY, LIFE_SAVE */
	enum life_slot slot;       /* LIFE_SAVE, LIFE_REMOVE */
	uint64_t until;            /* LIFE_SAVE of a trial */
	enum life_guard guard;     /* LIFE_READ */
	enum life_reason reason;   /* LIFE_APPLY */
	bool on_trial;             /* LIFE_APPLY: it may be undone */
	bool is_over_damaged;      /* LIFE_SAVE: what is there is damaged, and not worth keeping */
	bool is_again;             /* LIFE_APPLY: it was told that it has failed before */
	enum life_word word;       /* LIFE_SAY */
	bool ends_trial;           /* LIFE_SAY: LIFE_FLUSHED, LIFE_TRIED_CONFIRMED */
};

/* The results of actions. */

enum life_outcome {
	LIFE_OK,
	LIFE_BAD,       /* the configuration: faulty, or refused by the kernel */
	LIFE_FAILED,    /* the machine */
	LIFE_WOULD_CUT, /* LIFE_READ: good, and it would cut whom the guard was to ask */
	LIFE_LEFT,      /* LIFE_CLOSE: there is a table of ours, and it was left as it is */
};

struct life_result {
	enum life_outcome outcome;
	struct life_config config; /* LIFE_READ: the candidate; LIFE_APPLY of what was saved: the
				    * same, with the list files that it was given */
};

/* The machine. */

enum life_in_force {
	LIFE_NOT_YET,    /* nothing was done yet */
	LIFE_GOOD,       /* a configuration */
	LIFE_CLOSED,     /* management only */
	LIFE_LEFT_ALONE, /* the rules that an earlier daemon has put into the kernel */
	LIFE_IS_OPEN,    /* flushed: nothing */
};

/* What is known of the files on the disk. */
enum life_disk {
	LIFE_DISK_TAKEN,    /* what was read last was good, or nothing was read yet */
	LIFE_DISK_REFUSED,  /* what was read last is not good */
	LIFE_DISK_REJECTED, /* what was read last was on trial, and not confirmed */
};

/* Ways in which the host is protected and something is wrong all the same: a set. */
enum life_trouble {
	LIFE_TROUBLE_REFUSED = 1,     /* what is on the disk is refused */
	LIFE_TROUBLE_UNCONFIRMED = 2, /* … was on trial, and not confirmed */
	LIFE_TROUBLE_CLOSED = 4,      /* nothing good is in force */
	LIFE_TROUBLE_UNSAVED = 8,     /* the state directory is not as it should be */
	LIFE_TROUBLE_UNDOING = 16,    /* a trial is over and could not be undone yet */
	LIFE_TROUBLE_UNSETTLED = 32,  /* what was confirmed is still in force in a trial's form */
};

/* Microseconds. */
enum {
	LIFE_APPLY_PAUSE = 1000 * 1000,    /* before a roll-back that has failed is tried again */
	LIFE_SAVE_PAUSE = 5 * 1000 * 1000, /* before saving is */
};

#define LIFE_NEVER UINT64_MAX

struct life {
	enum life_in_force in_force;
	struct life_config config;    /* LIFE_GOOD: what is in force */
	struct life_config confirmed; /* last; what a trial returns to and what should boot */
	struct life_config tried;     /* on trial, as it was when the trial began */
	uint64_t until;               /* its end; LIFE_NEVER: there is no trial */
	struct life_config rejected;  /* was on trial last and not confirmed */
	enum life_disk disk;
	bool was_good;     /* there was a good configuration once */
	bool is_ours;      /* the table: before that the state directory is not touched */
	bool is_undoing;   /* confirmed is to be in force again and is not yet */
	bool is_unsettled; /* config is in force in a trial's form and confirmed */
	uint64_t apply_at; /* when one of these two is tried again; LIFE_NEVER: neither */

	/* The state directory. */
	struct life_config slots[LIFE_SLOTS]; /* what it holds */
	uint64_t slot_until;                  /* of the trial in it */
	unsigned failed_slots;                /* a bit for each that could not be put right */
	uint64_t save_at; /* when that is tried again; LIFE_NEVER: all is well */

	/* Where it is in a chain of steps. */
	unsigned step;         /* of enum life_step */
	unsigned tidying;      /* of enum life_tidying */
	bool is_acting;        /* an action was given out and nothing has come of it yet */
	bool last_good_failed; /* at the start, for want of something other than a good one */
	bool was_refused;      /* at the start, by the kernel: a good configuration */
	struct life_event asked;
	struct life_config candidate;
	uint64_t candidate_until;
	enum life_word word; /* to be said at the end */
	bool ends_trial;
	enum life_reason undo_reason;
};

void life_init(struct life *l);

/* Notes what happens.  Only when life_next() has said that there is nothing to do. */
void life_hear(struct life *l, const struct life_event *e, uint64_t now);
/* True with what is to be done now; after LIFE_SAY ask again, after all others call life_done()
 * first. */
bool life_next(struct life *l, struct life_action *ret);
void life_done(struct life *l, const struct life_result *r, uint64_t now);
/* When LIFE_TIME is to be heard at the latest, or LIFE_NEVER. */
uint64_t life_wake(const struct life *l);

/* Questions. */
bool life_on_trial(const struct life *l);
bool life_is_open(const struct life *l);
/* True if what is in force follows the host, its interfaces and lists. */
bool life_follows_host(const struct life *l);
unsigned life_troubles(const struct life *l); /* of enum life_trouble */
/* True if it may still name this configuration. */
bool life_knows(const struct life *l, struct life_config c);
/* True if the request was carried out. */
bool life_word_is_good(enum life_word w);
