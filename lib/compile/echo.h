/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which echo requests are answered, and how many. */
#pragma once

#include "config/policy.h"
#include "ruleset/build.h"

/* The chains "echo-v4" and "echo-v6", for requests that come in, and those behind them. */
void echo_chains(struct build *b, const struct policy *p);
