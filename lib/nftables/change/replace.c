/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replacing whatever our table holds by what should be there.
 *
 * The base chains stay as long as the table lives: a new base chain lets packets through
 * until late in the commit.  Chains of the same name stay too and get new rules; counters
 * stay with their counts, and so do sets that packets fill; all other sets and maps are made
 * anew, old and new in one transaction.
 *
 * As one transaction this loses packets that are on their way: so what an earlier life of the
 * daemon left is replaced in stages, as ruleset/stages.c has them.  The content of the old sets is
 * not known then.  A set of numbers with the same name holds the same unless others changed it,
 * and is filled again; sets of addresses get other names (see takeover.c).
 *
 * A table with another ownership cannot be kept, and neither can one with objects of others that
 * the kernel does not remove: the whole table is made anew.  The explicit drop at the end of its
 * chains makes this safe; packets that arrive in the few microseconds of the change are lost.
 */
#include "nftables/change/replace.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "nftables/encode/emit.h"

static bool keeps_chain(const struct ruleset *r, const struct inventory_item *old)
{
	const struct chain *c = ruleset_chain(r, old->name);
	return c && old->kind == (c->hook == HOOK_NONE ? 0 : 1 + emit_hook(c->hook));
}

static bool keeps_object(const struct ruleset *r, const struct inventory_item *old)
{
	const struct object *o = ruleset_object(r, old->name);
	return o && old->kind == emit_object_kind(o->kind);
}

static bool is_such_a_set(const struct set *s, const struct inventory_item *old)
{
	return old->kind == emit_set_flags(s) && old->type == type_spec(s->type)->number;
}

/* A set that packets have filled stays if the ruleset has it too. */
static bool keeps_set(const struct ruleset *r, const struct inventory_item *old)
{
	const struct set *s = ruleset_set(r, old->name);
	return s && s->dynamic && is_such_a_set(s, old) && old->room == s->room;
}

/* Rules first, then maps and sets: then nothing refers to chains and counters any more. */
static void clear(struct batch *b, const struct ruleset *r, const struct inventory *now)
{
	if (now->chains)
		emit_flush_rules(b);
	for (const struct inventory_item *i = now->sets; i; i = i->next)
		if (!keeps_set(r, i))
			emit_delete_set(b, i->name);
	for (const struct inventory_item *i = now->chains; i; i = i->next)
		if (!keeps_chain(r, i))
			emit_delete_chain(b, i->name);
	for (const struct inventory_item *i = now->objects; i; i = i->next)
		if (!keeps_object(r, i))
			emit_delete_object(b, i->name, i->kind);
}

static void fill(struct batch *b, const struct ruleset *r, const struct inventory *now)
{
	uint32_t number = 0;
	for (const struct chain *c = r->chains; c; c = c->next)
		emit_chain(b, c);
	for (const struct object *o = r->objects; o; o = o->next)
		emit_object(b, o);
	for (const struct set *s = r->sets; s; s = s->next) {
		const struct inventory_item *old = inventory_set(now, s->name);
		if (!old || !keeps_set(r, old))
			emit_set(b, s, ++number);
	}
	for (const struct set *s = r->sets; s; s = s->next)
		emit_elements(b, s);
	for (const struct chain *c = r->chains; c; c = c->next)
		emit_rules(b, c);
}

/* In a commit, the old base chains are first emptied, so that they drop everything, and
 * unhooked when it is their turn, one object after the other: so they come first. */
static void delete_table(struct batch *b, const struct inventory *now)
{
	for (const struct inventory_item *i = now->chains; i; i = i->next)
		if (i->kind != 0)
			emit_delete_chain(b, i->name);
	emit_delete_table(b);
}

bool replace_needs_owner(const struct inventory *now, enum ownership ownership)
{
	return now->has_table && ownership_adopts(ownership, now->table_flags) &&
	       now->table_flags != ownership_flags(ownership);
}

int replace_owner(const struct inventory *now, enum ownership ownership, uint32_t first_seq,
	struct batch *ret)
{
	batch_start(ret, first_seq, now->genid);
	emit_table(ret, ownership_flags(ownership));
	return batch_finish(ret);
}

int replace_whole(const struct ruleset *r, const struct inventory *now, enum ownership ownership,
	uint32_t first_seq, struct batch *ret)
{
	static const struct inventory nothing = {0};
	batch_start(ret, first_seq, now->genid);
	delete_table(ret, now);
	emit_table(ret, ownership_flags(ownership));
	fill(ret, r, &nothing);
	return batch_finish(ret);
}

int replace_batch(const struct ruleset *r, const struct inventory *now, enum ownership ownership,
	uint32_t first_seq, struct batch *ret)
{
	if (now->has_table && !ownership_adopts(ownership, now->table_flags))
		return replace_whole(r, now, ownership, first_seq, ret);
	batch_start(ret, first_seq, now->genid);
	emit_table(ret, ownership_flags(ownership));
	clear(ret, r, now);
	fill(ret, r, now);
	return batch_finish(ret);
}

/* In stages. */

static bool chain_fits(const struct chain *c, const struct inventory *now)
{
	const struct inventory_item *old = inventory_chain(now, c->name);
	if (!old) /* a base chain comes with its rules; where others protect already, at once */
		return c->hook == HOOK_NONE || !now->chains;
	return old->kind == (c->hook == HOOK_NONE ? 0 : 1 + emit_hook(c->hook));
}

static bool set_fits(const struct set *s, const struct inventory *now)
{
	const struct inventory_item *old = inventory_set(now, s->name);
	return !old ||
	       (!s->addresses && is_such_a_set(s, old) && (!s->dynamic || old->room == s->room));
}

static bool object_fits(const struct object *o, const struct inventory *now)
{
	const struct inventory_item *old = inventory_object(now, o->name);
	return !old || old->kind == emit_object_kind(o->kind);
}

bool replace_fits(const struct ruleset *r, const struct inventory *now, enum ownership ownership)
{
	if (!now->has_table || !ownership_adopts(ownership, now->table_flags))
		return false;
	for (const struct chain *c = r->chains; c; c = c->next)
		if (!chain_fits(c, now))
			return false;
	for (const struct set *s = r->sets; s; s = s->next)
		if (!set_fits(s, now))
			return false;
	for (const struct object *o = r->objects; o; o = o->next)
		if (!object_fits(o, now))
			return false;
	return true;
}

int replace_prepare(const struct ruleset *r, const struct inventory *now, enum ownership ownership,
	uint32_t first_seq, uint32_t genid, struct batch *ret)
{
	uint32_t number = 0;
	batch_start(ret, first_seq, genid);
	emit_table(ret, ownership_flags(ownership));
	for (const struct chain *c = r->chains; c; c = c->next)
		if (c->hook == HOOK_NONE && !inventory_chain(now, c->name))
			emit_chain(ret, c);
	for (const struct object *o = r->objects; o; o = o->next)
		emit_object(ret, o);
	for (const struct set *s = r->sets; s; s = s->next)
		if (!inventory_set(now, s->name)) {
			emit_set(ret, s, ++number);
			if (!s->addresses)
				emit_elements(ret, s);
		}
	return batch_finish(ret);
}

int replace_switch(const struct ruleset *r, const struct inventory *now, uint32_t first_seq,
	uint32_t genid, struct batch *ret)
{
	batch_start(ret, first_seq, genid);
	for (const struct chain *c = r->chains; c; c = c->next)
		if (inventory_chain(now, c->name)) {
			emit_chain(ret, c); /* its policy, too */
			emit_flush_chain(ret, c->name);
		} else if (c->hook != HOOK_NONE) {
			emit_chain(ret, c);
		}
	for (const struct set *s = r->sets; s; s = s->next)
		if (!s->dynamic && inventory_set(now, s->name)) {
			emit_flush_set(ret, s->name);
			emit_elements(ret, s);
		}
	for (const struct chain *c = r->chains; c; c = c->next)
		emit_rules(ret, c);
	return batch_finish(ret);
}

int replace_clear(const struct ruleset *r, const struct inventory *now, uint32_t first_seq,
	uint32_t genid, struct batch *ret)
{
	batch_start(ret, first_seq, genid);
	for (const struct inventory_item *i = now->chains; i; i = i->next)
		if (!ruleset_chain(r, i->name))
			emit_flush_chain(ret, i->name);
	for (const struct inventory_item *i = now->sets; i; i = i->next)
		if (!ruleset_set(r, i->name))
			emit_delete_set(ret, i->name);
	for (const struct inventory_item *i = now->chains; i; i = i->next)
		if (!ruleset_chain(r, i->name))
			emit_delete_chain(ret, i->name);
	for (const struct inventory_item *i = now->objects; i; i = i->next)
		if (!keeps_object(r, i))
			emit_delete_object(ret, i->name, i->kind);
	return batch_finish(ret);
}
