/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which rules of others' tables drop what ours allows. */
#pragma once

#include "others/findings.h"
#include "others/foreign.h"

struct facts;
struct policy;

/* This host, as far as packets of ours tell. */
struct survey_host {
	const struct facts *facts; /* its addresses; NULL: not known */
	/* By which interface packets go to an address, and come from it.  False, or NULL: not
	 * known. */
	bool (*interface_of)(void *context, const struct addr *a, char ret_name[IF_NAMESIZE]);
	void *context;
};

/* Judges what others have by what the policy allows.  0 with *ret, or -ENOMEM. */
int survey(const struct foreign *f, const struct policy *p, const struct survey_host *host,
	struct findings *ret);

/* True if it makes a difference whether somebody drops what comes from or goes to the address. */
bool survey_cares(const struct policy *p, const struct survey_host *host, const struct addr *a);
