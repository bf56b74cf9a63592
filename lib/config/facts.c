/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's memory, cores, addresses, default routes and name servers.
 *
 * All of it is small text or a call of the C library, read anew each time: what changes is
 * heard of elsewhere (kernel/hostwatch.c), and then everything is looked at again.  A sandbox
 * may hide some of it; what is hidden is not known, which is no failure.
 */
#include "config/facts.h"

#include <errno.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"

void facts_done(struct facts *f)
{
	free(f->addresses);
	free(f->links);
	free(f->gateways);
	free(f->resolvers);
	*f = (struct facts){0};
}

static int append(struct addr **list, size_t *count, const struct addr *a)
{
	for (size_t i = 0; i < *count; i++)
		if (addr_compare(&(*list)[i], a) == 0)
			return 0;
	struct addr *grown = reallocarray(*list, *count + 1, sizeof(**list));
	if (!grown)
		return -ENOMEM;
	grown[(*count)++] = *a;
	*list = grown;
	return 0;
}

/* Links. */

static bool to_addr(const struct sockaddr *from, struct addr *ret)
{
	if (!from || (from->sa_family != AF_INET && from->sa_family != AF_INET6))
		return false;
	*ret = (struct addr){.family = from->sa_family};
	if (from->sa_family == AF_INET)
		memcpy(ret->bytes, &((const struct sockaddr_in *)from)->sin_addr, 4);
	else
		memcpy(ret->bytes, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
	return true;
}

static struct addr_range network_of(const struct addr *a, const struct addr *mask)
{
	struct addr_range r = {*a, *a};
	for (size_t i = 0; i < addr_length(a); i++) {
		r.first.bytes[i] = a->bytes[i] & mask->bytes[i];
		r.last.bytes[i] = (uint8_t)(a->bytes[i] | ~mask->bytes[i]);
	}
	return r;
}

static int add_address(struct facts *f, size_t *allocated, const struct ifaddrs *i)
{
	struct link_address l = {0};
	struct addr mask;
	if (!to_addr(i->ifa_addr, &l.address))
		return 0;
	snprintf(l.link, sizeof(l.link), "%s", i->ifa_name);
	l.network = (struct addr_range){l.address, l.address};
	if (i->ifa_netmask) {
		/* some kernels leave the mask's family out */
		i->ifa_netmask->sa_family = i->ifa_addr->sa_family;
		if (to_addr(i->ifa_netmask, &mask))
			l.network = network_of(&l.address, &mask);
	}
	int r = array_reserve(&f->addresses, allocated, f->n_addresses + 1);
	if (r == 0)
		f->addresses[f->n_addresses++] = l;
	return r;
}

static int gather_addresses(struct facts *f)
{
	struct ifaddrs *list = NULL;
	size_t allocated = 0;
	if (getifaddrs(&list) < 0)
		return errno == ENOMEM ? -ENOMEM : 0;
	int r = 0;
	for (const struct ifaddrs *i = list; i && r == 0; i = i->ifa_next)
		r = add_address(f, &allocated, i);
	freeifaddrs(list);
	return r;
}

static int gather_links(struct facts *f)
{
	size_t count = 0;
	struct if_nameindex *list = if_nameindex();
	if (!list)
		return errno == ENOMEM ? -ENOMEM : 0;
	while (list[count].if_index)
		count++;
	f->links = calloc(count, sizeof(*f->links));
	for (; f->links && f->n_links < count; f->n_links++)
		snprintf(f->links[f->n_links], IFNAMSIZ, "%s", list[f->n_links].if_name);
	if_freenameindex(list);
	return f->n_links == count ? 0 : -ENOMEM;
}

/* Text. */

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');
	return end ? end + 1 : line + strlen(line);
}

int facts_read_route4(struct facts *f, const char *text)
{
	for (const char *line = text; *line; line = next_line(line)) {
		struct addr gateway = {.family = AF_INET};
		unsigned destination, via, flags, mask;
		/* Iface Destination Gateway Flags RefCnt Use Metric Mask; addresses as they lie
		 * in memory */
		if (sscanf(line, "%*15s %x %x %x %*d %*d %*d %x", &destination, &via, &flags,
			    &mask) != 4)
			continue;
		if (destination != 0 || mask != 0 || via == 0)
			continue;
		memcpy(gateway.bytes, &via, 4);
		int r = append(&f->gateways, &f->n_gateways, &gateway);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool parse_hex(const char *hex, struct addr *ret)
{
	*ret = (struct addr){.family = AF_INET6};
	for (size_t i = 0; i < 16; i++) {
		unsigned byte;
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return false;
		ret->bytes[i] = (uint8_t)byte;
	}
	return true;
}

int facts_read_route6(struct facts *f, const char *text)
{
	static const struct addr zero = {.family = AF_INET6};
	for (const char *line = text; *line; line = next_line(line)) {
		char destination[33], via[33];
		unsigned length;
		struct addr to, gateway;
		/* destination, its length, source, its length, next hop, … */
		if (sscanf(line, "%32s %x %*32s %*x %32s", destination, &length, via) != 3 ||
			strlen(destination) != 32 || strlen(via) != 32)
			continue;
		if (length != 0 || !parse_hex(destination, &to) || !parse_hex(via, &gateway) ||
			addr_compare(&to, &zero) != 0 || addr_compare(&gateway, &zero) == 0)
			continue;
		int r = append(&f->gateways, &f->n_gateways, &gateway);
		if (r < 0)
			return r;
	}
	return 0;
}

int facts_read_resolv_conf(struct facts *f, const char *text)
{
	for (const char *line = text; *line; line = next_line(line)) {
		char word[INET6_ADDRSTRLEN + IFNAMSIZ];
		struct addr a;
		if (sscanf(line, "nameserver %61s", word) != 1)
			continue;
		word[strcspn(word, "%")] = '\0'; /* a zone */
		if (addr_parse(word, strlen(word), &a) < 0)
			continue;
		int r = append(&f->resolvers, &f->n_resolvers, &a);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A small file as text; "" if it cannot be read.  NULL: out of memory, which is no reason to
 * think that the host has no name server any more. */
static char *read_text(const char *path)
{
	enum { MOST = 1024 * 1024 };
	char *text = malloc(MOST);
	size_t n = 0;
	if (!text)
		return NULL;
	errno = 0;
	FILE *file = fopen(path, "re");
	if (file)
		n = fread(text, 1, MOST - 1, file);
	bool failed = errno == ENOMEM;
	if (file)
		fclose(file);
	if (failed) {
		free(text);
		return NULL;
	}
	text[n] = '\0';
	return text;
}

static int gather_text(struct facts *f, const char *path,
	int (*parse)(struct facts *f, const char *text))
{
	char *text = read_text(path);
	int r = text ? parse(f, text) : -ENOMEM;
	free(text);
	return r;
}

int facts_gather(struct facts *ret)
{
	struct facts f = {0};
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (pages > 0 && page > 0)
		f.memory = (uint64_t)pages * (uint64_t)page;
	if (cores > 0)
		f.cores = (unsigned)cores;
	int r = gather_addresses(&f);
	if (r == 0)
		r = gather_links(&f);
	if (r == 0)
		r = gather_text(&f, "/proc/net/route", facts_read_route4);
	if (r == 0)
		r = gather_text(&f, "/proc/net/ipv6_route", facts_read_route6);
	if (r == 0)
		r = gather_text(&f, FACTS_RESOLV_CONF, facts_read_resolv_conf);
	if (r < 0)
		facts_done(&f);
	else
		*ret = f;
	return r;
}

bool facts_may_have_link(const struct facts *f, const char *link)
{
	for (size_t i = 0; i < f->n_links; i++)
		if (strcmp(f->links[i], link) == 0)
			return true;
	return f->n_links == 0;
}

bool facts_is_local(const struct facts *f, const struct addr *a)
{
	static const struct in6_addr loopback6 = IN6ADDR_LOOPBACK_INIT;
	if (a->family == AF_INET ? a->bytes[0] == 127 : memcmp(a->bytes, &loopback6, 16) == 0)
		return true;
	for (size_t i = 0; i < f->n_addresses; i++)
		if (addr_compare(&f->addresses[i].address, a) == 0)
			return true;
	return false;
}

static bool same_list(const struct addr *a, size_t n, const struct addr *b, size_t m)
{
	bool same = n == m;
	for (size_t i = 0; same && i < n; i++)
		same = addr_compare(&a[i], &b[i]) == 0;
	return same;
}

static bool same_link(const struct link_address *a, const struct link_address *b)
{
	return strcmp(a->link, b->link) == 0 && addr_compare(&a->address, &b->address) == 0 &&
	       addr_compare(&a->network.first, &b->network.first) == 0 &&
	       addr_compare(&a->network.last, &b->network.last) == 0;
}

bool facts_equal(const struct facts *a, const struct facts *b)
{
	bool same = a->n_addresses == b->n_addresses &&
		    same_list(a->gateways, a->n_gateways, b->gateways, b->n_gateways) &&
		    same_list(a->resolvers, a->n_resolvers, b->resolvers, b->n_resolvers);
	for (size_t i = 0; same && i < a->n_addresses; i++)
		same = same_link(&a->addresses[i], &b->addresses[i]);
	return same;
}
