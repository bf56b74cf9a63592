/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of a [peer], or of [management]. */
#pragma once

#include "base/arena.h"
#include "config/document.h"
#include "config/peer.h"

/* The keys; srv may be NULL where there is no such key. */
struct peer_name_keys {
	const struct entry *name, *srv, *private;
};

/* Reads them into p, in arena.  0 or -ENOMEM; faults go to diags. */
int peer_read_names(struct peer *p, const struct peer_name_keys *keys, struct arena *arena,
	struct diags *diags);
