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
#include "nftables/change/update.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "nftables/encode/emit.h"

struct updating {
	struct batch *batch;
	const struct differences *differences;
	bool remakes; /* a set at all */
};

static bool is_remade(const struct updating *u, const char *set)
{
	const struct set_difference *s = differences_of_set(u->differences, set);
	return s && s->change == CHANGE_REPLACED;
}

static bool uses_remade_set(const struct updating *u, const struct chain *c)
{
	for (const struct rule *r = c->first; r && u->remakes; r = r->next)
		for (size_t i = 0; i < r->n_statements; i++) {
			const struct statement *s = &r->statements[i];
			bool looks_up = s->kind == STATEMENT_LOOKUP || s->kind == STATEMENT_VMAP ||
					s->kind == STATEMENT_SESSIONS || s->kind == STATEMENT_RATE;
			if (looks_up && is_remade(u, s->name))
				return true;
		}
	return false;
}

/* True if the rules of a chain that is in both must be written anew. */
static bool is_rewritten(const struct updating *u, const struct chain_difference *c)
{
	return c->change == CHANGE_UPDATED ||
	       (c->change == CHANGE_NONE && uses_remade_set(u, c->next));
}

static void remove_rules_and_sets(const struct updating *u)
{
	const struct differences *d = u->differences;
	for (size_t i = 0; i < d->n_chains; i++)
		if (d->chains[i].change == CHANGE_REMOVED || is_rewritten(u, &d->chains[i]))
			emit_flush_chain(u->batch, d->chains[i].old->name);
	for (size_t i = 0; i < d->n_sets; i++)
		if (d->sets[i].change == CHANGE_REMOVED || d->sets[i].change == CHANGE_REPLACED)
			emit_delete_set(u->batch, d->sets[i].old->name);
}

static void add_sets(const struct updating *u)
{
	const struct differences *d = u->differences;
	uint32_t number = 0;
	for (size_t i = 0; i < d->n_sets; i++) {
		const struct set_difference *s = &d->sets[i];
		if (s->change == CHANGE_ADDED || s->change == CHANGE_REPLACED) {
			emit_set(u->batch, s->next, ++number);
			if (!s->is_filled_later)
				emit_elements(u->batch, s->next);
		} else if (s->change == CHANGE_UPDATED) {
			emit_element_changes(u->batch, s);
		}
	}
}

static void add_objects(const struct updating *u)
{
	const struct differences *d = u->differences;
	for (size_t i = 0; i < d->n_chains; i++)
		if (d->chains[i].change == CHANGE_ADDED)
			emit_chain(u->batch, d->chains[i].next);
	for (const struct object *o = d->next->objects; o && d->objects; o = o->next)
		if (!ruleset_object(d->old, o->name))
			emit_object(u->batch, o);
	add_sets(u);
}

static void remove_objects(const struct updating *u)
{
	const struct differences *d = u->differences;
	for (size_t i = 0; i < d->n_chains; i++)
		if (d->chains[i].change == CHANGE_REMOVED)
			emit_delete_chain(u->batch, d->chains[i].old->name);
	for (const struct object *o = d->old->objects; o && d->objects; o = o->next)
		if (!ruleset_object(d->next, o->name))
			emit_delete_object(u->batch, o->name, emit_object_kind(o->kind));
}

static void add_rules(const struct updating *u)
{
	const struct differences *d = u->differences;
	for (size_t i = 0; i < d->n_chains; i++)
		if (d->chains[i].change == CHANGE_ADDED || is_rewritten(u, &d->chains[i]))
			emit_rules(u->batch, d->chains[i].next);
}

int update_batch(const struct differences *d, uint32_t first_seq, uint32_t genid, struct batch *ret)
{
	struct updating u = {ret, d, false};
	batch_start(ret, first_seq, genid);
	for (size_t i = 0; i < d->n_chains; i++)
		if (d->chains[i].change == CHANGE_REPLACED)
			return -EOPNOTSUPP;
	for (size_t i = 0; i < d->n_sets; i++)
		u.remakes |= d->sets[i].change == CHANGE_REPLACED;
	remove_rules_and_sets(&u);
	add_objects(&u);
	remove_objects(&u);
	add_rules(&u);
	return batch_finish(ret);
}
