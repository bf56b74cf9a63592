/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether rules can give packets to a queue (nft_queue). */
#pragma once

#include <stdbool.h>

#include "netlink/nfsock.h"

/* 0 with *ret_lacks, also on a kernel without nf_tables; or negative errno. */
int queues_find(struct nfsock *s, bool *ret_lacks);
