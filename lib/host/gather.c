/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each time everything is asked anew; netlink/hostwatch.c says when something has changed.
 *
 * A look may fail: memory runs out, a sandbox forbids the question, a list changes faster than it
 * can be read.  That says nothing about the host, so this part of the facts stays as it was, with
 * its error; the caller looks again.
 */
#include "host/gather.h"

#include <errno.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/decode.h"
#include "host/dump.h"
#include "host/resolvers.h"
#include "host/text_file.h"

enum { TRIES = 8 }; /* of a list that changes while it is read */

/* Links and routes. */

static int on_link(void *context, const struct nlmsghdr *nlh)
{
	return decode_link(context, nlh);
}

static int on_address(void *context, const struct nlmsghdr *nlh)
{
	return decode_address(context, nlh);
}

static int on_route(void *context, const struct nlmsghdr *nlh)
{
	return decode_route(context, nlh);
}

static int on_nexthop(void *context, const struct nlmsghdr *nlh)
{
	return decode_nexthop(context, nlh);
}

static int ask_addresses(struct dump *socket, struct decoding *d)
{
	const struct ifinfomsg links = {.ifi_family = AF_UNSPEC};
	const struct ifaddrmsg addresses = {.ifa_family = AF_UNSPEC};
	int r = dump_ask(socket, RTM_GETLINK, &links, sizeof(links), on_link, d);
	if (r < 0)
		return r;
	r = decode_inside(d);
	if (r < 0)
		return r;
	return dump_ask(socket, RTM_GETADDR, &addresses, sizeof(addresses), on_address, d);
}

static int ask_routes(struct dump *socket, struct decoding *d)
{
	static const unsigned char families[] = {AF_INET, AF_INET6};
	for (size_t i = 0; i < sizeof(families); i++) {
		const struct rtmsg routes = {.rtm_family = families[i]};
		int r = dump_ask(socket, RTM_GETROUTE, &routes, sizeof(routes), on_route, d);
		if (r < 0)
			return r;
	}
	if (d->n_references == 0)
		return 0;
	const struct nhmsg nexthops = {.nh_family = AF_UNSPEC};
	int r = dump_ask(socket, RTM_GETNEXTHOP, &nexthops, sizeof(nexthops), on_nexthop, d);
	return r < 0 ? r : decode_references(d);
}

static int try_once(int (*ask)(struct dump *socket, struct decoding *d), struct facts *ret)
{
	struct facts found = {0};
	struct decoding d = {.facts = &found};
	struct dump socket;
	int r = dump_open(&socket);
	if (r < 0)
		return r;
	r = ask(&socket, &d);
	dump_close(&socket);
	decoding_done(&d);
	if (r < 0)
		facts_done(&found);
	else
		*ret = found;
	return r;
}

/* 0 with that part of the facts in *ret, which is to be empty; or negative errno. */
static int look(int (*ask)(struct dump *socket, struct decoding *d), struct facts *ret)
{
	int r = -EINTR;
	for (int i = 0; i < TRIES && r == -EINTR; i++)
		r = try_once(ask, ret);
	return r;
}

/* Name servers. */

static int look_at_resolvers(struct facts *ret)
{
	struct facts found = {0};
	CLEANUP(free_string) char *conf = NULL;
	CLEANUP(free_string) char *uplinks = NULL;
	int r = text_file_read(RESOLVERS_CONF, &conf);
	if (r < 0)
		return r;
	r = text_file_read(RESOLVERS_UPLINKS, &uplinks);
	if (r < 0)
		return r;
	r = resolvers_read(&found, conf, uplinks);
	if (r < 0)
		facts_done(&found);
	else
		*ret = found;
	return r;
}

/* It is another one in each network namespace, and the kernel tells nobody that it has changed. */
static void look_at_local_ports(const struct facts *known, struct facts *ret)
{
	CLEANUP(free_string) char *text = NULL;
	ret->local_ports = known->local_ports;
	if (text_file_read("/proc/sys/net/ipv4/ip_local_port_range", &text) == 0)
		facts_read_local_ports(text, &ret->local_ports);
}

static void put_together(struct facts *ret, struct facts *links, struct facts *routes,
	struct facts *resolvers)
{
	ret->addresses = TAKE(links->addresses);
	ret->n_addresses = links->n_addresses;
	ret->links = TAKE(links->links);
	ret->n_links = links->n_links;
	ret->inside = TAKE(links->inside);
	ret->n_inside = links->n_inside;
	ret->gateways = TAKE(routes->gateways);
	ret->n_gateways = routes->n_gateways;
	ret->resolvers = TAKE(resolvers->resolvers);
	ret->n_resolvers = resolvers->n_resolvers;
	ret->local_resolvers = TAKE(resolvers->local_resolvers);
	ret->n_local_resolvers = resolvers->n_local_resolvers;
	ret->stub = resolvers->stub;
}

/* Facts that could not be read are taken from those known before. */
static int copy_unless(bool was_seen, const struct facts *known, struct facts *ret)
{
	return was_seen ? 0 : facts_copy(known, ret);
}

int facts_gather(const struct facts *before, struct facts *ret)
{
	static const struct facts nothing = {0};
	const struct facts *known = before ? before : &nothing;
	struct facts f = {0};
	CLEANUP(facts_done) struct facts links = {0};
	CLEANUP(facts_done) struct facts routes = {0};
	CLEANUP(facts_done) struct facts resolvers = {0};
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (pages > 0 && page > 0)
		f.memory = (uint64_t)pages * (uint64_t)page;
	if (cores > 0)
		f.cores = (unsigned)cores;
	f.links_error = look(ask_addresses, &links);
	f.routes_error = look(ask_routes, &routes);
	f.resolvers_error = look_at_resolvers(&resolvers);
	look_at_local_ports(known, &f);
	int r = copy_unless(f.links_error == 0, known, &links);
	if (r < 0)
		return r;
	r = copy_unless(f.routes_error == 0, known, &routes);
	if (r < 0)
		return r;
	r = copy_unless(f.resolvers_error == 0, known, &resolvers);
	if (r < 0)
		return r;
	put_together(&f, &links, &routes, &resolvers);
	*ret = f;
	return 0;
}
