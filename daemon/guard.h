/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nobody is to cut himself off by a reload. */
#pragma once

#include <stdbool.h>

#include "base/text.h"
#include "config/policy.h"

struct service;

/* True, with the reason in lines, if p in force would cut the session from which it is asked
 * for.  session is SSH_CONNECTION: "ADDRESS PORT ADDRESS PORT", client and server; "": none. */
bool guard_refuses(const struct service *s, const struct policy *p, const char *session,
	struct text *lines);
