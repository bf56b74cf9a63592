/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a change means for who is connected. */
#pragma once

#include "ruleset/changes.h"

struct change_summary {
	bool any;       /* something must be sent at all */
	bool restricts; /* something that was allowed may no longer be: judge live connections
			 * again */
};

/* Of two rulesets of the same generation. */
struct change_summary changes_summarise(const struct differences *d);
