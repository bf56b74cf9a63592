/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts as data: made, copied, compared, asked. */
#include "host/facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void facts_done(struct facts *f)
{
	free(f->addresses);
	free(f->links);
	free(f->inside);
	free(f->gateways);
	free(f->resolvers);
	free(f->local_resolvers);
	*f = (struct facts){0};
}

/* Never of no bytes, so that NULL is want of memory. */
static void *copy_of(const void *items, size_t n, size_t size)
{
	void *copy = malloc(n * size + 1);
	if (copy && n)
		memcpy(copy, items, n * size);
	return copy;
}

int facts_copy(const struct facts *from, struct facts *ret)
{
	struct facts f = *from;
	f.addresses = copy_of(from->addresses, from->n_addresses, sizeof(*f.addresses));
	f.links = copy_of(from->links, from->n_links, sizeof(*f.links));
	f.inside = copy_of(from->inside, from->n_inside, sizeof(*f.inside));
	f.gateways = copy_of(from->gateways, from->n_gateways, sizeof(*f.gateways));
	f.resolvers = copy_of(from->resolvers, from->n_resolvers, sizeof(*f.resolvers));
	f.local_resolvers =
		copy_of(from->local_resolvers, from->n_local_resolvers, sizeof(*f.local_resolvers));
	if (!f.addresses || !f.links || !f.inside || !f.gateways || !f.resolvers ||
		!f.local_resolvers) {
		facts_done(&f);
		return -ENOMEM;
	}
	*ret = f;
	return 0;
}

bool facts_read_local_ports(const char *text, struct port_range *ret)
{
	unsigned first, last;
	if (sscanf(text, "%u %u", &first, &last) != 2 || first == 0 || first > last || last > 65535)
		return false;
	*ret = (struct port_range){(uint16_t)first, (uint16_t)last};
	return true;
}

static int add_name(char (**names)[IFNAMSIZ], size_t *count, const char name[IFNAMSIZ])
{
	char(*grown)[IFNAMSIZ] = reallocarray(*names, *count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	*names = grown;
	memcpy(grown[(*count)++], name, IFNAMSIZ);
	return 0;
}

int facts_add_link(struct facts *f, const char name[IFNAMSIZ])
{
	return add_name(&f->links, &f->n_links, name);
}

int facts_add_inside(struct facts *f, const char name[IFNAMSIZ])
{
	return add_name(&f->inside, &f->n_inside, name);
}

int facts_add_gateway(struct facts *f, const struct addr *a, bool is_learned)
{
	for (size_t i = 0; i < f->n_gateways; i++) {
		struct gateway *g = &f->gateways[i];
		if (addr_compare(&g->address, a) != 0)
			continue;
		g->is_learned &= is_learned;
		return 0;
	}
	struct gateway *grown = reallocarray(f->gateways, f->n_gateways + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	f->gateways = grown;
	grown[f->n_gateways++] = (struct gateway){*a, is_learned};
	return 0;
}

static int add_address(struct addr **list, size_t *count, const struct addr *a)
{
	for (size_t i = 0; i < *count; i++)
		if (addr_compare(&(*list)[i], a) == 0)
			return 0;
	struct addr *grown = reallocarray(*list, *count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	*list = grown;
	grown[(*count)++] = *a;
	return 0;
}

int facts_add_resolver(struct facts *f, const struct addr *a)
{
	return add_address(&f->resolvers, &f->n_resolvers, a);
}

int facts_add_local_resolver(struct facts *f, const struct addr *a)
{
	return add_address(&f->local_resolvers, &f->n_local_resolvers, a);
}

int facts_error(const struct facts *f, unsigned follows)
{
	if (follows & FOLLOWS_LINKS && f->links_error)
		return f->links_error;
	if (follows & FOLLOWS_ROUTES && f->routes_error)
		return f->routes_error;
	return follows & FOLLOWS_RESOLVERS ? f->resolvers_error : 0;
}

bool facts_may_have_link(const struct facts *f, const char *link)
{
	for (size_t i = 0; i < f->n_links; i++)
		if (strcmp(f->links[i], link) == 0)
			return true;
	return f->n_links == 0;
}

static bool is_within(const struct addr_range *outer, const struct addr_range *inner)
{
	return addr_compare(&outer->first, &inner->first) <= 0 &&
	       addr_compare(&inner->last, &outer->last) <= 0;
}

const char *facts_link_to(const struct facts *f, const struct addr *a)
{
	const struct addr_range alone = {*a, *a};
	const struct link_address *found = NULL;
	for (size_t i = 0; i < f->n_addresses; i++) {
		const struct link_address *l = &f->addresses[i];
		if (l->network.first.family == a->family && is_within(&l->network, &alone) &&
			(!found || is_within(&found->network, &l->network)))
			found = l;
	}
	return found ? found->link : NULL;
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

bool facts_own_address(const struct facts *f, const struct addr *with, struct addr *ret)
{
	const struct link_address *first = NULL;
	for (size_t i = 0; i < f->n_addresses; i++) {
		const struct link_address *l = &f->addresses[i];
		if (l->address.family != with->family || strcmp(l->link, "lo") == 0)
			continue;
		if (addr_compare(&l->network.first, with) <= 0 &&
			addr_compare(with, &l->network.last) <= 0) {
			*ret = l->address;
			return true;
		}
		if (!first)
			first = l;
	}
	if (first)
		*ret = first->address;
	return first != NULL;
}

static bool same_link(const struct link_address *a, const struct link_address *b)
{
	return strcmp(a->link, b->link) == 0 && addr_compare(&a->address, &b->address) == 0 &&
	       addr_compare(&a->network.first, &b->network.first) == 0 &&
	       addr_compare(&a->network.last, &b->network.last) == 0 && a->is_down == b->is_down &&
	       a->is_learned == b->is_learned;
}

static bool same_addresses(const struct addr *a, const struct addr *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (addr_compare(&a[i], &b[i]) != 0)
			return false;
	return true;
}

bool facts_equal(const struct facts *a, const struct facts *b)
{
	if (a->local_ports.first != b->local_ports.first ||
		a->local_ports.last != b->local_ports.last)
		return false;
	if (a->n_inside != b->n_inside)
		return false;
	for (size_t i = 0; i < a->n_inside; i++)
		if (strcmp(a->inside[i], b->inside[i]) != 0)
			return false;
	if (a->n_addresses != b->n_addresses || a->n_gateways != b->n_gateways ||
		a->n_resolvers != b->n_resolvers || a->n_local_resolvers != b->n_local_resolvers)
		return false;
	for (size_t i = 0; i < a->n_addresses; i++)
		if (!same_link(&a->addresses[i], &b->addresses[i]))
			return false;
	for (size_t i = 0; i < a->n_gateways; i++)
		if (addr_compare(&a->gateways[i].address, &b->gateways[i].address) != 0 ||
			a->gateways[i].is_learned != b->gateways[i].is_learned)
			return false;
	return same_addresses(a->resolvers, b->resolvers, a->n_resolvers) &&
	       same_addresses(a->local_resolvers, b->local_resolvers, a->n_local_resolvers);
}
