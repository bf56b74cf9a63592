/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hearing of changes of links, addresses and default routes (rtnetlink(7)). */
#pragma once

#include <stdbool.h>

#include <libmnl/libmnl.h>

struct hostwatch {
	struct mnl_socket *socket;
};

/* A socket that hears of what is followed (of enum host_follow; FOLLOWS_RESOLVERS is a matter of
 * files and not of this).  0 or negative errno. */
int hostwatch_open(struct hostwatch *w, unsigned follows);
void hostwatch_close(struct hostwatch *w);
int hostwatch_fd(const struct hostwatch *w);

/* Reads all that is waiting: 1 if something of what is followed may have changed, also if
 * messages were lost; 0 if not; or negative errno. */
int hostwatch_read(struct hostwatch *w);
