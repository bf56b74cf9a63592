/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts: what the machine is and looks like now, as opposed to what the admin said.
 *
 * Links, routes, resolvers and the answers for names join this when peers may be named by
 * them; policy and compilation take facts as an argument already, and stay pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

struct facts {
	uint64_t memory;        /* bytes; 0: not known */
	unsigned cores;         /* 0: not known */
	struct addr *addresses; /* of this host's interfaces */
	size_t n_addresses;
};

/* Asks the system.  0, or negative errno.  facts_done() afterwards. */
int facts_gather(struct facts *ret);
void facts_done(struct facts *f);

/* True if a is an address of this host, loopback included. */
bool facts_is_local(const struct facts *f, const struct addr *a);
