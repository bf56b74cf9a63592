/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cap of the sizing table on concurrent sessions, and what one client may have of it. */
#pragma once

#include "compile/compile.h"
#include "ruleset/build.h"

/* The chain that each opening packet of a session passes before it is accepted. */
#define SESSION_CHAIN "session-cap"

/* True if sessions are counted at all. */
bool sessions_are_counted(const struct policy *p);

/* Writes SESSION_CHAIN and what it leads to.  "rejection" must be there. */
void session_chains(struct build *b, const struct policy *p, const struct form *form);
