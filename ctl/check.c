/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewallctl check: all faults of the configuration, or none. */
#include <stdio.h>

#include "verbs.h"

int verb_check(const struct invocation *v)
{
	struct policy *p = NULL;
	if (v->argc > 1)
		return bad_use("check takes no '%s'", v->argv[1]);
	int status = load_policy(v, &p);
	policy_free(p);
	return status;
}
