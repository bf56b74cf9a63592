/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ruleset as an nft script. */
#pragma once

#include "base/text.h"
#include "ruleset/ruleset.h"

/* A whole script that replaces the table: nft -f accepts it. */
void show_nft(const struct ruleset *r, struct text *to);

/* One rule, without its comment: for messages. */
void show_nft_rule(const struct rule *r, struct text *to);
