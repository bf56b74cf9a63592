/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that is being written is not read: half of 10.3.0.200 is 10.3.0.2.  It is whole when it is
 * closed after writing, or moved into its place; its being made, its rights, or what happens to
 * other files say nothing.
 *
 * A writer that keeps it open has it to himself, for as long as he wants; after half a minute of
 * silence that is told, since what he does not close is not in force.  truncate(2) closes nothing
 * and looks like him.  The kernel closes the
 * files of one that is killed, so that what he has left counts as whole: who wants to be
 * safe from that writes beside it and renames.
 *
 * What was written while nobody listened, such as a file in a directory that was made an instant
 * ago, may be whole or not, and nothing tells.  It is taken when it has been silent for a while.
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
