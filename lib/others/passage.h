/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way of a sample through a base chain of others: who drops it, and where DNAT leads it. */
#pragma once

#include "others/sample.h"

/* How much of a sample has reached a rule. */
struct path {
	bool certain;  /* all of it, or all that is left of it */
	bool narrowed; /* only some, by a match that we do not understand */
	bool named;    /* with our port or a peer's address in a match on the way */
	bool single;   /* with a single address in one */
};

struct drop {
	const struct foreign_chain *chain;
	const struct foreign_rule *rule; /* NULL: the policy */
	struct path path;
};

/* Where others lead a connection that comes in. */
struct dnat {
	enum { DNAT_NOWHERE, DNAT_PERHAPS, DNAT_CERTAINLY } where;
	struct foreign_target to;
};

enum { DROPS_AT_MOST = 64 };

struct passage {
	size_t steps_left; /* rules that may still be met */
	bool gave_up;      /* there were more */

	/* what came of the last sample */
	const struct foreign_chain *base;
	const struct sample *sample;
	bool some_passed;
	struct drop drops[DROPS_AT_MOST]; /* in their order */
	size_t n_drops;
	struct dnat dnat; /* of all samples since it was reset */
};

/* certain: all of the sample comes there. */
void passage_send(struct passage *p, const struct foreign_chain *base, const struct sample *s,
	bool certain);
/* The drop by which nothing of it is left, or NULL. */
const struct drop *passage_decided(const struct passage *p);

/* One step of the work that there may be.  False if that was too much. */
bool passage_step(struct passage *p);
