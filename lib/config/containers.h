/* SPDX-License-Identifier: GPL-2.0-or-later */
/* containers =: the interfaces behind which there are only containers and guests of this host. */
#pragma once

#include "config/host.h"

/* Fills h->containers and h->container_networks; h->interfaces must be known.  e: the key, or NULL
 * (auto); f may be NULL.  0 or -ENOMEM; faults go to diags. */
int containers_read(const struct entry *e, const struct facts *f, struct arena *arena,
	struct diags *diags, struct host *h);
