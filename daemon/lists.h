/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list files of peers, taken up as they change. */
#pragma once

#include <stdbool.h>

struct service;
struct snapshot;

/* Puts those lists into force whose writing is over, each by itself: one that is faulty or gone is
 * a trouble and does not keep the others back.  0, or negative errno if something else failed. */
int lists_refresh(struct service *s);

/* After something has come into force: true if lists that were refused are to be looked at again,
 * since they may be what is in force now. */
bool lists_recheck(struct service *s);

/* The lists of a configuration are to be read anew, but for those that somebody is writing. */
void lists_mark_stale(struct service *s, struct snapshot *snapshot);
