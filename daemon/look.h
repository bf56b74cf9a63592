/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts of the host, as the daemon knows them. */
#pragma once

#include "host/facts.h"

struct service;

struct looking {
	struct facts facts; /* of the last look at the host */
};

/* Looks at the host.  The facts are valid until the next look; what cannot be looked at is as it
 * was at the last one, or not known. */
const struct facts *look(struct service *s);

/* Whether the policy in force depends on what could not be looked at: a trouble, and it is tried
 * again.  After each look, and for each new policy. */
void look_note(struct service *s);

void looking_done(struct looking *l);
