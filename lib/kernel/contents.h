/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in a set, in the kernel or as it should be, so that the two can be compared. */
#pragma once

#include "base/text.h"
#include "kernel/elements.h"
#include "kernel/nfsock.h"

/* One key, or those from the first to the last. */
struct run {
	uint8_t first[KEY_MAX];
	uint8_t last[KEY_MAX];
	const char *chain; /* where a map's element leads, or NULL */
};

struct contents {
	struct arena *arena; /* of the names of chains */
	struct run *runs;    /* in order */
	size_t count, allocated;
};

void contents_done(struct contents *c);

/* Those of a set of ours in the kernel, with keys of length bytes.  0, -EINTR if it is gone, or
 * another negative errno. */
int contents_read(struct nfsock *s, const char *set, size_t length, struct contents *ret);

/* Those of a ruleset's.  0 or -ENOMEM. */
int contents_of(const struct set *s, struct contents *ret);

/* Calls f for each run that goes (added false) or comes, in order.  A run that grows goes and
 * comes, and so does one that leads elsewhere. */
void contents_differences(const struct contents *old, const struct contents *next,
	void (*f)(void *context, bool added, const struct run *run), void *context);

/* As an admin writes it: an address, a prefix, a port, "8000-8100". */
void run_print(const struct run *r, enum data_type type, struct text *to);
