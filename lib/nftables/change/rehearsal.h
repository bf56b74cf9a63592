/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A transaction that is never committed, by which a kernel shows what it knows. */
#pragma once

#include <stdbool.h>

#include "netlink/nfsock.h"

#define REHEARSED_NAME TABLE_NAME "-rehearsed"

/* Begins one with a table of that name, for what is tried in it.  rehearsal_find(): ends it and
 * asks the kernel; 0 with *ret_lacks, or negative errno.  The batch is done then. */
void rehearsal_start(const struct nfsock *s, struct batch *ret);
int rehearsal_find(struct nfsock *s, struct batch *b, bool *ret_lacks);
