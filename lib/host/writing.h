/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether somebody is still writing a file, as far as events tell.  The caller gives the time, in
 * microseconds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum writing_event {
	WRITING_BEGUN,     /* the file was made, cut, or written to */
	WRITING_OVER,      /* closed after writing, or moved into its place */
	WRITING_GONE,      /* removed, or moved away */
	WRITING_ELSEWHERE, /* the path leads to another file, which was there before */
	WRITING_MISSED,    /* it may have been written to while nobody listened */
	WRITING_TOUCHED,   /* its rights or times were changed, or somebody wants it looked at */
};

enum writing_state {
	WRITING_IDLE,  /* nothing has happened since it was taken */
	WRITING_BUSY,  /* it is being written: not to be read */
	WRITING_READY, /* it is another one, and is to be taken */
	WRITING_DOUBT, /* it may be either */
};

/* A file in doubt counts as whole after this time without a change. */
enum { WRITING_PATIENCE = 10 * 1000 * 1000 };
/* A file that is open, but was neither written to nor closed for this time, is reported. */
enum { WRITING_LONG = 30 * 1000 * 1000 };

struct writing {
	enum writing_state state;
	uint64_t since; /* of a doubt; of busy: when it was written to last */
};

void writing_hear(struct writing *w, enum writing_event event, uint64_t now);

/* True if it may be read: it is ready, or has been in doubt for long enough. */
bool writing_is_over(const struct writing *w, uint64_t now);

/* When it is to be reported as left open, if nothing happens before; UINT64_MAX: it is not being
 * written. */
uint64_t writing_long_at(const struct writing *w);

/* When it may be taken if nothing more is heard: UINT64_MAX if it must be heard of. */
uint64_t writing_time(const struct writing *w);
