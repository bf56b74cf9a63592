/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An INI file as a sequence of events, each with its place.  Bytes in, events and faults
 * out; what sections and keys mean is the receiver's business.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"

struct ini_events {
	/* [title]: title is what stands between the brackets, without blanks around it; NULL for
	 * one that is broken, which has been noted. */
	void (*section)(void *context, struct place at, const char *title);
	/* key = …: the value follows in one or more pieces. */
	void (*key)(void *context, struct place at, const char *key);
	/* A piece of the value.  glued: it goes on where the last piece ended; otherwise a
	 * continuation line of the admin's, to be set off by a blank. */
	void (*piece)(void *context, struct place at, const char *piece, bool glued);
	/* A line that could not be read, which has been noted: something is missing here. */
	void (*broken)(void *context);
};

/* Reads a whole file.  file is its name for places.  Faults: a NUL byte, a control
 * character, invalid UTF-8 (comments included), a line that is neither section, key,
 * continuation nor comment, text behind a section's bracket.  0, or -ENOMEM. */
int ini_read(const char *file, const char *bytes, size_t length, const struct ini_events *events,
	void *context, struct diags *diags);
