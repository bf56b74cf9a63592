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

static bool is_an_end(void *context, const struct addr *a)
{
	const struct packet *p = context;
	return addr_compare(a, &p->source) == 0 || addr_compare(a, &p->destination) == 0;
}

int others_ask(const struct packet *p, enum side side, struct findings *to,
	struct asked_others *ret)
{
	struct packet asked = *p;
	const struct foreign_interest interest = {is_an_end, &asked};
	struct foreign f;
	int r = foreign_read(&interest, &f);
	if (r < 0)
		return r;
	r = asked_judge(&f, p, side, to, ret);
	foreign_done(&f);
	return r;
}
