/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the kernel has policies of timeouts for connections (nf_conntrack_timeout). */
#pragma once

#include <stdbool.h>

#include "netlink/nfsock.h"

/* 0 with *ret_lacks, also on a kernel without nf_tables; or negative errno. */
int timeouts_find(struct nfsock *s, bool *ret_lacks);
