/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transaction for a table of which only the inventory is known, or that is not there. */
#pragma once

#include "kernel/batch.h"
#include "kernel/inventory.h"
#include "kernel/ownership.h"

/* Builds the batch that turns what the inventory found into r, in a table of the ownership
 * wanted.  0 or -ENOMEM; batch_done() in both cases. */
int replace_batch(const struct ruleset *r, const struct inventory *now, enum ownership ownership,
	uint32_t first_seq, struct batch *ret);
