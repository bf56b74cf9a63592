/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Only this file makes libnftnl's objects from the kernel's messages, so that lack of memory and
 * objects of other tables are handled once.
 *
 * libnftnl does not check whether it could copy a name, so errno is checked here.  The kernel does
 * not limit every kind of answer to the table that was asked for, so the table is checked here,
 * too.
 */
#include "nftables/read/dump.h"

#include <stdio.h> /* libnftnl's headers want it */

#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/object.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/cleanup.h"

const struct dump_table dump_ours = {NFPROTO_INET, TABLE_NAME};

struct dumping {
	const struct dump_table *table; /* NULL: all */
	void *context;
	union {
		int (*table)(void *context, const struct nftnl_table *t);
		int (*chain)(void *context, const struct nftnl_chain *c);
		int (*rule)(void *context, struct nftnl_rule *rule, bool is_whole);
		int (*set)(void *context, const struct nftnl_set *set);
		int (*object)(void *context, struct nftnl_obj *o);
		int (*element)(void *context, struct nftnl_set_elem *e);
	} f;
};

DEFINE_CLEANUP(free_table, struct nftnl_table, nftnl_table_free)
DEFINE_CLEANUP(free_chain, struct nftnl_chain, nftnl_chain_free)
DEFINE_CLEANUP(free_rule, struct nftnl_rule, nftnl_rule_free)
DEFINE_CLEANUP(free_set, struct nftnl_set, nftnl_set_free)
DEFINE_CLEANUP(free_object, struct nftnl_obj, nftnl_obj_free)

/* What became of an object that was parsed after errno was set to 0. */
static int parsed(const void *object, int r)
{
	if (!object || errno == ENOMEM)
		return -ENOMEM;
	return r < 0 ? -EBADMSG : 0;
}

static bool is_asked_for(const struct dumping *d, uint32_t family, const char *table)
{
	return !d->table ||
	       (table && family == d->table->family && strcmp(table, d->table->name) == 0);
}

/* attribute: the one with the table's name in a request; 0: the kernel ignores the table. */
static int ask(struct nfsock *s, uint16_t type, uint16_t attribute,
	int (*take)(const struct nlmsghdr *nlh, void *context), struct dumping *d)
{
	struct dump_filter filter = {.family = NFPROTO_UNSPEC};
	if (d->table)
		filter = (struct dump_filter){.family = d->table->family,
			.table_attribute = attribute,
			.table = d->table->name};
	int r = nfsock_dump(s, type, &filter, take, d);
	return r == -ENOENT ? 0 : r; /* there is no such table */
}

static int take_table(const struct nlmsghdr *nlh, void *context)
{
	const struct dumping *d = context;
	CLEANUP(free_table) struct nftnl_table *t = nftnl_table_alloc();
	errno = 0;
	int r = parsed(t, t ? nftnl_table_nlmsg_parse(nlh, t) : -1);
	if (r < 0 || !is_asked_for(d, nftnl_table_get_u32(t, NFTNL_TABLE_FAMILY),
			     nftnl_table_get_str(t, NFTNL_TABLE_NAME)))
		return r;
	return d->f.table(d->context, t);
}

int dump_tables(struct nfsock *s, const struct dump_table *table,
	int (*f)(void *context, const struct nftnl_table *t), void *context)
{
	struct dumping d = {table, context, {.table = f}};
	return ask(s, NFT_MSG_GETTABLE, 0, take_table, &d);
}

static int take_chain(const struct nlmsghdr *nlh, void *context)
{
	const struct dumping *d = context;
	CLEANUP(free_chain) struct nftnl_chain *c = nftnl_chain_alloc();
	errno = 0;
	int r = parsed(c, c ? nftnl_chain_nlmsg_parse(nlh, c) : -1);
	if (r < 0 || !is_asked_for(d, nftnl_chain_get_u32(c, NFTNL_CHAIN_FAMILY),
			     nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE)))
		return r;
	return d->f.chain(d->context, c);
}

int dump_chains(struct nfsock *s, const struct dump_table *table,
	int (*f)(void *context, const struct nftnl_chain *c), void *context)
{
	struct dumping d = {table, context, {.chain = f}};
	return ask(s, NFT_MSG_GETCHAIN, 0, take_chain, &d);
}

static int take_set(const struct nlmsghdr *nlh, void *context)
{
	const struct dumping *d = context;
	CLEANUP(free_set) struct nftnl_set *set = nftnl_set_alloc();
	errno = 0;
	int r = parsed(set, set ? nftnl_set_nlmsg_parse(nlh, set) : -1);
	if (r < 0 || !is_asked_for(d, nftnl_set_get_u32(set, NFTNL_SET_FAMILY),
			     nftnl_set_get_str(set, NFTNL_SET_TABLE)))
		return r;
	return d->f.set(d->context, set);
}

int dump_sets(struct nfsock *s, const struct dump_table *table,
	int (*f)(void *context, const struct nftnl_set *set), void *context)
{
	struct dumping d = {table, context, {.set = f}};
	return ask(s, NFT_MSG_GETSET, NFTA_SET_TABLE, take_set, &d);
}

static int take_object(const struct nlmsghdr *nlh, void *context)
{
	const struct dumping *d = context;
	CLEANUP(free_object) struct nftnl_obj *o = nftnl_obj_alloc();
	errno = 0;
	int r = parsed(o, o ? nftnl_obj_nlmsg_parse(nlh, o) : -1);
	if (r < 0 || !is_asked_for(d, nftnl_obj_get_u32(o, NFTNL_OBJ_FAMILY),
			     nftnl_obj_get_str(o, NFTNL_OBJ_TABLE)))
		return r;
	return d->f.object(d->context, o);
}

int dump_objects(struct nfsock *s, const struct dump_table *table,
	int (*f)(void *context, struct nftnl_obj *o), void *context)
{
	struct dumping d = {table, context, {.object = f}};
	return ask(s, NFT_MSG_GETOBJ, NFTA_OBJ_TABLE, take_object, &d);
}

static uint32_t family_of(const struct nlmsghdr *nlh)
{
	const struct nfgenmsg *head = mnl_nlmsg_get_payload(nlh);
	return mnl_nlmsg_get_payload_len(nlh) < sizeof(*head) ? NFPROTO_UNSPEC : head->nfgen_family;
}

/* One that is known in part is shown as long as it says whose it is; libnftnl has not come to its
 * family then. */
static int take_rule(const struct nlmsghdr *nlh, void *context)
{
	const struct dumping *d = context;
	CLEANUP(free_rule) struct nftnl_rule *rule = nftnl_rule_alloc();
	errno = 0;
	int r = parsed(rule, rule ? nftnl_rule_nlmsg_parse(nlh, rule) : -1);
	bool is_whole = r == 0,
	     is_known = r == -EBADMSG && nftnl_rule_is_set(rule, NFTNL_RULE_CHAIN);
	if (!is_whole && !is_known)
		return r;
	if (!is_asked_for(d, family_of(nlh), nftnl_rule_get_str(rule, NFTNL_RULE_TABLE)))
		return 0;
	r = d->f.rule(d->context, rule, is_whole);
	if (r != DUMP_KEEP)
		return r;
	TAKE(rule);
	return 0;
}

int dump_rules(struct nfsock *s, const struct dump_table *table,
	int (*f)(void *context, struct nftnl_rule *rule, bool is_whole), void *context)
{
	struct dumping d = {table, context, {.rule = f}};
	return ask(s, NFT_MSG_GETRULE, NFTA_RULE_TABLE, take_rule, &d);
}

static int take_element(struct nftnl_set_elem *e, void *context)
{
	const struct dumping *d = context;
	return d->f.element(d->context, e);
}

static int take_elements(const struct nlmsghdr *nlh, void *context)
{
	CLEANUP(free_set) struct nftnl_set *set = nftnl_set_alloc();
	errno = 0;
	int r = parsed(set, set ? nftnl_set_elems_nlmsg_parse(nlh, set) : -1);
	return r < 0 ? r : nftnl_set_elem_foreach(set, take_element, context);
}

int dump_elements(struct nfsock *s, const struct dump_table *table, const char *set,
	int (*f)(void *context, struct nftnl_set_elem *e), void *context)
{
	const struct dump_filter filter = {
		table->family, NFTA_SET_ELEM_LIST_TABLE, table->name, NFTA_SET_ELEM_LIST_SET, set};
	struct dumping d = {table, context, {.element = f}};
	int r = nfsock_dump(s, NFT_MSG_GETSETELEM, &filter, take_elements, &d);
	return r == -ENOENT ? -EINTR : r;
}
