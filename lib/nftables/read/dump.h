/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel's nf_tables hold, one object after the other.
 *
 * Each function asks, and calls f for each object of the answer, which lives until f returns.  f
 * returns 0, or a negative errno, which ends it; nothing else may be asked on s meanwhile.
 *
 * 0; what f returned; -EINTR if the ruleset changed meanwhile (ask again); -EBADMSG if libnftnl
 * does not understand an answer; or another negative errno.  A table that is not there holds
 * nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "netlink/nfsock.h"

struct nftnl_chain;
struct nftnl_obj;
struct nftnl_rule;
struct nftnl_set;
struct nftnl_set_elem;
struct nftnl_table;

struct dump_table {
	uint8_t family; /* NFPROTO_… */
	const char *name;
};

extern const struct dump_table dump_ours;

/* table NULL: of all tables of all families. */
int dump_tables(struct nfsock *s, const struct dump_table *table,
	int (*f)(void *context, const struct nftnl_table *t), void *context);
int dump_chains(struct nfsock *s, const struct dump_table *table,
	int (*f)(void *context, const struct nftnl_chain *c), void *context);
int dump_sets(struct nfsock *s, const struct dump_table *table,
	int (*f)(void *context, const struct nftnl_set *set), void *context);
/* libnftnl has no const object to be read, and no const element. */
int dump_objects(struct nfsock *s, const struct dump_table *table,
	int (*f)(void *context, struct nftnl_obj *o), void *context);

/* is_whole: false if the rule has an expression that libnftnl has never heard of, which ends its
 * reading.  f may return DUMP_KEEP: the rule is f's then, for nftnl_rule_free(). */
enum { DUMP_KEEP = 1 };
int dump_rules(struct nfsock *s, const struct dump_table *table,
	int (*f)(void *context, struct nftnl_rule *rule, bool is_whole), void *context);

/* The elements of a set that existed a moment ago; -EINTR if it is gone. */
int dump_elements(struct nfsock *s, const struct dump_table *table, const char *set,
	int (*f)(void *context, struct nftnl_set_elem *e), void *context);
