/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts: what the machine is and looks like now, as opposed to what the admin said.  They are
 * plain data: gathered in one place (host/gather.c), and handed to policy as a value.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/service.h"

/* The parts of the facts that a policy may depend on; they can be looked at one without the
 * other. */
enum host_follow {
	FOLLOWS_LINKS = 1,     /* addresses of interfaces */
	FOLLOWS_ROUTES = 2,    /* default routes */
	FOLLOWS_RESOLVERS = 4, /* resolv.conf */
};

/* An address of this host, and whom it is directly connected to by it: a network, or the one at
 * the other end of a point-to-point link. */
struct link_address {
	char link[IFNAMSIZ]; /* the interface, whatever the address is labelled */
	struct addr address;
	struct addr_range network;
	bool is_down;    /* the interface is: nobody is reached by it */
	bool is_learned; /* made from what a router advertised */
};

/* A next hop of a default route. */
struct gateway {
	struct addr address;
	bool is_learned; /* a router said so of itself, and nobody else did */
};

struct facts {
	uint64_t memory; /* bytes; 0: not known */
	unsigned cores;  /* 0: not known */
	struct link_address *addresses;
	size_t n_addresses;
	char (*links)[IFNAMSIZ];  /* all interfaces, up or down */
	size_t n_links;           /* 0: not known */
	char (*inside)[IFNAMSIZ]; /* those of them behind which there are only containers and
				   * guests of this host: bridges that no wire leads to */
	size_t n_inside;
	struct gateway *gateways;
	size_t n_gateways;
	struct addr *resolvers; /* name servers that this host asks, none of them on itself */
	size_t n_resolvers;
	struct addr *local_resolvers; /* name servers at loopback addresses, that programs ask */
	size_t n_local_resolvers;
	/* A resolver on this host whose own servers are not known; family 0: there is none. */
	struct addr stub;
	struct port_range local_ports; /* from which programs here call; 0: not known */

	/* Negative errno: that part could not be looked at, and is what it was before, or not known
	 * at all. */
	int links_error, routes_error, resolvers_error;
};

void facts_done(struct facts *f);
/* 0 or -ENOMEM. */
int facts_copy(const struct facts *from, struct facts *ret);

/* The kernel's default. */
#define FACTS_LOCAL_PORTS ((struct port_range){32768, 60999})

/* Reads net.ipv4.ip_local_port_range as the kernel writes it.  False if it says nothing. */
bool facts_read_local_ports(const char *text, struct port_range *ret);

/* Adds one, if it is not there yet.  0 or -ENOMEM. */
int facts_add_link(struct facts *f, const char name[IFNAMSIZ]);
int facts_add_inside(struct facts *f, const char name[IFNAMSIZ]);
int facts_add_gateway(struct facts *f, const struct addr *a, bool is_learned);
int facts_add_resolver(struct facts *f, const struct addr *a);
int facts_add_local_resolver(struct facts *f, const struct addr *a);

/* Why a part among those could not be looked at: negative errno, or 0. */
int facts_error(const struct facts *f, unsigned follows);

/* True if a policy made from one is a policy made from the other: memory, cores and names of
 * links are not looked at. */
bool facts_equal(const struct facts *a, const struct facts *b);

/* True unless it is known that there is no such interface. */
bool facts_may_have_link(const struct facts *f, const char *link);
/* The interface to whose network the address belongs, the narrowest of them; NULL if there is none.
 */
const char *facts_link_to(const struct facts *f, const struct addr *a);
/* True if a is an address of this host, loopback included. */
bool facts_is_local(const struct facts *f, const struct addr *a);
/* The address with which this host most likely speaks to another: one in the same network, or else
 * its first one.  False if it has none of that family but the loopback's. */
bool facts_own_address(const struct facts *f, const struct addr *with, struct addr *ret);
