/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All base chains; then, of each table that has one on our way, the sets and the rules.  Elements
 * are read for the sets that a rule asks for, and only if they may say something of ports.
 *
 * What is read has limits, so that nobody's million of rules becomes our work.  The kernel
 * goes on with an answer as long as it is read; so there is a socket for this alone, which is
 * closed when an answer becomes too long.
 */
#include "others/read.h"

#include <stdio.h> /* libnftnl's headers want it */

#include <netinet/in.h> /* before the kernel's headers */

#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "nftables/read/dump.h"
#include "others/read_rule.h"

enum { TRIES = 3 };

struct table {
	const char *text; /* family and name */
	const char *name;
	uint8_t family;
	bool on_our_way;
	struct table *next;
};

struct reader {
	struct nfsock socket;
	struct foreign *foreign;
	const struct foreign_interest *interest;
	struct table *tables;
	size_t n_chains, n_sets, n_rules, n_elements;

	/* of the table that is being read */
	const struct table *table;
	struct foreign_set *sets;
	size_t n_table_sets, sets_allocated;
	struct foreign_source *rules;
	size_t n_table_rules, rules_allocated;
};

/* The result of a dump.  -E2BIG: it was too long, and there is a new socket. */
static int answered(struct reader *r, int result)
{
	if (result != -E2BIG)
		return result;
	nfsock_close(&r->socket);
	result = nfsock_open(&r->socket);
	r->socket.is_for_once = true;
	return result < 0 ? result : -E2BIG;
}

/* Chains. */

static const struct {
	uint8_t family;
	const char *name;
	uint8_t packets;
} families[] = {
	{NFPROTO_INET, "inet", FOREIGN_IPV4 | FOREIGN_IPV6},
	{NFPROTO_IPV4, "ip", FOREIGN_IPV4},
	{NFPROTO_IPV6, "ip6", FOREIGN_IPV6},
	{NFPROTO_BRIDGE, "bridge", FOREIGN_IPV4 | FOREIGN_IPV6},
	{NFPROTO_NETDEV, "netdev", FOREIGN_IPV4 | FOREIGN_IPV6},
};

static int table_of(struct reader *r, const char *family, uint8_t number, const char *name,
	struct table **ret)
{
	struct arena *arena = r->foreign->arena;
	for (struct table *t = r->tables; t; t = t->next)
		if (t->family == number && strcmp(t->name, name) == 0) {
			*ret = t;
			return 0;
		}
	struct table *t = arena_alloc(arena, sizeof(*t));
	const char *text = t ? arena_printf(arena, "%s %s", family, name) : NULL;
	if (!text)
		return -ENOMEM;
	*t = (struct table){text, text + strlen(family) + 1, number, false, r->tables};
	r->tables = *ret = t;
	return 0;
}

static enum foreign_hook hook_of(const struct nftnl_chain *c, uint8_t family)
{
	/* NF_NETDEV_…; older headers lack the second */
	static const enum foreign_hook of_device[] = {FOREIGN_INGRESS, FOREIGN_EGRESS};
	static const enum foreign_hook others[] = {
		[NF_INET_PRE_ROUTING] = FOREIGN_PREROUTING,
		[NF_INET_LOCAL_IN] = FOREIGN_INPUT,
		[NF_INET_FORWARD] = FOREIGN_FORWARD,
		[NF_INET_LOCAL_OUT] = FOREIGN_OUTPUT,
		[NF_INET_POST_ROUTING] = FOREIGN_POSTROUTING,
		[NF_INET_POST_ROUTING + 1] = FOREIGN_INGRESS, /* NF_INET_INGRESS */
	};
	uint32_t hook = nftnl_chain_get_u32(c, NFTNL_CHAIN_HOOKNUM);
	if (!nftnl_chain_is_set(c, NFTNL_CHAIN_HOOKNUM))
		return FOREIGN_NO_HOOK;
	if (family == NFPROTO_NETDEV)
		return hook < sizeof(of_device) / sizeof(of_device[0]) ? of_device[hook]
								       : FOREIGN_NO_HOOK;
	return hook < sizeof(others) / sizeof(others[0]) ? others[hook] : FOREIGN_NO_HOOK;
}

static const char *device_of(const struct nftnl_chain *c)
{
	if (nftnl_chain_is_set(c, NFTNL_CHAIN_DEV))
		return nftnl_chain_get_str(c, NFTNL_CHAIN_DEV);
	if (!nftnl_chain_is_set(c, NFTNL_CHAIN_DEVICES))
		return NULL;
	const char *const *devices = nftnl_chain_get(c, NFTNL_CHAIN_DEVICES);
	return devices ? devices[0] : NULL;
}

static int add_chain(struct reader *r, const struct nftnl_chain *c, const char *family,
	uint8_t number, uint8_t packets)
{
	struct arena *arena = r->foreign->arena;
	const char *name = nftnl_chain_get_str(c, NFTNL_CHAIN_NAME), *device = device_of(c);
	const char *type = nftnl_chain_get_str(c, NFTNL_CHAIN_TYPE);
	struct foreign_chain *added;
	struct table *table;
	int result = table_of(r, family, number, nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE), &table);
	if (result < 0)
		return result;
	struct foreign_chain chain = {
		.table = table->text,
		.name = arena_strndup(arena, name, strlen(name)),
		.hook = hook_of(c, number),
		.priority = nftnl_chain_get_s32(c, NFTNL_CHAIN_PRIO),
		.is_nat = type && strcmp(type, "nat") == 0,
		.is_bridge = number == NFPROTO_BRIDGE,
		.device = device ? arena_strndup(arena, device, strlen(device)) : NULL,
		.families = packets,
	};
	if (!chain.name || (device && !chain.device))
		return -ENOMEM;
	/* a device's packets are ours unless it is the loopback */
	if (device && strcmp(device, "lo") == 0)
		chain.hook = FOREIGN_NO_HOOK;
	if (chain.hook != FOREIGN_NO_HOOK) {
		chain.drops = nftnl_chain_is_set(c, NFTNL_CHAIN_POLICY) &&
			      nftnl_chain_get_u32(c, NFTNL_CHAIN_POLICY) == NF_DROP;
		table->on_our_way = true;
	}
	return foreign_add_chain(r->foreign, &chain, &added);
}

static int take_chain(void *context, const struct nftnl_chain *c)
{
	struct reader *r = context;
	uint32_t family = nftnl_chain_get_u32(c, NFTNL_CHAIN_FAMILY);
	if (nfsock_is_ours(nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE), family))
		return 0;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (families[i].family == family)
			return r->n_chains++ < FOREIGN_CHAINS_AT_MOST
				       ? add_chain(r, c, families[i].name, families[i].family,
						 families[i].packets)
				       : -E2BIG;
	return 0;
}

/* Sets and their elements. */

static int take_set(void *context, const struct nftnl_set *n)
{
	struct reader *r = context;
	const char *name = nftnl_set_get_str(n, NFTNL_SET_NAME);
	struct foreign_set s = {
		.table = r->table->text,
		.flags = nftnl_set_get_u32(n, NFTNL_SET_FLAGS),
		.key_length = nftnl_set_get_u32(n, NFTNL_SET_KEY_LEN),
	};
	if (r->n_sets++ >= FOREIGN_SETS_AT_MOST)
		return -E2BIG;
	if (s.key_length > FOREIGN_KEY_SIZE)
		return -EBADMSG;
	s.name = arena_strndup(r->foreign->arena, name, strlen(name));
	if (!s.name || array_reserve(&r->sets, &r->sets_allocated, r->n_table_sets + 1) < 0)
		return -ENOMEM;
	r->sets[r->n_table_sets++] = s;
	return 0;
}

struct filling {
	struct reader *reader;
	struct foreign_set *set;
};

static int take_element(void *context, struct nftnl_set_elem *e)
{
	struct filling *x = context;
	size_t all = FOREIGN_ALL_ELEMENTS_AT_MOST - x->reader->n_elements;
	size_t most = all < FOREIGN_ELEMENTS_AT_MOST ? all : FOREIGN_ELEMENTS_AT_MOST;
	return foreign_set_take(x->set, most, x->reader->foreign->arena, e);
}

static int read_elements(struct reader *r, struct foreign_set *s)
{
	const struct dump_table table = {r->table->family, r->table->name};
	struct filling filling = {r, s};
	int result =
		answered(r, dump_elements(&r->socket, &table, s->name, take_element, &filling));
	r->n_elements += s->count;
	if (result == -E2BIG)
		return foreign_add_gap(r->foreign,
			"table %s: set %s has too many elements to be read", s->table, s->name);
	if (result < 0)
		return result;
	foreign_set_sort(s);
	s->is_whole = true;
	return 0;
}

/* A set that changes while packets pass is not read: it is something else a moment later. */
static int find_set(void *context, const char *name, enum foreign_wish wish,
	const struct foreign_slot *first, const struct foreign_set **ret)
{
	struct reader *r = context;
	for (size_t i = 0; i < r->n_table_sets; i++) {
		struct foreign_set *s = &r->sets[i];
		int result = 0;
		if (strcmp(s->name, name) != 0)
			continue;
		if (wish != FOREIGN_SHAPE && !s->was_read && !(s->flags & NFT_SET_EVAL)) {
			bool is_hash = first->field == FOREIGN_ADDRESS &&
				       s->key_length == (first->family == AF_INET ? 4 : 16) &&
				       !(s->flags & NFT_SET_INTERVAL);
			if (wish == FOREIGN_MEMBERS && is_hash)
				s->interest = r->interest;
			s->address = *first;
			s->was_read = true;
			result = read_elements(r, s);
		}
		*ret = s;
		return result;
	}
	return -EINTR;
}

/* Rules. */

/* They are kept and looked at later: meanwhile nothing else can be asked. */
static int take_rule(void *context, struct nftnl_rule *rule, bool is_whole)
{
	struct reader *r = context;
	if (r->n_rules >= FOREIGN_RULES_AT_MOST)
		return -E2BIG;
	if (array_reserve(&r->rules, &r->rules_allocated, r->n_table_rules + 1) < 0)
		return -ENOMEM;
	r->rules[r->n_table_rules++] = (struct foreign_source){rule, is_whole};
	r->n_rules++;
	return DUMP_KEEP;
}

/* Rules come in the order of their chains: the search goes on where the last one ended. */
static struct foreign_chain *chain_of(struct reader *r, struct foreign_chain *last,
	const char *name)
{
	struct foreign_chain *from = last ? last : r->foreign->first, *c = from;
	do {
		if (c->table == r->table->text && strcmp(c->name, name) == 0)
			return c;
		c = c->next ? c->next : r->foreign->first;
	} while (c != from);
	return NULL;
}

static int take_rules(struct reader *r)
{
	const struct foreign_sets sets = {find_set, r};
	struct foreign_chain *c = NULL;
	int result = 0;
	for (size_t i = 0; i < r->n_table_rules && result == 0; i++) {
		c = chain_of(r, c, nftnl_rule_get_str(r->rules[i].rule, NFTNL_RULE_CHAIN));
		result = c ? foreign_rule_take(r->foreign, c, &r->rules[i], &sets) : -EINTR;
	}
	return result;
}

static void forget_table(struct reader *r)
{
	for (size_t i = 0; i < r->n_table_rules; i++)
		nftnl_rule_free(r->rules[i].rule);
	for (size_t i = 0; i < r->n_table_sets; i++)
		free(r->sets[i].items);
	r->n_table_rules = r->n_table_sets = 0;
}

/* A table that is known only in part is left out. */
static int leave_out(struct reader *r)
{
	for (struct foreign_chain *c = r->foreign->first; c; c = c->next)
		if (c->table == r->table->text)
			c->hook = FOREIGN_NO_HOOK;
	return foreign_add_gap(r->foreign, "table %s has too many rules or sets to be read",
		r->table->text);
}

static int read_table(struct reader *r, const struct table *t)
{
	const struct dump_table table = {t->family, t->name};
	r->table = t;
	int result = answered(r, dump_sets(&r->socket, &table, take_set, r));
	if (result == 0)
		result = answered(r, dump_rules(&r->socket, &table, take_rule, r));
	if (result == 0)
		result = take_rules(r);
	else if (result == -E2BIG)
		result = leave_out(r);
	forget_table(r);
	return result;
}

static int read_all(struct reader *r)
{
	uint32_t before, after;
	int result = nfsock_genid(&r->socket, &before);
	if (result == 0)
		result = answered(r, dump_chains(&r->socket, NULL, take_chain, r));
	if (result == -E2BIG) {
		r->tables = NULL;
		r->foreign->first = r->foreign->last = NULL;
		result = foreign_add_gap(r->foreign,
			"the tables of others have too many chains to be read");
	}
	for (const struct table *t = r->tables; t && result == 0; t = t->next)
		if (t->on_our_way)
			result = read_table(r, t);
	if (result == 0)
		result = foreign_link(r->foreign);
	if (result == 0)
		result = nfsock_genid(&r->socket, &after);
	return result == 0 && before != after ? -EINTR : result;
}

static int read_once(const struct foreign_interest *interest, struct foreign *ret)
{
	struct foreign f;
	struct reader r = {.foreign = &f, .interest = interest};
	int result = foreign_init(&f);
	if (result < 0)
		return result;
	result = nfsock_open(&r.socket);
	r.socket.is_for_once = true;
	if (result == 0)
		result = read_all(&r);
	nfsock_close(&r.socket);
	free(r.sets);
	free(r.rules);
	if (result < 0)
		foreign_done(&f);
	else
		*ret = f;
	return result;
}

int foreign_read(const struct foreign_interest *interest, struct foreign *ret)
{
	int result = -EINTR;
	for (int i = 0; i < TRIES && result == -EINTR; i++)
		result = read_once(interest, ret);
	return result;
}
