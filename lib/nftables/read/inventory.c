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

#include "nftables/read/dump.h"

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

static int take_table(void *context, const struct nftnl_table *t)
{
	struct inventory *i = context;
	i->has_table = true;
	i->table_flags = nftnl_table_get_u32(t, NFTNL_TABLE_FLAGS);
	if (nftnl_table_is_set(t, NFTNL_TABLE_OWNER))
		i->owner = nftnl_table_get_u32(t, NFTNL_TABLE_OWNER);
	return 0;
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

static int take_chain(void *context, const struct nftnl_chain *c)
{
	struct inventory *i = context;
	if (is_block(c))
		return 0;
	int r = add(i, &i->chains, &i->chains_by_name, nftnl_chain_get_str(c, NFTNL_CHAIN_NAME),
		chain_kind(c));
	if (r < 0)
		return r;
	i->chains->drops = nftnl_chain_is_set(c, NFTNL_CHAIN_POLICY) &&
			   nftnl_chain_get_u32(c, NFTNL_CHAIN_POLICY) == NF_DROP;
	return 0;
}

static int take_set(void *context, const struct nftnl_set *s)
{
	struct inventory *i = context;
	uint32_t flags = nftnl_set_get_u32(s, NFTNL_SET_FLAGS);
	if (flags & NFT_SET_ANONYMOUS)
		return 0;
	int r = add(i, &i->sets, &i->sets_by_name, nftnl_set_get_str(s, NFTNL_SET_NAME), flags);
	if (r < 0)
		return r;
	i->sets->type = nftnl_set_get_u32(s, NFTNL_SET_KEY_TYPE);
	i->sets->room = nftnl_set_get_u32(s, NFTNL_SET_DESC_SIZE);
	return 0;
}

static int take_object(void *context, struct nftnl_obj *o)
{
	struct inventory *i = context;
	return add(i, &i->objects, &i->objects_by_name, nftnl_obj_get_str(o, NFTNL_OBJ_NAME),
		nftnl_obj_get_u32(o, NFTNL_OBJ_TYPE));
}

static int take_generation(void *context, struct nftnl_set_elem *e)
{
	struct inventory *i = context;
	uint32_t length = 0;
	const void *key = nftnl_set_elem_get(e, NFTNL_SET_ELEM_KEY, &length);
	if (key && length == sizeof(i->mark))
		memcpy(&i->mark, key, sizeof(i->mark));
	return 0;
}

static int read_all(struct nfsock *s, struct inventory *i)
{
	int r = nfsock_genid(s, &i->genid);
	if (r < 0)
		return r;
	r = dump_tables(s, &dump_ours, take_table, i);
	if (r < 0)
		return r;
	r = dump_chains(s, &dump_ours, take_chain, i);
	if (r < 0)
		return r;
	r = dump_sets(s, &dump_ours, take_set, i);
	if (r < 0)
		return r;
	r = dump_objects(s, &dump_ours, take_object, i);
	if (r < 0 || !inventory_set(i, "generation"))
		return r;
	return dump_elements(s, &dump_ours, "generation", take_generation, i);
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
