/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule matches all packets of a sample, none, or some.  It matches some if it asks for something
 * that a sample leaves open (a mark, a rate), or for an address that only some of the peers have.
 */
#include "others/sample.h"

#include <stdlib.h>
#include <string.h>

#include "config/policy.h"
#include "host/facts.h"

bool sample_has_peer(const struct allowed *service, const struct addr *a)
{
	for (size_t i = 0; i < service->n_peers; i++)
		if (addrset_contains(&allowed_peer(service, i)->addresses, a))
			return true;
	return false;
}

static bool contains(const struct addr_range *outer, const struct addr_range *inner)
{
	return addr_compare(&outer->first, &inner->first) <= 0 &&
	       addr_compare(&inner->last, &outer->last) <= 0;
}

static bool touches(const struct addr_range *a, const struct addr_range *b)
{
	return addr_compare(&a->first, &b->last) <= 0 && addr_compare(&b->first, &a->last) <= 0;
}

static enum sample_match match_peers(const struct sample_end *e, const struct addr_range *asked,
	struct sample_hints *hints)
{
	bool single = addr_range_is_host(asked);
	if (!touches(asked, &e->run) || (single && !sample_has_peer(e->service, &asked->first)))
		return SAMPLE_NONE;
	enum sample_match m = contains(asked, &e->run) ? SAMPLE_ALL : SAMPLE_SOME;
	hints->named |= single || m == SAMPLE_SOME;
	hints->single |= single;
	return m;
}

static bool is_loopback(const struct addr *a)
{
	return a->family == AF_INET ? a->bytes[0] == 127
				    : IN6_IS_ADDR_LOOPBACK((const struct in6_addr *)a->bytes);
}

static enum sample_match match_ours(const struct sample_end *e, const struct addr_range *asked,
	struct sample_hints *hints)
{
	size_t in = 0, out = 0;
	for (size_t i = 0; e->facts && i < e->facts->n_addresses; i++) {
		const struct addr *a = &e->facts->addresses[i].address;
		const struct addr_range one = {*a, *a};
		if (a->family != asked->first.family || is_loopback(a))
			continue;
		(*(contains(asked, &one) ? &in : &out))++;
	}
	if (in == 0)
		return out == 0 ? SAMPLE_SOME : SAMPLE_NONE;
	hints->named |= addr_range_is_host(asked);
	hints->single |= addr_range_is_host(asked);
	return out == 0 ? SAMPLE_ALL : SAMPLE_SOME;
}

static enum sample_match match_end(const struct sample_end *e, const struct addr_range *asked,
	struct sample_hints *hints)
{
	if (asked->first.family == AF_UNSPEC)
		return SAMPLE_ALL;
	switch (e->place) {
	case SAMPLE_ANYBODY:
		return contains(asked, &e->run) ? SAMPLE_ALL : SAMPLE_SOME;
	case SAMPLE_PEERS:
		return match_peers(e, asked, hints);
	case SAMPLE_THIS_HOST:
		return match_ours(e, asked, hints);
	case SAMPLE_KNOWN:
		return contains(asked, &e->run) ? SAMPLE_ALL : SAMPLE_NONE;
	}
	abort();
}

static enum sample_match match_link(const char *link, const struct foreign_link *asked)
{
	if (!asked->name[0])
		return SAMPLE_ALL;
	if (!link)
		return SAMPLE_SOME;
	bool same = asked->is_beginning ? strncmp(asked->name, link, strlen(asked->name)) == 0
					: strcmp(asked->name, link) == 0;
	return same != asked->inverted ? SAMPLE_ALL : SAMPLE_NONE;
}

static bool lies_in(const struct sample *p, const struct foreign_box *b)
{
	for (int i = 0; i < FOREIGN_PORTS; i++)
		if (b->ports[i].first > p->ports[i].first || b->ports[i].last < p->ports[i].last)
			return false;
	for (int i = 0; i < FOREIGN_SIDES; i++)
		if (!(b->types[i] & p->types[i]) ||
			(b->of_unknown[i] && p->ends[i].place != SAMPLE_ANYBODY))
			return false;
	return foreign_has_protocol(b, p->protocol) && (b->states & p->state) &&
	       (b->families & p->family) && (b->dnat & p->dnat);
}

static enum sample_match lesser(enum sample_match a, enum sample_match b)
{
	return a < b ? a : b;
}

static enum sample_match match_box(const struct sample *p, const struct foreign_box *b,
	struct sample_hints *hints)
{
	enum sample_match m = lies_in(p, b) ? SAMPLE_ALL : SAMPLE_NONE;
	bool by_others = p->ends[FOREIGN_SOURCE].place == SAMPLE_ANYBODY ||
			 p->ends[FOREIGN_DESTINATION].place == SAMPLE_ANYBODY;
	for (int i = 0; i < FOREIGN_WAYS && m != SAMPLE_NONE; i++) {
		enum sample_match link = match_link(p->links[i], &b->links[i]);
		/* most of everybody come by one interface, and some by another */
		m = lesser(m, link == SAMPLE_NONE && by_others ? SAMPLE_SOME : link);
	}
	for (int i = 0; i < FOREIGN_SIDES && m != SAMPLE_NONE; i++)
		m = lesser(m, match_end(&p->ends[i], &b->addresses[i], hints));
	hints->named |= b->names_port || b->names_list;
	return m != SAMPLE_NONE && b->is_narrower ? SAMPLE_SOME : m;
}

enum sample_match sample_match(const struct sample *p, const struct foreign_rule *r,
	struct sample_hints *hints)
{
	enum sample_match m = SAMPLE_NONE;
	for (size_t i = 0; i < r->n_boxes && m != SAMPLE_ALL; i++) {
		struct sample_hints these = {0};
		enum sample_match one = match_box(p, &r->boxes[i], &these);
		if (one == SAMPLE_NONE)
			continue;
		hints->named |= these.named;
		hints->single = one == SAMPLE_ALL ? these.single : hints->single | these.single;
		m = one > m ? one : m;
	}
	return m;
}
