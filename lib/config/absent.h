/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Warnings of what the configuration counts on, and the host does not have now. */
#pragma once

#include "base/diag.h"
#include "host/facts.h"

/* Each says what follows until there is one.  f is never NULL. */

/* Warns, and returns true, if there is no such interface.  until says what follows, as in "it
 * matches no host". */
bool absent_warn_link(const struct facts *f, const char *link, const char *until, struct place at,
	struct diags *diags);
/* There is the interface, and nobody is by it. */
void absent_warn_address(const struct facts *f, const char *link, struct place at,
	struct diags *diags);
void absent_warn_gateway(const struct facts *f, struct place at, struct diags *diags);
void absent_warn_resolver(const struct facts *f, struct place at, struct diags *diags);
/* A name is followed, and nobody can be asked for it. */
void absent_warn_asking(const struct facts *f, const char *name, struct place at,
	struct diags *diags);
