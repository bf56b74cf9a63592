/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TCP sessions that this host serves, as its own sockets tell. */
#pragma once

#include "net/service.h"
#include "net/session.h"

struct sessions {
	struct session *items;
	size_t count, allocated;
};

/* Adds those that are established and whose end here has one of the ports.  0 or negative errno;
 * sessions_done() afterwards. */
int sessions_gather(const struct port_range *ports, size_t n_ports, struct sessions *ret);
void sessions_done(struct sessions *s);
