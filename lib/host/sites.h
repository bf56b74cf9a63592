/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sites: hosts that other programs are told to call, by names or addresses. */
#pragma once

#include <stdint.h>

#include "host/words.h"

enum { SITES_PORTS_MOST = 8 };

struct sites {
	char **items; /* in the order in which they were found, each once, in small letters */
	size_t count, allocated;
	uint16_t ports[SITES_PORTS_MOST]; /* other ones than the usual */
	size_t n_ports;
};

void sites_done(struct sites *s);

/* Adds a host.  What is no name and no address, and this host itself, is left out.  0 or
 * -ENOMEM. */
int sites_add(struct sites *s, const struct span *host);
/* Notes a port, if it is not there yet and there is room. */
void sites_add_port(struct sites *s, uint16_t port);
