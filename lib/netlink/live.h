/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live connections of this host, for a preview; and by which interface they come. */
#pragma once

#include "ask/preview.h"
#include "netlink/nfsock.h"
#include "netlink/route.h"

/* Finds interfaces by asking the kernel for the way back. */
struct ways {
	struct route route;
	const struct facts *facts;
};

/* 0 or negative errno. */
int ways_open(struct ways *w, const struct facts *facts);
void ways_close(struct ways *w);
/* Of an open one, which must stay where it is. */
struct interface_finder ways_finder(struct ways *w);

/* By which interface a packet comes in, asked once.  NULL: not known. */
const char *ways_ask(const struct facts *facts, const struct packet *p, char name[IF_NAMESIZE]);

/* Adds all that are tracked to a preview, and sorts them.  0; -EPERM without CAP_NET_ADMIN;
 * -EPROTONOSUPPORT on a kernel without ctnetlink; -EINTR if they never stood still; or another
 * negative errno. */
int live_add_all(struct nfsock *s, struct preview *v);
/* The same, and -ETIME if it takes longer than so many microseconds. */
int live_add_within(struct nfsock *s, struct preview *v, uint64_t usec);
