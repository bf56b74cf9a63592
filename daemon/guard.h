/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps administrators from cutting themselves off. */
#pragma once

#include <stdbool.h>

#include "base/text.h"
#include "config/policy.h"

struct candidate;
struct service;

/* True, with the reason in lines, if the candidate would cut the session from which it is
 * asked for.  session is SSH_CONNECTION: "ADDRESS PORT ADDRESS PORT", client and server; "": none.
 */
bool guard_refuses(const struct service *s, const struct candidate *c, const char *session,
	struct text *lines);

/* The same for a host where nothing was ever in force: true if p would cut every SSH session that
 * this host serves, of which there is one at least. */
bool guard_refuses_start(const struct policy *p, const struct facts *facts, struct text *lines);
/* True, once, if somebody has said that the next start is to be made all the same. */
bool guard_take_mark(const char *runtime_dir);
