/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's memory, cores and addresses, from the C library. */
#include "config/facts.h"

#include <errno.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"

static int add_address(struct facts *f, size_t *allocated, const struct sockaddr *from)
{
	struct addr a = {.family = from->sa_family};
	if (from->sa_family == AF_INET)
		memcpy(a.bytes, &((const struct sockaddr_in *)from)->sin_addr, 4);
	else if (from->sa_family == AF_INET6)
		memcpy(a.bytes, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
	else
		return 0;
	int r = array_reserve(&f->addresses, allocated, f->n_addresses + 1);
	if (r == 0)
		f->addresses[f->n_addresses++] = a;
	return r;
}

int facts_gather(struct facts *ret)
{
	struct facts f = {0};
	struct ifaddrs *list = NULL;
	size_t allocated = 0;
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (pages > 0 && page > 0)
		f.memory = (uint64_t)pages * (uint64_t)page;
	if (cores > 0)
		f.cores = (unsigned)cores;

	/* a sandbox may forbid this: then no address is known to be ours */
	int r = 0;
	if (getifaddrs(&list) < 0)
		r = errno == ENOMEM ? -ENOMEM : 0;
	for (const struct ifaddrs *i = list; i && r == 0; i = i->ifa_next)
		if (i->ifa_addr)
			r = add_address(&f, &allocated, i->ifa_addr);
	freeifaddrs(list);
	if (r < 0) {
		facts_done(&f);
		return r;
	}
	*ret = f;
	return 0;
}

void facts_done(struct facts *f)
{
	free(f->addresses);
	*f = (struct facts){0};
}

bool facts_is_local(const struct facts *f, const struct addr *a)
{
	static const struct in6_addr loopback6 = IN6ADDR_LOOPBACK_INIT;
	if (a->family == AF_INET ? a->bytes[0] == 127 : memcmp(a->bytes, &loopback6, 16) == 0)
		return true;
	for (size_t i = 0; i < f->n_addresses; i++)
		if (addr_compare(&f->addresses[i], a) == 0)
			return true;
	return false;
}
