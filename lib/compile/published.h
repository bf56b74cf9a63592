/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports that a container engine has published, and the containers and guests behind them. */
#pragma once

#include "config/policy.h"
#include "ruleset/build.h"

struct form;

/* The sets that the rules below look up, and the chains that they lead to. */
void published_sets(struct build *b, const struct policy *p);
void published_chains(struct build *b, const struct policy *p, const struct form *form);

/* The end of the chain `published`: of the forwarded packets that DNAT has led elsewhere, those for
 * a port of this host go to `published-here`. */
void published_forward(struct build *b, const struct policy *p);

/* Adds to the current base chain: what this host sends to a container or to a port that it has
 * published itself, and the answers. */
void published_input(struct build *b, const struct policy *p);
void published_output(struct build *b, const struct policy *p);
