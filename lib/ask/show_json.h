/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy as JSON, for programs. */
#pragma once

#include "base/text.h"
#include "config/policy.h"

struct learned;

/* learned: what is known of names (compile/learned.h); NULL: nobody here knows.
 *
 * One object with host, management, flows (of this host, on or off) and peers (with all
 * their addresses), and a newline. */
void show_json(const struct policy *p, const struct learned *learned, struct text *to);
