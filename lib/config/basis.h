/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a policy was made from: the files as they were read, and the facts of the host then. */
#pragma once

#include "config/policy.h"
#include "config/snapshot.h"

struct basis {
	struct snapshot *snapshot; /* NULL: nothing yet */
	struct facts facts;
	bool is_closed; /* only [management] was taken from the files */
};

void basis_done(struct basis *b);

enum basis_how {
	BASIS_ANEW,       /* all files as they are now */
	BASIS_LISTS_ANEW, /* stale list files as they are now, the others as they were */
	BASIS_KEPT,       /* all files as they were; so only the facts are new */
	BASIS_CLOSED,     /* all files as they are now; only [management] is taken from them */
};

/* Loads a policy for a host of which these are the facts.  As policy_load(); *ret_basis is what it
 * was made from, a copy of the facts included.  now is looked at only for files as they were, and
 * dirs only for files as they are. */
int basis_load(const struct config_dirs *dirs, const struct basis *now, enum basis_how how,
	const struct facts *facts, struct diags *diags, struct policy **ret,
	struct basis *ret_basis);
