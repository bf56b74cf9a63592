/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sending what was built. */
#pragma once

#include "netlink/batch.h"
#include "netlink/nfsock.h"
#include "ruleset/stages.h"

/* Others change their tables now and then; who commits all the time is faster nineteen times of
 * twenty. */
enum { SEND_TRIES = 100 };

/* Sends a batch that was built with result r, and ends it.  0; -EINVAL if the kernel refused
 * something, and diags says what; -ERESTART if the ruleset is not the one that the batch is
 * for; or another negative errno. */
int send_batch(struct nfsock *s, struct batch *b, int r, struct diags *diags);

/* A function that builds the batch of one transaction. */
typedef int build_fn(const void *what, uint32_t first_seq, uint32_t genid, struct batch *ret);

/* One transaction, until nobody is in between.  As send_batch(). */
int send_built(struct nfsock *s, build_fn *build, const void *what);

/* Fills sets that are there, empty, and that nothing leads to, in parts: many small sets in one
 * transaction, since each takes the longer the more chains there are.  None of them may be of no
 * elements. 0, and how many transactions it took; or as send_batch(). */
int send_elements(struct nfsock *s, const struct set *const *sets, size_t n_sets, size_t *ret_sent);

/* The difference of two rulesets, until nobody is in between; in parts if it is a large one.  0;
 * -ESTALE if only a part could be done; or as send_batch(). */
int send_difference(struct nfsock *s, const struct differences *d);

/* From d's old ruleset on, one stage after the other, with packets leaving the rules before each
 * but the first.  0; -ESTALE if it ends on the way; or as send_batch(). */
int send_stages(struct nfsock *s, const struct differences *d, const struct stages *stages);
