/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Surroundings: the servers that this host is set up to use, as its programs' files name them. */
#pragma once

#include "host/package_sources.h"
#include "host/sites.h"

struct surroundings {
	struct sites time;
	bool has_timesyncd; /* it is there; without servers of its own it asks its distribution's */
	struct package_sources packages;
};

void surroundings_done(struct surroundings *s);

/* Reads the files below root ("": those of this host).  Files that are not there, or cannot be
 * read, say nothing.  0 or -ENOMEM; surroundings_done() afterwards, also after a failure. */
int surroundings_gather(const char *root, struct surroundings *ret);
