/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the kernel has policies of timeouts for connections (nf_conntrack_timeout). */
#pragma once

#include "nftables/change/rehearsal.h"

/* Tries one, with others. */
void timeouts_rehearse(struct rehearsal *r);

/* The same alone.  0 with *ret_lacks, also on a kernel without nf_tables; or negative errno. */
int timeouts_find(struct nfsock *s, bool *ret_lacks);
