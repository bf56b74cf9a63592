/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replacing whatever our table holds by what should be there.
 *
 * The base chains stay as long as the table lives: a new base chain lets packets through
 * until late in the commit.  Chains of the same name stay too and get new rules; counters
 * stay with their counts, and so do sets that packets fill; all other sets and maps are made
 * anew, old and new in one transaction.
 *
 * A table whose ownership is another one cannot be kept: it is made anew as a whole, which the
 * explicit drop at the end of its chains makes safe.
 */
#include "kernel/replace.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/emit.h"

static bool keeps_chain(const struct ruleset *r, const struct inventory_item *old)
{
	const struct chain *c = ruleset_chain(r, old->name);
	return c && old->kind == (c->hook == HOOK_NONE ? 0 : 1 + emit_hook(c->hook));
}

static bool keeps_object(const struct ruleset *r, const struct inventory_item *old)
{
	return old->kind == NFT_OBJECT_COUNTER && ruleset_counter(r, old->name);
}

/* A set that packets have filled stays if the ruleset has it too. */
static bool keeps_set(const struct ruleset *r, const struct inventory_item *old)
{
	const struct set *s = ruleset_set(r, old->name);
	return s && s->dynamic && (old->kind & NFT_SET_EVAL);
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
	for (const struct counter *c = r->counters; c; c = c->next)
		emit_counter(b, c);
	for (const struct set *s = r->sets; s; s = s->next) {
		const struct inventory_item *old = inventory_find(now->sets, s->name);
		if (!old || !keeps_set(r, old))
			emit_set(b, s, ++number);
	}
	for (const struct set *s = r->sets; s; s = s->next)
		emit_elements(b, s);
	for (const struct chain *c = r->chains; c; c = c->next)
		emit_rules(b, c);
}

int replace_batch(const struct ruleset *r, const struct inventory *now, enum ownership ownership,
	uint32_t first_seq, struct batch *ret)
{
	static const struct inventory nothing = {0};
	batch_start(ret, first_seq, now->genid);
	if (now->has_table && !ownership_adopts(ownership, now->table_flags)) {
		emit_delete_table(ret);
		now = &nothing;
	}
	emit_table(ret, ownership_flags(ownership));
	clear(ret, r, now);
	fill(ret, r, now);
	return batch_finish(ret);
}
