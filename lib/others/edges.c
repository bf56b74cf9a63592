/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Only rules that ask for ports have any. */
#include "others/edges.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"

static int add(struct edges *e, uint32_t port)
{
	int r = array_reserve(&e->items, &e->allocated, e->count + 1);
	if (r < 0)
		return r;
	e->items[e->count++] = port;
	return 0;
}

static int add_range(struct edges *e, const struct port_range *p)
{
	int r = p->first ? add(e, p->first) : 0;
	if (r < 0 || p->last == UINT16_MAX)
		return r;
	return add(e, (uint32_t)p->last + 1);
}

static int add_rule(struct edges *e, const struct foreign_rule *rule)
{
	for (size_t i = 0; i < rule->n_boxes; i++)
		for (int k = 0; rule->boxes[i].names_port && k < FOREIGN_PORTS; k++) {
			int r = add_range(e, &rule->boxes[i].ports[k]);
			if (r < 0)
				return r;
		}
	return 0;
}

static int order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void sort(struct edges *e)
{
	size_t n = 1;
	if (e->count < 2)
		return;
	qsort(e->items, e->count, sizeof(*e->items), order);
	for (size_t i = 1; i < e->count; i++)
		if (e->items[i] != e->items[n - 1])
			e->items[n++] = e->items[i];
	e->count = n;
}

int edges_read(const struct foreign *f, struct edges *ret)
{
	CLEANUP(edges_done) struct edges e = {0};
	for (const struct foreign_chain *c = f->first; c; c = c->next)
		for (const struct foreign_rule *x = c->first; x; x = x->next) {
			int r = add_rule(&e, x);
			if (r < 0)
				return r;
		}
	sort(&e);
	*ret = e;
	e = (struct edges){0};
	return 0;
}

void edges_done(struct edges *e)
{
	free(e->items);
	*e = (struct edges){0};
}
