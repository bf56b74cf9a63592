/* SPDX-License-Identifier: GPL-2.0-or-later */
/* [host] enable: which optional rows it turns on, by their own names and by those of bundles. */
#pragma once

#include "config/policy.h"

/* The item of enable = that turns the row on, or NULL. */
const struct name *enabling_item(const struct policy *p, const struct flow *f);

/* Names in enable = and disable = that mean nothing, or two things. */
void enabling_check(const struct policy *p, struct diags *diags);

/* Warns of items of enable = that only turn on rows between other hosts.  The flows are built. */
void enabling_warn_of_others(const struct policy *p, struct diags *diags);
