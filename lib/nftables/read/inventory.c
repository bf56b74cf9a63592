/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading our table back, as far as replacing it needs.
 *
 * The generation is the one element of the set `generation`: the daemon that put it there may
 * be gone, and the next one must stamp a number that no live connection bears.
 */
#include "nftables/read/inventory.h"

#include <stdio.h> /* libnftnl's headers want it */

#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/object.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

static int add(struct inventory *i, struct inventory_item **list, struct index *by_name,
	const char *name, uint32_t kind)
{
	struct inventory_item *item = arena_alloc(i->arena, sizeof(*item));
	char *copy = item ? arena_strndup(i->arena, name, strlen(name)) : NULL;
	if (!copy)
		return -ENOMEM;
	*item = (struct inventory_item){.name = copy, .kind = kind, .next = *list};
	*list = item;
	return index_put(by_name, i->arena, copy, item);
}

const struct inventory_item *inventory_find(const struct inventory_item *list, const char *name)
{
	while (list && strcmp(list->name, name) != 0)
		list = list->next;
	return list;
}

/* One that was put together by hand has no index and is walked. */
static const struct inventory_item *find(const struct inventory_item *list,
	const struct index *by_name, const char *name)
{
	return by_name->room ? index_get(by_name, name) : inventory_find(list, name);
}

const struct inventory_item *inventory_chain(const struct inventory *i, const char *name)
{
	return find(i->chains, &i->chains_by_name, name);
}

const struct inventory_item *inventory_set(const struct inventory *i, const char *name)
{
	return find(i->sets, &i->sets_by_name, name);
}

const struct inventory_item *inventory_object(const struct inventory *i, const char *name)
{
	return find(i->objects, &i->objects_by_name, name);
}

bool inventory_protects(const struct inventory *i)
{
	static const uint32_t hooks[] = {NF_INET_LOCAL_IN, NF_INET_FORWARD, NF_INET_LOCAL_OUT};
	size_t found = 0;
	if (!i->has_table || (i->table_flags & NFT_TABLE_F_DORMANT))
		return false;
	for (size_t h = 0; h < sizeof(hooks) / sizeof(hooks[0]); h++)
		for (const struct inventory_item *c = i->chains; c; c = c->next)
			if (c->kind == 1 + hooks[h] && c->drops) {
				found++;
				break;
			}
	return found == sizeof(hooks) / sizeof(hooks[0]);
}

static int take_table(const struct nlmsghdr *nlh, void *context)
{
	struct inventory *i = context;
	struct nftnl_table *t = nftnl_table_alloc();
	int r = t && nftnl_table_nlmsg_parse(nlh, t) == 0 ? 0 : -ENOMEM;
	if (r == 0 && nfsock_is_ours(nftnl_table_get_str(t, NFTNL_TABLE_NAME),
			      nftnl_table_get_u32(t, NFTNL_TABLE_FAMILY))) {
		i->has_table = true;
		i->table_flags = nftnl_table_get_u32(t, NFTNL_TABLE_FLAGS);
		if (nftnl_table_is_set(t, NFTNL_TABLE_OWNER))
			i->owner = nftnl_table_get_u32(t, NFTNL_TABLE_OWNER);
	}
	if (t)
		nftnl_table_free(t);
	return r;
}

static uint32_t chain_kind(const struct nftnl_chain *c)
{
	if (!nftnl_chain_is_set(c, NFTNL_CHAIN_HOOKNUM))
		return 0;
	const char *type = nftnl_chain_get_str(c, NFTNL_CHAIN_TYPE);
	if (!type || strcmp(type, "filter") != 0 || nftnl_chain_get_s32(c, NFTNL_CHAIN_PRIO) != 0)
		return INVENTORY_FOREIGN;
	return 1 + nftnl_chain_get_u32(c, NFTNL_CHAIN_HOOKNUM);
}

/* The block of a rule like `jump { … }` goes with the rule. */
static bool is_block(const struct nftnl_chain *c)
{
	return nftnl_chain_is_set(c, NFTNL_CHAIN_FLAGS) &&
	       (nftnl_chain_get_u32(c, NFTNL_CHAIN_FLAGS) & NFT_CHAIN_BINDING);
}

static int add_chain(struct inventory *i, const struct nftnl_chain *c)
{
	if (!nfsock_is_ours(nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE),
		    nftnl_chain_get_u32(c, NFTNL_CHAIN_FAMILY)) ||
		is_block(c))
		return 0;
	int r = add(i, &i->chains, &i->chains_by_name, nftnl_chain_get_str(c, NFTNL_CHAIN_NAME),
		chain_kind(c));
	if (r == 0)
		i->chains->drops = nftnl_chain_is_set(c, NFTNL_CHAIN_POLICY) &&
				   nftnl_chain_get_u32(c, NFTNL_CHAIN_POLICY) == NF_DROP;
	return r;
}

static int take_chain(const struct nlmsghdr *nlh, void *context)
{
	struct nftnl_chain *c = nftnl_chain_alloc();
	int r = c && nftnl_chain_nlmsg_parse(nlh, c) == 0 ? add_chain(context, c) : -ENOMEM;
	if (c)
		nftnl_chain_free(c);
	return r;
}

static int add_set(struct inventory *i, const struct nftnl_set *s)
{
	uint32_t flags = nftnl_set_get_u32(s, NFTNL_SET_FLAGS);
	if (!nfsock_is_ours(nftnl_set_get_str(s, NFTNL_SET_TABLE),
		    nftnl_set_get_u32(s, NFTNL_SET_FAMILY)) ||
		(flags & NFT_SET_ANONYMOUS))
		return 0;
	int r = add(i, &i->sets, &i->sets_by_name, nftnl_set_get_str(s, NFTNL_SET_NAME), flags);
	if (r == 0) {
		i->sets->type = nftnl_set_get_u32(s, NFTNL_SET_KEY_TYPE);
		i->sets->room = nftnl_set_get_u32(s, NFTNL_SET_DESC_SIZE);
	}
	return r;
}

static int take_set(const struct nlmsghdr *nlh, void *context)
{
	struct nftnl_set *s = nftnl_set_alloc();
	int r = s && nftnl_set_nlmsg_parse(nlh, s) == 0 ? add_set(context, s) : -ENOMEM;
	if (s)
		nftnl_set_free(s);
	return r;
}

static int take_object(const struct nlmsghdr *nlh, void *context)
{
	struct inventory *i = context;
	struct nftnl_obj *o = nftnl_obj_alloc();
	int r = 0;
	/* libnftnl does not look whether it could copy the names */
	errno = 0;
	if (!o || nftnl_obj_nlmsg_parse(nlh, o) < 0 || errno == ENOMEM)
		r = -ENOMEM;
	else if (nfsock_is_ours(nftnl_obj_get_str(o, NFTNL_OBJ_TABLE),
			 nftnl_obj_get_u32(o, NFTNL_OBJ_FAMILY)))
		r = add(i, &i->objects, &i->objects_by_name, nftnl_obj_get_str(o, NFTNL_OBJ_NAME),
			nftnl_obj_get_u32(o, NFTNL_OBJ_TYPE));
	if (o)
		nftnl_obj_free(o);
	return r;
}

static int take_element(struct nftnl_set_elem *e, void *context)
{
	struct inventory *i = context;
	uint32_t length = 0;
	const void *key = nftnl_set_elem_get(e, NFTNL_SET_ELEM_KEY, &length);
	if (key && length == sizeof(i->mark))
		memcpy(&i->mark, key, sizeof(i->mark));
	return 0;
}

static int take_generation(const struct nlmsghdr *nlh, void *context)
{
	struct nftnl_set *s = nftnl_set_alloc();
	int r = 0;
	if (!s || nftnl_set_elems_nlmsg_parse(nlh, s) < 0)
		r = -ENOMEM;
	else
		nftnl_set_elem_foreach(s, take_element, context);
	if (s)
		nftnl_set_free(s);
	return r;
}

static int read_all(struct nfsock *s, struct inventory *i)
{
	static const struct dump_filter everything = {.family = NFPROTO_INET};
	static const struct dump_filter generation = {NFPROTO_INET, NFTA_SET_ELEM_LIST_TABLE,
		TABLE_NAME, NFTA_SET_ELEM_LIST_SET, "generation"};
	int r = nfsock_genid(s, &i->genid);
	if (r == 0)
		r = nfsock_dump(s, NFT_MSG_GETTABLE, &everything, take_table, i);
	if (r == 0)
		r = nfsock_dump(s, NFT_MSG_GETCHAIN, &everything, take_chain, i);
	if (r == 0)
		r = nfsock_dump(s, NFT_MSG_GETSET, &everything, take_set, i);
	if (r == 0)
		r = nfsock_dump(s, NFT_MSG_GETOBJ, &everything, take_object, i);
	if (r == 0 && inventory_set(i, "generation")) {
		r = nfsock_dump(s, NFT_MSG_GETSETELEM, &generation, take_generation, i);
		if (r == -ENOENT)
			r = -EINTR; /* it was there a moment ago */
	}
	return r;
}

int inventory_read(struct nfsock *s, struct inventory *ret)
{
	*ret = (struct inventory){.arena = arena_new()};
	int r = ret->arena ? read_all(s, ret) : -ENOMEM;
	if (r < 0)
		inventory_done(ret);
	return r;
}

void inventory_done(struct inventory *i)
{
	arena_free(i->arena);
	*i = (struct inventory){0};
}
