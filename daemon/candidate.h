/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration that was read and is not in force. */
#pragma once

#include "config/basis.h"
#include "effect.h"
#include "engine/life.h"

struct service;

struct candidate {
	struct policy *policy;
	struct basis basis;
	struct life_config number; /* in the library; LIFE_NONE: not known yet */
	bool on_trial; /* it may be undone: sessions that it refuses hear nothing (compile.h) */
};

/* 0, -EINVAL with faults in diags, or another negative errno.  candidate_done() after 0. */
int candidate_read(struct service *s, enum basis_how how, struct diags *diags,
	struct candidate *ret);
/* Reads a saved configuration, for the host as it is now, BASIS_KEPT or BASIS_LISTS_ANEW; returns
 * as candidate_read(). */
int candidate_read_saved(struct service *s, const struct basis *from, enum basis_how how,
	struct diags *diags, struct candidate *ret);
void candidate_done(struct candidate *c);

/* Puts it into force; it is the service's then.  0 with what has changed, to be ended by
 * effect_done(); or negative errno. */
int candidate_apply(struct service *s, struct candidate *c, struct diags *diags,
	struct effect *ret);
/* Makes what is in force on trial permanent, so that refused packets are answered again.  0; or
 * negative errno, and nothing has changed. */
int candidate_settle(struct service *s);
/* What is in force, compiled and applied once more, as its edits have changed.  The same. */
int candidate_again(struct service *s);
