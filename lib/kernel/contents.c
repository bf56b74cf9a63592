/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel shows a hash in its own order, and a tree as beginnings and ends.  Here both are
 * runs in order of their keys, as the same walk over two of them tells what is different.
 *
 * Keys are compared as bytes: in network order, which those of addresses, ports and protocols
 * are in, that is their order.
 */
#include "kernel/contents.h"

#include <stdio.h> /* libnftnl's headers want it */

#include <netinet/in.h> /* before the kernel's headers */

#include <errno.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/array.h"

/* One element while they are gathered. */
struct mark {
	uint8_t key[KEY_MAX];
	bool is_end;
	const char *chain;
};

struct gathering {
	struct arena *arena;
	struct mark *marks;
	size_t count, allocated;
	size_t length;
	bool failed;
};

void contents_done(struct contents *c)
{
	free(c->runs);
	arena_free(c->arena);
	*c = (struct contents){0};
}

static void gather(struct gathering *g, const void *key, bool is_end, const char *chain)
{
	struct mark m = {.is_end = is_end};
	memcpy(m.key, key, g->length);
	if (chain)
		m.chain = arena_strndup(g->arena, chain, strlen(chain));
	if ((chain && !m.chain) || array_reserve(&g->marks, &g->allocated, g->count + 1) < 0)
		g->failed = true;
	else
		g->marks[g->count++] = m;
}

/* An end stands in front of a beginning at the same key: that run is another one. */
static int mark_order(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	int order = memcmp(x->key, y->key, KEY_MAX);
	return order ? order : y->is_end - x->is_end;
}

/* The key in front of it. */
static void step_back(uint8_t *key, size_t length)
{
	for (size_t i = length; i-- > 0;)
		if (key[i]-- != 0)
			return;
}

static bool has_ends(const struct gathering *g)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->marks[i].is_end)
			return true;
	return false;
}

/* A run lasts until its end; in a set that has ends, one without goes on to the highest key. */
static void add_run(const struct gathering *g, size_t i, bool is_tree, struct run *ret)
{
	struct run r = {.chain = g->marks[i].chain};
	memcpy(r.first, g->marks[i].key, KEY_MAX);
	memcpy(r.last, r.first, KEY_MAX);
	if (is_tree && i + 1 == g->count) {
		memset(r.last, 0xff, g->length);
	} else if (is_tree) {
		memcpy(r.last, g->marks[i + 1].key, KEY_MAX);
		step_back(r.last, g->length);
	}
	*ret = r;
}

static int finish(struct gathering *g, int result, struct contents *ret)
{
	struct contents c = {.arena = g->arena};
	if (result == 0 && g->failed)
		result = -ENOMEM;
	if (result == 0)
		result = array_reserve(&c.runs, &c.allocated, g->count + 1);
	if (result == 0) {
		bool is_tree = has_ends(g);
		if (g->count)
			qsort(g->marks, g->count, sizeof(*g->marks), mark_order);
		for (size_t i = 0; i < g->count; i++)
			if (!g->marks[i].is_end)
				add_run(g, i, is_tree, &c.runs[c.count++]);
	}
	free(g->marks);
	if (result < 0)
		contents_done(&c);
	else
		*ret = c;
	return result;
}

/* From the kernel. */

static int take_element(struct nftnl_set_elem *e, void *context)
{
	struct gathering *g = context;
	uint32_t length = 0, flags = 0;
	const void *key = nftnl_set_elem_get(e, NFTNL_SET_ELEM_KEY, &length);
	if (nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_FLAGS))
		flags = nftnl_set_elem_get_u32(e, NFTNL_SET_ELEM_FLAGS);
	if (key && length == g->length)
		gather(g, key, flags & NFT_SET_ELEM_INTERVAL_END,
			nftnl_set_elem_get_str(e, NFTNL_SET_ELEM_CHAIN));
	return 0;
}

static int take_elements(const struct nlmsghdr *nlh, void *context)
{
	struct nftnl_set *s = nftnl_set_alloc();
	int r = s && nftnl_set_elems_nlmsg_parse(nlh, s) == 0 ? 0 : -ENOMEM;
	if (r == 0)
		nftnl_set_elem_foreach(s, take_element, context);
	if (s)
		nftnl_set_free(s);
	return r;
}

int contents_read(struct nfsock *s, const char *set, size_t length, struct contents *ret)
{
	struct gathering g = {.arena = arena_new(), .length = length};
	const struct dump_filter filter = {
		NFPROTO_INET, NFTA_SET_ELEM_LIST_TABLE, TABLE_NAME, NFTA_SET_ELEM_LIST_SET, set};
	int r = g.arena ? nfsock_dump(s, NFT_MSG_GETSETELEM, &filter, take_elements, &g) : -ENOMEM;
	return finish(&g, r == -ENOENT ? -EINTR : r, ret);
}

/* From a ruleset. */

static void gather_own(void *context, const struct kernel_element *e)
{
	gather(context, e->key, e->is_end, e->verdict ? e->verdict->chain : NULL);
}

int contents_of(const struct set *s, struct contents *ret)
{
	struct gathering g = {.arena = arena_new(), .length = type_spec(s->type)->length};
	if (g.arena)
		kernel_elements(s, gather_own, &g);
	return finish(&g, g.arena ? 0 : -ENOMEM, ret);
}

/* Comparing. */

static int run_order(const struct run *a, const struct run *b)
{
	int order = memcmp(a->first, b->first, KEY_MAX);
	if (order == 0)
		order = memcmp(a->last, b->last, KEY_MAX);
	if (order == 0)
		order = strcmp(a->chain ? a->chain : "", b->chain ? b->chain : "");
	return order;
}

void contents_differences(const struct contents *old, const struct contents *next,
	void (*f)(void *context, bool added, const struct run *run), void *context)
{
	size_t i = 0, j = 0;
	while (i < old->count || j < next->count) {
		int order = i == old->count    ? 1
			    : j == next->count ? -1
					       : run_order(&old->runs[i], &next->runs[j]);
		if (order < 0)
			f(context, false, &old->runs[i]);
		else if (order > 0)
			f(context, true, &next->runs[j]);
		i += order <= 0;
		j += order >= 0;
	}
}

/* Printing. */

static void put_number(const uint8_t *key, enum data_type type, struct text *to)
{
	uint32_t n = 0;
	for (size_t i = 0; i < type_spec(type)->length && i < sizeof(n); i++)
		n = n << 8 | key[i];
	const char *symbol = type_symbol(type, n);
	if (symbol)
		text_put(to, symbol);
	else
		text_printf(to, "%u", n);
}

void run_print(const struct run *r, enum data_type type, struct text *to)
{
	size_t length = type_spec(type)->length;
	if (type == TYPE_IPV4_ADDR || type == TYPE_IPV6_ADDR) {
		sa_family_t family = type == TYPE_IPV4_ADDR ? AF_INET : AF_INET6;
		struct addr_range range = {{.family = family}, {.family = family}};
		memcpy(range.first.bytes, r->first, length);
		memcpy(range.last.bytes, r->last, length);
		addr_range_print(&range, to);
		return;
	}
	put_number(r->first, type, to);
	if (memcmp(r->first, r->last, KEY_MAX) == 0)
		return;
	text_put(to, "-");
	put_number(r->last, type, to);
}
