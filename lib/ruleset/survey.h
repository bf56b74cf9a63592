/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of others' tables defeats ours. */
#pragma once

#include "config/policy.h"
#include "ruleset/findings.h"
#include "ruleset/foreign.h"

/* Judges what others have by what the policy allows.  0 with *ret, or -ENOMEM. */
int survey(const struct foreign *f, const struct policy *p, struct findings *ret);
