/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a change changes, in one sentence for the log. */
#pragma once

#include "ask/difference.h"
#include "base/text.h"
#include "config/policy.h"

/* "1 flow added, 1 flow and 1 peer changed (flow web, inbound; peer client: 2 addresses added)";
 * "nothing changed" if the list is empty. */
void summary_put_differences(const struct difference_list *d, struct text *to);
/* "3 flows and 1 peer": those that are in force with p. */
void summary_put_policy(const struct policy *p, struct text *to);
/* "1 flow", "3 flows". */
void summary_put_count(size_t n, const char *one, struct text *to);
