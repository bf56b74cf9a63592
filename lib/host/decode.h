/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rtnetlink says of links, addresses, routes and next hops, made into facts.  Bytes in, values
 * out: the socket is gather's. */
#pragma once

#include <libmnl/libmnl.h>

#include "host/facts.h"

struct decoded_link {
	unsigned index;
	char name[IFNAMSIZ];
	bool is_down;
	bool is_bridge;
	bool is_virtual; /* it leads to a container or guest: the end of a pair, a tap */
	unsigned bridge; /* of which it is a port; 0: of none */
};

/* A next hop that stands by itself (`ip nexthop`), or a group of them. */
struct decoded_nexthop {
	uint32_t id;
	bool has_address;
	struct addr address;
	uint32_t *members; /* of a group */
	size_t n_members;
};

/* A default route that names its next hop by number only. */
struct decoded_reference {
	uint32_t id;
	bool is_learned;
};

struct decoding {
	struct facts *facts; /* gets addresses, links and gateways */
	size_t addresses_allocated;
	struct decoded_link *links;
	size_t n_links, links_allocated;
	struct decoded_reference *references;
	size_t n_references, references_allocated;
	struct decoded_nexthop *nexthops;
	size_t n_nexthops, nexthops_allocated;
};

void decoding_done(struct decoding *d);

/* One message of a dump: all of the links come before the addresses.  Messages of another type
 * are passed over.  0, -ENOMEM, -EBADMSG, or -EINTR: what was dumped before has changed since. */
int decode_link(struct decoding *d, const struct nlmsghdr *nlh);
/* Which of the links lead to containers and guests only, once all of them are there.  0 or -ENOMEM.
 */
int decode_inside(struct decoding *d);
int decode_address(struct decoding *d, const struct nlmsghdr *nlh);
int decode_route(struct decoding *d, const struct nlmsghdr *nlh);
int decode_nexthop(struct decoding *d, const struct nlmsghdr *nlh);

/* The gateways that are next hops of their own, once these are there: needed if there are
 * references. */
int decode_references(struct decoding *d);
