/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts: what the machine is and looks like now, as opposed to what the admin said.  Policy
 * takes them as an argument and stays pure.  The answers for names join this when peers may be
 * named by them.
 */
#pragma once

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

/* An address of this host, and the network that it is directly connected to by it. */
struct link_address {
	char link[IFNAMSIZ];
	struct addr address;
	struct addr_range network;
};

struct facts {
	uint64_t memory; /* bytes; 0: not known */
	unsigned cores;  /* 0: not known */
	struct link_address *addresses;
	size_t n_addresses;
	char (*links)[IFNAMSIZ]; /* all interfaces, up or down */
	size_t n_links;          /* 0: not known */
	struct addr *gateways;   /* of the default routes */
	size_t n_gateways;
	struct addr *resolvers; /* name servers of resolv.conf */
	size_t n_resolvers;
};

/* Where the system says what its name servers are. */
#define FACTS_RESOLV_CONF "/etc/resolv.conf"

/* Asks the system.  What cannot be read is not known, and left out.  0 or -ENOMEM.
 * facts_done() afterwards. */
int facts_gather(struct facts *ret);
void facts_done(struct facts *f);

/* True if a policy made from one is a policy made from the other: memory, cores and names of
 * links are not looked at. */
bool facts_equal(const struct facts *a, const struct facts *b);

/* True unless it is known that there is no such interface. */
bool facts_may_have_link(const struct facts *f, const char *link);
/* True if a is an address of this host, loopback included. */
bool facts_is_local(const struct facts *f, const struct addr *a);

/* Parsing of what the system has in text.  0 or -ENOMEM; lines that say nothing to us are
 * passed over. */
int facts_read_route4(struct facts *f, const char *text); /* /proc/net/route */
int facts_read_route6(struct facts *f, const char *text); /* /proc/net/ipv6_route */
int facts_read_resolv_conf(struct facts *f, const char *text);
