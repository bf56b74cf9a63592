/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host file put into the kernel of this namespace. */
#pragma once

#include "live/applying.h"
#include "live/netns.h"
#include "ruleset/memory_policy.h"

static inline struct applied put(struct nfsock *s, const char *host)
{
	struct applied now = {.ownership = OWNERSHIP_NONE};
	struct diags diags = {0};
	enum apply_outcome outcome;
	assert_int_equal(apply_policy(s, &now, memory_policy(NULL, host), &diags, &outcome), 0);
	diags_done(&diags);
	return now;
}
