/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks between sections: do the names that one uses exist in another? */
#pragma once

#include "config/policy.h"

/* Unknown roles, parties, peers and flows.  0 or -ENOMEM. */
int check_names(const struct policy *p, struct diags *diags);

/* The host's size: unknown is a fault, too large for this machine a warning.  Sets p->size. */
int check_size(struct policy *p, const struct facts *facts, struct diags *diags);

/* Warns of lines that have no effect, in a good policy with its flows built.  0 or -ENOMEM. */
int check_uses(const struct policy *p, const struct facts *facts, struct diags *diags);

/* Notes that a flow of this host has nobody declared at its other end; nothing if the party is
 * unknown altogether. */
void check_note_missing(const struct policy *p, const struct flow *f, const struct name *party,
	struct diags *diags);
