/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes up what the host has become: the list files of peers as soon as they are written, and then
 * its addresses, routes and name servers.
 *
 * A pure machine like upkeep.h: what happens goes in (takeup_hear), what is to be done comes out,
 * one action at a time (takeup_next), and what came of it is what happens next.  upkeep.h says when
 * to begin.  The machine reads no file: whether one is still being written it is told by events
 * (host/writing.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "host/writing.h"

/* A file that is followed.  It belongs to who follows it. */
struct takeup_file {
	struct writing *writing;
	bool is_list;      /* of a peer; if not, TAKEUP_LOOK reads it */
	bool is_refused;   /* its content is, so its former one stays in force */
	bool is_left_open; /* somebody wrote to it and does not close it */
	bool is_read;      /* TAKEUP_READ, TAKEUP_APPLY: it is read anew; others stay as they are */
	/* for the machine */
	bool is_unchecked; /* in this turn */
	bool is_chosen;    /* to be taken in this turn */
	struct takeup_file *next;
};

/* Events. */

enum takeup_event_kind {
	TAKEUP_BEGIN,    /* it is time to look; not in the middle of a turn */
	TAKEUP_FOLLOWED, /* a policy has come into force, and its files are followed */
	TAKEUP_UNDONE,   /* what is in force has older lists than the disk */
	/* what came of the action */
	TAKEUP_LOOKED,
	TAKEUP_DRAINED,
	TAKEUP_CHECKED,
	TAKEUP_WAS_READ,
	TAKEUP_APPLIED,
	TAKEUP_LOADED,
};

enum takeup_content {
	TAKEUP_UNUSED, /* what is in force has no such list */
	TAKEUP_SAME,   /* as what is in force */
	TAKEUP_OTHER,
	TAKEUP_CUT, /* another, which looks as if its end is still to be written */
};

struct takeup_event {
	enum takeup_event_kind kind;
	bool follows;                /* TAKEUP_BEGIN: what is in force is made from the host */
	enum takeup_content content; /* TAKEUP_CHECKED */
	bool is_other;               /* TAKEUP_LOOKED: the host is another than in force */
	int error; /* TAKEUP_WAS_READ, TAKEUP_APPLIED, TAKEUP_LOADED: negative errno */
};

/* Actions. */

enum takeup_action_kind {
	TAKEUP_LOOK,   /* at the host; what is read later is read for the host as it is now */
	TAKEUP_DRAIN,  /* tell the files what has happened to them up to now */
	TAKEUP_CHECK,  /* compare file with what is in force */
	TAKEUP_READ,   /* what is in force, with each file that is_read; it is then the candidate */
	TAKEUP_APPLY,  /* the candidate */
	TAKEUP_LOAD,   /* what is in force again, for the host as it is now */
	TAKEUP_REFUSE, /* file: what was read or applied last was faulty by it alone, or error */
	TAKEUP_CLEAR,  /* file is refused no longer */
	TAKEUP_TELL,   /* what is wrong with lists has changed */
	TAKEUP_END,    /* of the turn, with error or is_again */
};

struct takeup_action {
	enum takeup_action_kind kind;
	struct takeup_file *file; /* TAKEUP_CHECK, TAKEUP_REFUSE, TAKEUP_CLEAR */
	bool is_first_try;        /* TAKEUP_APPLY: if it fails, each file is tried by itself */
	int error;                /* TAKEUP_REFUSE, TAKEUP_END: negative errno, or 0 */
	bool is_again;            /* TAKEUP_END: files became ready meanwhile, and nobody says so */
};

enum takeup_step {
	TAKEUP_IS_IDLE,
	TAKEUP_LOOKS,
	TAKEUP_DRAINS,
	TAKEUP_CHECKS,
	TAKEUP_READS,
	TAKEUP_DRAINS_AGAIN,
	TAKEUP_APPLIES,
	TAKEUP_REFUSES,
	TAKEUP_CLEARS,
	TAKEUP_LOADS,
	TAKEUP_TELLS,
	TAKEUP_ENDS,
};

struct takeup {
	struct takeup_file *files;
	enum takeup_step step;
	bool is_apart;   /* each file by itself, since together they were not taken */
	bool is_other;   /* the host than in force, as far as was looked */
	bool is_news;    /* what is wrong with lists */
	bool is_touched; /* lists may be others than what is in force */
	int tried;       /* what came of reading: 0 or negative errno */
	int error;       /* the turn's */
	struct takeup_file *checked;
};

void takeup_add(struct takeup *t, struct takeup_file *f);
/* It is followed no longer, which may be so in the middle of a turn. */
void takeup_forget(struct takeup *t, struct takeup_file *f);

void takeup_hear(struct takeup *t, const struct takeup_event *e, uint64_t now);
/* True with what is to be done now; what came of it is to be heard before this is asked again. */
bool takeup_next(struct takeup *t, uint64_t now, struct takeup_action *ret);
/* True if a configuration that was in force before may have this list as it is on the disk now: as
 * far as was heard, nobody is writing it.  NULL: a list that nobody follows is read as a start
 * reads it.  The files were told what has happened to them up to now. */
bool takeup_may_read(const struct takeup_file *f, uint64_t now);
/* True if a turn is to begin, though nothing else says so. */
bool takeup_is_due(const struct takeup *t, uint64_t now);
