/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of a ruleset: under the same names, without addresses, or as a shadow.
 *
 * A shadow gives another name to sets of addresses only.  Sets of numbers need none: under one
 * name they always hold the same.  Chains and counters keep theirs, too: a chain's rules are
 * switched as one.
 */
#include "ruleset/copy.h"

#include <errno.h>
#include <string.h>

struct copying {
	struct ruleset *ruleset;
	const struct ruleset *from;
	const char *suffix; /* NULL: names stay */
	bool failed;
};

static void *copy(struct copying *c, const void *object, size_t size)
{
	void *p = c->failed ? NULL : arena_alloc(c->ruleset->arena, size);
	if (!p)
		c->failed = true;
	return p ? memcpy(p, object, size) : NULL;
}

static const char *name_shadow(struct copying *c, const char *name)
{
	const char *new =
		c->failed ? NULL : arena_printf(c->ruleset->arena, "%s%s", name, c->suffix);
	c->failed |= !new;
	return new;
}

static void copy_sets(struct copying *c)
{
	for (const struct set *s = c->from->sets; s; s = s->next) {
		struct set *new = copy(c, s, sizeof(*s));
		if (!new)
			return;
		if (s->addresses && c->suffix)
			new->name = name_shadow(c, s->name);
		c->failed |= ruleset_add_set(c->ruleset, new) < 0;
	}
}

static void copy_rules(struct copying *c, struct chain *chain)
{
	struct rule **end = &chain->first;
	for (const struct rule *r = chain->first; r; r = r->next) {
		struct rule *new = copy(c, r, sizeof(*r));
		if (!new)
			return;
		for (size_t i = 0; i < new->n_statements; i++) {
			struct statement *s = &new->statements[i];
			const struct set *set =
				s->kind == STATEMENT_LOOKUP ? ruleset_set(c->from, s->name) : NULL;
			if (set && set->addresses && c->suffix)
				s->name = name_shadow(c, s->name);
		}
		*end = chain->last = new;
		end = &new->next;
	}
}

static void copy_chains(struct copying *c)
{
	for (const struct chain *x = c->from->chains; x; x = x->next) {
		struct chain *new = copy(c, x, sizeof(*x));
		if (!new)
			return;
		copy_rules(c, new);
		c->failed |= ruleset_add_chain(c->ruleset, new) < 0;
	}
}

static int start_copy(const struct ruleset *r, const char *suffix, struct copying *ret)
{
	struct arena *arena = arena_new();
	struct copying c = {
		arena ? arena_alloc(arena, sizeof(*c.ruleset)) : NULL, r, suffix, false};
	if (!c.ruleset) {
		arena_free(arena);
		return -ENOMEM;
	}
	*c.ruleset = (struct ruleset){
		.arena = arena,
		.mark_mask = r->mark_mask,
		.generation = r->generation,
		.keeps_sessions = r->keeps_sessions,
		.on_trial = r->on_trial,
		.objects = r->objects,
		.last_object = r->last_object,
		.objects_by_name = r->objects_by_name,
	};
	*ret = c;
	return 0;
}

static int end_copy(struct copying *c, struct ruleset **ret)
{
	if (c->failed) {
		ruleset_free(c->ruleset);
		return -ENOMEM;
	}
	*ret = c->ruleset;
	return 0;
}

int ruleset_shadow(const struct ruleset *r, const char *suffix, struct ruleset **ret)
{
	struct copying c;
	if (start_copy(r, suffix, &c) < 0)
		return -ENOMEM;
	copy_sets(&c);
	copy_chains(&c);
	return end_copy(&c, ret);
}

static void copy_elements(struct copying *c)
{
	for (struct set *s = c->ruleset->sets; s && !c->failed; s = s->next)
		if (s->n_elements)
			s->elements = copy(c, s->elements, s->n_elements * sizeof(*s->elements));
}

int ruleset_copy(const struct ruleset *r, struct ruleset **ret)
{
	struct copying c;
	if (start_copy(r, NULL, &c) < 0)
		return -ENOMEM;
	copy_sets(&c);
	copy_chains(&c);
	copy_elements(&c);
	return end_copy(&c, ret);
}

int ruleset_bare(const struct ruleset *r, struct ruleset **ret)
{
	static const char management[] = "management-";
	static const struct addrset nobody = {0};
	struct copying c;
	if (start_copy(r, NULL, &c) < 0)
		return -ENOMEM;
	copy_sets(&c);
	copy_chains(&c);
	for (struct set *s = c.ruleset->sets; s && !c.failed; s = s->next)
		if (s->addresses && strncmp(s->name, management, strlen(management)) != 0)
			s->addresses = &nobody;
	return end_copy(&c, ret);
}
