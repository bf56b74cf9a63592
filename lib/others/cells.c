/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A block list has thousands of single addresses, of which hardly one belongs to a peer: the
 * others make no cut.
 */
#include "others/cells.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "config/policy.h"
#include "others/sample.h"

static int add_start(struct cells *c, const struct addr *a)
{
	int r = array_reserve(&c->starts, &c->allocated, c->count + 1);
	if (r < 0)
		return r;
	c->starts[c->count++] = *a;
	return 0;
}

static int order(const void *a, const void *b)
{
	return addr_compare(a, b);
}

static void sort(struct cells *c)
{
	size_t n = 1;
	qsort(c->starts, c->count, sizeof(*c->starts), order);
	for (size_t i = 1; i < c->count; i++)
		if (addr_compare(&c->starts[i], &c->starts[n - 1]) != 0)
			c->starts[n++] = c->starts[i];
	c->count = n;
}

static bool is_anybodys(const struct allowed_list *services, const struct addr *a)
{
	for (size_t i = 0; i < services->count; i++)
		if (sample_has_peer(&services->items[i], a))
			return true;
	return false;
}

static int add_run(struct cells *c, const struct addr_range *run, bool single,
	const struct allowed_list *services)
{
	struct addr next;
	if (c->is_full || run->first.family == AF_UNSPEC || addr_range_is_host(run) != single ||
		(single && !is_anybodys(services, &run->first)))
		return 0;
	/* many rules ask for the same */
	if (c->count + 2 > CELLS_AT_MOST) {
		sort(c);
		c->is_full = c->count > CELLS_AT_MOST / 2;
		if (c->is_full)
			return 0;
	}
	int r = add_start(c, &run->first);
	if (r < 0 || !addr_after(&run->last, &next))
		return r;
	return add_start(c, &next);
}

static int add_rule(struct cells *c, const struct foreign_rule *rule, bool single,
	const struct allowed_list *services)
{
	for (size_t i = 0; i < rule->n_boxes; i++)
		for (int k = 0; k < FOREIGN_SIDES; k++) {
			int r = add_run(c, &rule->boxes[i].addresses[k], single, services);
			if (r < 0)
				return r;
		}
	return 0;
}

static int add_rules(struct cells *c, const struct foreign *f, bool single,
	const struct allowed_list *services)
{
	for (const struct foreign_chain *x = f->first; x; x = x->next)
		for (const struct foreign_rule *y = x->first; y; y = y->next) {
			int r = add_rule(c, y, single, services);
			if (r < 0)
				return r;
		}
	return 0;
}

static int read_all(struct cells *c, const struct foreign *f, const struct allowed_list *services)
{
	static const struct addr zero[] = {{.family = AF_INET}, {.family = AF_INET6}};
	for (size_t i = 0; i < sizeof(zero) / sizeof(zero[0]); i++) {
		int r = add_start(c, &zero[i]);
		if (r < 0)
			return r;
	}
	int r = add_rules(c, f, false, services);
	if (r < 0)
		return r;
	r = add_rules(c, f, true, services);
	if (r < 0)
		return r;
	sort(c);
	return 0;
}

int cells_read(const struct foreign *f, const struct allowed_list *services, struct cells *ret)
{
	struct cells c = {0};
	int r = read_all(&c, f, services);
	if (r < 0) {
		cells_done(&c);
		return r;
	}
	*ret = c;
	return 0;
}

void cells_done(struct cells *c)
{
	free(c->starts);
	*c = (struct cells){0};
}

static void widen(struct addr_range *hull, const struct addr_range *by)
{
	if (hull->first.family == AF_UNSPEC) {
		*hull = *by;
		return;
	}
	if (addr_compare(&by->first, &hull->first) < 0)
		hull->first = by->first;
	if (addr_compare(&by->last, &hull->last) > 0)
		hull->last = by->last;
}

/* The first element that ends at or after an address. */
static size_t find(const struct addrset *s, enum addrset_part part, const struct addr *a)
{
	size_t low = 0, high = s->count[part];
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct addr_range r = addrset_get(s, part, middle);
		if (addr_compare(&r.last, a) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The elements of a part of a set that lie in a run, from the first to the last. */
static void widen_by_set(struct addr_range *hull, const struct addrset *s, enum addrset_part part,
	const struct addr_range *cell)
{
	size_t i = find(s, part, &cell->first), k = find(s, part, &cell->last);
	struct addr_range r;
	if (i >= s->count[part])
		return;
	r = addrset_get(s, part, i);
	if (addr_compare(&r.first, &cell->last) > 0)
		return;
	if (addr_compare(&r.first, &cell->first) < 0)
		r.first = cell->first;
	/* the last one begins in the cell, or is the one before */
	struct addr_range last = r;
	if (k < s->count[part])
		last = addrset_get(s, part, k);
	if (k > i && (k >= s->count[part] || addr_compare(&last.first, &cell->last) > 0))
		last = addrset_get(s, part, k - 1);
	r.last = addr_compare(&last.last, &cell->last) > 0 ? cell->last : last.last;
	widen(hull, &r);
}

bool cells_part(const struct cells *c, size_t i, const struct allowed *service,
	struct addr_range *ret)
{
	struct addr_range cell = {c->starts[i], {.family = c->starts[i].family}}, hull = {0};
	bool is_last = i + 1 == c->count || c->starts[i + 1].family != cell.first.family;
	if (is_last)
		memset(cell.last.bytes, 0xff, addr_length(&cell.last));
	else
		addr_before(&c->starts[i + 1], &cell.last);
	enum addrset_part hosts = cell.first.family == AF_INET ? ADDRSET_HOSTS4 : ADDRSET_HOSTS6;
	for (size_t k = 0; k < service->n_peers; k++)
		for (enum addrset_part part = hosts; part <= hosts + 1; part++)
			widen_by_set(&hull, &allowed_peer(service, k)->addresses, part, &cell);
	*ret = hull;
	return hull.first.family != AF_UNSPEC;
}
