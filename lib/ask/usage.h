/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who uses how many sessions, by the connection tracker. */
#pragma once

#include "ask/judge.h"

struct policy;

struct session_client {
	struct addr address;
	size_t sessions;  /* half-open ones among them */
	size_t half_open; /* a SYN came in, and nothing after that */
};

struct usage {
	size_t sessions, half_open;     /* of all clients */
	struct session_client *clients; /* after usage_finish(), who has most comes first */
	size_t n_clients, allocated;
};

void usage_done(struct usage *u);

/* Takes a connection in, if it is a session: of a session flow of the policy's, from outside to
 * this host, and let in once.  0 or -ENOMEM. */
int usage_add(struct usage *u, const struct policy *p, const struct facts *f,
	const struct connection *c);
/* When all are in. */
void usage_finish(struct usage *u);
