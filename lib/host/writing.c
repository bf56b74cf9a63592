/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that is being written is not read: half of 10.3.0.200 is 10.3.0.2. It is whole when it is
 * closed after writing, or moved into its place; that it was made, its rights, and other files say
 * nothing.
 *
 * A writer may keep a file open for as long as it wants; after half a minute without a write that
 * is reported, since a file that is not closed is not in force.  truncate(2) closes nothing and
 * looks the same.  The kernel closes the files of a killed process, so that a half-written file
 * counts as whole: a program that wants to be safe from that writes another file and renames it.
 *
 * What was written while nobody listened, such as a file in a directory that was made an instant
 * ago, may be whole or not.  It is read after a while without a change.
 */
#include "host/writing.h"

void writing_hear(struct writing *w, enum writing_event event, uint64_t now)
{
	switch (event) {
	case WRITING_BEGUN:
		w->state = WRITING_BUSY;
		w->since = now;
		return;
	case WRITING_OVER:
	case WRITING_GONE:
	case WRITING_ELSEWHERE:
		w->state = WRITING_READY;
		return;
	case WRITING_MISSED:
		w->state = WRITING_DOUBT;
		w->since = now;
		return;
	case WRITING_TOUCHED:
		if (w->state == WRITING_IDLE)
			w->state = WRITING_READY;
		return;
	}
}

uint64_t writing_long_at(const struct writing *w)
{
	return w->state == WRITING_BUSY ? w->since + WRITING_LONG : UINT64_MAX;
}

bool writing_is_over(const struct writing *w, uint64_t now)
{
	return writing_time(w) <= now;
}

uint64_t writing_time(const struct writing *w)
{
	switch (w->state) {
	case WRITING_IDLE:
	case WRITING_BUSY:
		return UINT64_MAX;
	case WRITING_READY:
		return 0;
	case WRITING_DOUBT:
		return w->since + WRITING_PATIENCE;
	}
	return UINT64_MAX;
}
