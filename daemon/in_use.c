/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both ends of each connection.  A socket of its own is used: the one that owns the table is not to
 * be overrun by an answer as long as the tracker's table. */
#include "in_use.h"

#include <stdlib.h>

#include "base/array.h"
#include "netlink/conntrack.h"

static void begin(void *context)
{
	((struct in_use *)context)->count = 0;
}

static int add(void *context, const struct connection *c)
{
	struct in_use *u = context;
	int r = array_reserve(&u->items, &u->allocated, u->count + 2);
	if (r < 0)
		return r;
	u->items[u->count++] = c->source;
	u->items[u->count++] = c->destination;
	return 0;
}

static int compare(const void *a, const void *b)
{
	return addr_compare(a, b);
}

static void sort(struct in_use *u)
{
	size_t n = 0;
	if (u->count)
		qsort(u->items, u->count, sizeof(*u->items), compare);
	for (size_t i = 0; i < u->count; i++)
		if (n == 0 || addr_compare(&u->items[n - 1], &u->items[i]) != 0)
			u->items[n++] = u->items[i];
	u->count = n;
}

int in_use_find(struct in_use *ret)
{
	struct nfsock socket;
	int r = nfsock_open(&socket);
	if (r < 0)
		return r;
	r = conntrack_each(&socket, begin, add, ret);
	nfsock_close(&socket);
	if (r < 0)
		return r;
	sort(ret);
	return 0;
}

void in_use_done(struct in_use *u)
{
	free(u->items);
	*u = (struct in_use){0};
}
