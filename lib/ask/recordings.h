/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has the disk room for the recordings of a day, as the sizing table says? */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* What the sizing table asks of a directory. */
struct recordings {
	const char *directory; /* NULL: none is named */
	uint64_t day;          /* bytes; 0: the host has no size that says how many */
	uint32_t administrators;
};

/* What is there. */
struct space {
	int error; /* not 0: a negative errno, and the rest is not known */
	uint64_t available, total;
};

/* What status says of them, by the daemon; in bytes, and the first is missing if none is named. */
#define RECORDINGS_KEY      "recordings"
#define RECORDINGS_SIZE_KEY "recordings-for-size"
#define RECORDINGS_DAY_KEY  "recordings-of-a-day"

struct policy;

struct recordings recordings_of(const struct policy *p);

/* Asks the file system, which a network may keep from answering.  For who has nothing else to do.
 */
struct space recordings_look(const char *directory);

/* True, with a sentence, if it has not the room for a day. */
bool recordings_lack(const struct recordings *r, const struct space *s, struct text *to);
