/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeping in force what is in force: the machine of engine/upkeep.h is told what happens, and what
 * it says is done is done. */
#pragma once

#include "caller.h"
#include "engine/upkeep.h"

struct service;

/* Tells the machine.  What follows from it is done by the next keep_up(). */
void keep_hear(struct service *s, const struct upkeep_event *e);
/* Somebody asks for a reload by a signal. */
void keep_hear_hangup(struct service *s, const struct caller *by);
/* The host, or a file, may be another. */
void keep_hear_host(struct service *s);
/* Our table was changed, or removed, by ourselves, or could not be: error is 0 or negative errno.
 */
void keep_hear_change(struct service *s, int error);
/* Our table, as it is known now. */
struct upkeep_table keep_table(const struct service *s);

/* Does the next thing that is due.  False: there is none. */
bool keep_up(struct service *s);
