/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changing our table by as little as possible.
 *
 * Rules are cheap, so a chain that differs is emptied and filled again.  Elements are not:
 * only those that differ are sent.  A set that must be made anew (it has outgrown the size that
 * its hash was made for) takes the rules that look it up with it.
 *
 * The order is that of references: rules before the sets they look up, elements of
 * verdict maps before the chains they lead to; and the other way round for what comes.
 */
#include "kernel/update.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/emit.h"
#include "ruleset/changes.h"

struct updating {
	struct batch *batch;
	const struct ruleset *old;
	const struct ruleset *next;
	enum change *sets; /* of each set of next, in its order: finding out is a walk along both */
};

static enum change *find_changes(const struct ruleset *old, const struct ruleset *next)
{
	size_t n = 0, i = 0;
	for (const struct set *s = next->sets; s; s = s->next)
		n++;
	enum change *changes = calloc(n + 1, sizeof(*changes));
	for (const struct set *s = next->sets; s && changes; s = s->next)
		changes[i++] = set_change(ruleset_set(old, s->name), s);
	return changes;
}

static enum change change_of(const struct updating *u, const char *set)
{
	size_t i = 0;
	for (const struct set *s = u->next->sets; s; s = s->next, i++)
		if (strcmp(s->name, set) == 0)
			return u->sets[i];
	return CHANGE_REMOVED;
}

static bool is_remade(const struct updating *u, const char *set)
{
	return change_of(u, set) == CHANGE_REPLACED;
}

static bool uses_remade_set(const struct updating *u, const struct chain *c)
{
	for (const struct rule *r = c->first; r; r = r->next)
		for (size_t i = 0; i < r->n_statements; i++) {
			const struct statement *s = &r->statements[i];
			bool looks_up = s->kind == STATEMENT_LOOKUP || s->kind == STATEMENT_VMAP ||
					s->kind == STATEMENT_SESSIONS;
			if (looks_up && is_remade(u, s->name))
				return true;
		}
	return false;
}

/* True if the rules of a chain that is in both must be written anew. */
static bool is_rewritten(const struct updating *u, const struct chain *old,
	const struct chain *next)
{
	return chain_change(old, next) == CHANGE_UPDATED || uses_remade_set(u, next);
}

static void remove_rules_and_sets(const struct updating *u)
{
	for (const struct chain *c = u->old->chains; c; c = c->next) {
		const struct chain *next = ruleset_chain(u->next, c->name);
		if (!next || is_rewritten(u, c, next))
			emit_flush_chain(u->batch, c->name);
	}
	for (const struct set *s = u->old->sets; s; s = s->next) {
		enum change change = change_of(u, s->name);
		if (change == CHANGE_REMOVED || change == CHANGE_REPLACED)
			emit_delete_set(u->batch, s->name);
	}
}

static void add_objects(const struct updating *u)
{
	uint32_t number = 0;
	size_t i = 0;
	for (const struct chain *c = u->next->chains; c; c = c->next)
		if (!ruleset_chain(u->old, c->name))
			emit_chain(u->batch, c);
	for (const struct counter *c = u->next->counters; c; c = c->next)
		if (!ruleset_counter(u->old, c->name))
			emit_counter(u->batch, c);
	for (const struct set *s = u->next->sets; s; s = s->next) {
		enum change change = u->sets[i++];
		if (change == CHANGE_ADDED || change == CHANGE_REPLACED) {
			emit_set(u->batch, s, ++number);
			emit_elements(u->batch, s);
		} else if (change == CHANGE_UPDATED) {
			emit_element_changes(u->batch, ruleset_set(u->old, s->name), s);
		}
	}
}

static void remove_objects(const struct updating *u)
{
	for (const struct chain *c = u->old->chains; c; c = c->next)
		if (!ruleset_chain(u->next, c->name))
			emit_delete_chain(u->batch, c->name);
	for (const struct counter *c = u->old->counters; c; c = c->next)
		if (!ruleset_counter(u->next, c->name))
			emit_delete_object(u->batch, c->name, NFT_OBJECT_COUNTER);
}

static void add_rules(const struct updating *u)
{
	for (const struct chain *c = u->next->chains; c; c = c->next) {
		const struct chain *old = ruleset_chain(u->old, c->name);
		if (!old || is_rewritten(u, old, c))
			emit_rules(u->batch, c);
	}
}

int update_batch(const struct ruleset *old, const struct ruleset *next, uint32_t first_seq,
	uint32_t genid, struct batch *ret)
{
	struct updating u = {ret, old, next, find_changes(old, next)};
	batch_start(ret, first_seq, genid);
	if (!u.sets)
		return -ENOMEM;
	for (const struct chain *c = old->chains; c; c = c->next)
		if (chain_change(c, ruleset_chain(next, c->name)) == CHANGE_REPLACED) {
			free(u.sets);
			return -EOPNOTSUPP;
		}
	remove_rules_and_sets(&u);
	add_objects(&u);
	remove_objects(&u);
	add_rules(&u);
	free(u.sets);
	return batch_finish(ret);
}
