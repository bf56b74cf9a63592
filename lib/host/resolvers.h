/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which name servers this host asks, read from what the system has written down. */
#pragma once

#include "host/facts.h"

/* The resolvers that programs on this host ask; and the servers of systemd-resolved, if it is one
 * of them. */
#define RESOLVERS_CONF    "/etc/resolv.conf"
#define RESOLVERS_UPLINKS "/run/systemd/resolve/resolv.conf"

/* Both are text in the form of resolv.conf(5), "" if there is none.  Fills in resolvers and
 * stub.  0 or -ENOMEM. */
int resolvers_read(struct facts *f, const char *conf, const char *uplinks);

/* True if a is where systemd-resolved listens. */
bool resolvers_is_systemd(const struct addr *a);
/* True if programs are told to ask it there. */
bool resolvers_have_systemd(const struct facts *f);
