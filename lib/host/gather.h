/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking at this host: its memory, cores, addresses, default routes and name servers. */
#pragma once

#include "host/facts.h"

/* What cannot be looked at is as it was before (NULL: nothing is known), and its error is noted
 * in *ret.  0 or -ENOMEM; facts_done() afterwards. */
int facts_gather(const struct facts *before, struct facts *ret);
