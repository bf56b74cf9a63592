/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses that were asked for, and that no name of a peer has (compile/holding.h). */
#pragma once

#include "net/addr.h"
#include "netlink/nfsock.h"

/* At most so many at a time. */
enum { NOT_OF_NAME_MOST = 256 };

/* For the next seconds, what waits for one of them is refused when it is judged again.  All or
 * none: 0; -ENOENT if what is in force lets nothing wait; -ENFILE if there are too many already; or
 * another negative errno. */
int not_of_name_add(struct nfsock *s, const struct addr *addresses, size_t n);
