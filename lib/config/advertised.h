/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Warnings of a [management] that lets in anybody who sends this host a router advertisement. */
#pragma once

#include "base/diag.h"
#include "host/facts.h"

/* Warns of `interface = LINK` and of `gateway = yes` in [management], at their places.  f may be
 * NULL. */
void advertised_warn_link(const struct facts *f, const char *link, struct place at,
	struct diags *diags);
void advertised_warn_gateway(const struct facts *f, struct place at, struct diags *diags);
