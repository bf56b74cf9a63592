/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which interface this host sends to an address. */
#pragma once

#include <libmnl/libmnl.h>
#include <net/if.h>

#include "net/addr.h"

struct route {
	struct mnl_socket *socket;
	uint32_t seq;
};

/* 0 or negative errno. */
int route_open(struct route *r);
void route_close(struct route *r);

/* 1 with the interface's name; 0 if there is no way there; or negative errno.  from is the
 * address of ours that it is sent from, or NULL. */
int route_interface(struct route *r, const struct addr *to, const struct addr *from,
	char ret_name[IF_NAMESIZE]);
