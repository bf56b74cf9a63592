/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How chains that refuse begin: each packet is counted, and some are logged. */
#pragma once

#include "ruleset/build.h"

/* A chain and a counter of that name; its end is the caller's.  Only built-in things have no
 * place. */
void refusing_chain(struct build *b, struct place at, const char *name, const char *prefix);
