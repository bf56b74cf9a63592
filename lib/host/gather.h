/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking at this host: its memory, cores, addresses, default routes and name servers. */
#pragma once

#include "host/facts.h"

/* Facts that cannot be read are taken from before (NULL: nothing is known), and *ret has their
 * error.  0 or -ENOMEM; facts_done() afterwards. */
int facts_gather(const struct facts *before, struct facts *ret);
