/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ruleset's objects as netlink messages. */
#pragma once

#include "netlink/batch.h"
#include "ruleset/changes.h"

/* Adding.  Failures stay in the batch. */
void emit_table(struct batch *b, uint32_t flags); /* NFT_TABLE_F_… */
void emit_chain(struct batch *b, const struct chain *c);
void emit_object(struct batch *b, const struct object *o);
void emit_object_of(struct batch *b, const char *table, const struct object *o);
/* number tells the sets of one transaction apart; elements go separately. */
void emit_set(struct batch *b, const struct set *s, uint32_t number);
void emit_elements(struct batch *b, const struct set *s);
void emit_elements_part(struct batch *b, const struct set *s, size_t first, size_t count);
void emit_elements_removal(struct batch *b, const struct set *s); /* of these; the set stays */
/* Only what differs, of a set that stays. */
void emit_element_changes(struct batch *b, const struct set_difference *d);
void emit_rules(struct batch *b, const struct chain *c);

/* The kernel's numbers for what the ruleset says. */
uint32_t emit_hook(enum hook h); /* NF_INET_… */
uint32_t emit_set_flags(const struct set *s);
uint32_t emit_object_kind(enum object_kind k); /* NFT_OBJECT_… */
int32_t emit_verdict(enum verdict v);

struct nftnl_rule;
/* One rule as libnftnl has it; NULL: out of memory.  To be freed with nftnl_rule_free(). */
struct nftnl_rule *emit_make_rule(const struct chain *c, const struct rule *r);

/* Removing what another ruleset left there. */
void emit_delete_table(struct batch *b);
void emit_flush_rules(struct batch *b); /* of all chains */
void emit_flush_chain(struct batch *b, const char *name);
void emit_delete_chain(struct batch *b, const char *name);
void emit_delete_set(struct batch *b, const char *name);
void emit_flush_set(struct batch *b, const char *name); /* of its elements */
void emit_delete_object(struct batch *b, const char *name, uint32_t type);
