/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The admin's way in, which neither flows nor the connection tracker can close. */
#pragma once

#include "config/policy.h"
#include "net/side.h"
#include "ruleset/build.h"

/* The set of its ports; once in a ruleset, before the rules that look it up. */
void management_ports(struct build *b, const struct host *h);

/* Into the chain in hand: its packets that come in, or their answers that go out. */
void management_rules(struct build *b, const struct policy *p, enum side side);
