/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses into and out of sets in force, for who learns or grants them while the daemon runs. */
#pragma once

#include "ruleset/edits.h"

struct service;

/* Each set has afterwards what it is to have, and each later load keeps it: by the short lane, or,
 * if that cannot take it, by applying the configuration in force once more.  0; -ENOENT: nothing is
 * in force, or it has not all of the sets; or another negative errno, and then nothing has changed.
 * What was asked for does not come into force by itself later. */
int lane_put(struct service *s, const struct edits *edits);
