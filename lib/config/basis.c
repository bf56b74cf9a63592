/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system's files and facts, as they are or as they were. */
#include "config/basis.h"

#include <errno.h>

void basis_done(struct basis *b)
{
	snapshot_free(b->snapshot);
	facts_done(&b->facts);
	*b = (struct basis){0};
}

int basis_load(const struct config_dirs *dirs, const struct basis *now, enum basis_how how,
	const struct facts *facts, struct diags *diags, struct policy **ret,
	struct basis *ret_basis)
{
	const bool anew = how == BASIS_ANEW || how == BASIS_CLOSED;
	const struct config_dirs from = anew ? *dirs : snapshot_dirs(now->snapshot);
	struct basis b = {.is_closed = how == BASIS_CLOSED || (!anew && now->is_closed)};
	int r = facts_copy(facts, &b.facts);
	if (r < 0)
		return r;
	b.snapshot = snapshot_new(&from);
	if (b.snapshot) {
		struct snapshot_reading reading = {
			.system = &file_access_system,
			.kept = anew ? NULL : now->snapshot,
			.lists_anew = how == BASIS_LISTS_ANEW,
			.taken = b.snapshot,
		};
		const struct file_access access = snapshot_access(&reading);
		r = b.is_closed ? policy_load_closed(&from, &access, &b.facts, ret)
				: policy_load(&from, &access, &b.facts, diags, ret);
	} else {
		r = -ENOMEM;
	}
	if (r < 0)
		basis_done(&b);
	else
		*ret_basis = b;
	return r;
}
