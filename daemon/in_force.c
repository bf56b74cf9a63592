/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in force, from its start to its end.
 *
 * The ruleset borrows from the policy, and the policy from nothing; the snapshot that both were
 * read from is kept by the library, since the machine may still name it when something else is in
 * force.  So a policy goes only after the ruleset that was made from it.
 */
#include "in_force.h"

void in_force_init(struct in_force *f, enum ownership wanted, bool socket_is_kept)
{
	*f = (struct in_force){
		.applied = {.ownership = wanted, .socket_is_kept = socket_is_kept},
	};
}

static void drop_basis(struct in_force *f)
{
	f->basis.snapshot = NULL; /* the library's */
	basis_done(&f->basis);
}

void in_force_done(struct in_force *f)
{
	applied_done(&f->applied);
	policy_free(f->policy);
	drop_basis(f);
	*f = (struct in_force){0};
}

void in_force_take_policy(struct in_force *f, struct policy *p)
{
	if (f->policy != p)
		policy_free(f->policy); /* nothing borrows from it any longer */
	f->policy = p;
}

void in_force_take_basis(struct in_force *f, struct basis *basis, struct snapshot *snapshot)
{
	drop_basis(f);
	f->basis = *basis;
	f->basis.snapshot = snapshot;
	*basis = (struct basis){0};
}
