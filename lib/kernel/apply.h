/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy into the kernel, in one transaction. */
#pragma once

#include "config/policy.h"
#include "kernel/batch.h"
#include "kernel/inventory.h"
#include "kernel/nfsock.h"

/* Builds the batch that turns what the inventory found into r.  0 or -ENOMEM; batch_done() in
 * both cases. */
int apply_batch(const struct ruleset *r, const struct inventory *now, uint32_t first_seq,
	struct batch *ret);

/* Compiles p for the next generation and puts it into the kernel: wholly, or not at all.
 * 0 with the generation; -EINVAL if the kernel refused something, and diags says what;
 * -EPERM without CAP_NET_ADMIN; -EPROTONOSUPPORT on a kernel without nf_tables; or another
 * negative errno.  Only our own table is touched. */
int apply(struct nfsock *s, const struct policy *p, struct diags *diags, uint16_t *ret_generation);
