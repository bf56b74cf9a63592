/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and judging go together: of large sets only those addresses are read that make a
 * difference to what we allow.
 */
#include "others/others.h"

#include "others/read.h"

struct caring {
	const struct policy *policy;
	const struct survey_host *host;
};

static bool cares(void *context, const struct addr *a)
{
	const struct caring *c = context;
	return survey_cares(c->policy, c->host, a);
}

int others_look(const struct policy *p, const struct survey_host *host, struct findings *ret)
{
	struct caring caring = {p, host};
	const struct foreign_interest interest = {cares, &caring};
	struct foreign f;
	int r = foreign_read(&interest, &f);
	if (r < 0)
		return r;
	r = survey(&f, p, host, ret);
	foreign_done(&f);
	return r;
}
