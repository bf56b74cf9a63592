/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold of every ruleset, whatever the policy. */
#pragma once

#include "ruleset/chain_text.h"

static inline bool ends_rule(const struct statement *s)
{
	return s->kind == STATEMENT_VERDICT || s->kind == STATEMENT_VMAP ||
	       s->kind == STATEMENT_REJECT || s->kind == STATEMENT_REJECT_TCP ||
	       s->kind == STATEMENT_QUEUE;
}

static inline bool fills_set(const struct statement *s)
{
	return s->kind == STATEMENT_SESSIONS || s->kind == STATEMENT_RATE;
}

static inline bool needs_set(const struct statement *s)
{
	return s->kind == STATEMENT_LOOKUP || s->kind == STATEMENT_VMAP || fills_set(s);
}

static inline void check_statement(const struct ruleset *r, const struct rule *rule, size_t i)
{
	const struct statement *s = &rule->statements[i];
	if (ends_rule(s) && i + 1 != rule->n_statements)
		fail_msg("%s: a statement stands behind the verdict", rule->comment);
	if (s->kind == STATEMENT_COUNTER && !has_counter(r, s->name))
		fail_msg("%s: no counter %s", rule->comment, s->name);
	const struct object *o = s->kind == STATEMENT_TIMEOUTS ? ruleset_object(r, s->name) : NULL;
	if (s->kind == STATEMENT_TIMEOUTS && (!o || o->kind != OBJECT_HALF_OPEN))
		fail_msg("%s: no policy of timeouts %s", rule->comment, s->name);
	if (s->kind == STATEMENT_VERDICT) {
		bool leads = s->verdict == VERDICT_JUMP || s->verdict == VERDICT_GOTO;
		if (leads != (s->name != NULL) || (leads && !ruleset_chain(r, s->name)))
			fail_msg("%s: leads to no chain", rule->comment);
	}
	if (needs_set(s)) {
		const struct set *set = ruleset_set(r, s->name);
		if (!set)
			fail_msg("%s: no set %s", rule->comment, s->name);
		if (set->type != field_spec(s->field)->type)
			fail_msg("%s: set %s is of another type", rule->comment, s->name);
		const bool is_filled_by_us = strncmp(s->name, "not-of-name-", 12) == 0;
		if (set->is_map != (s->kind == STATEMENT_VMAP) ||
			set->dynamic != (fills_set(s) || is_filled_by_us))
			fail_msg("%s: set %s is of another kind", rule->comment, s->name);
	}
}

static inline void check_comment(const char *comment)
{
	const char *colon = strrchr(comment, ':');
	bool built_in = strncmp(comment, "built-in: ", 10) == 0 && comment[10];
	bool placed = colon && colon != comment && colon[1] &&
		      strspn(colon + 1, "0123456789") == strlen(colon + 1);
	if (!built_in && !placed)
		fail_msg("'%s' says nothing of a place", comment);
	if (strlen(comment) >= COMMENT_SIZE)
		fail_msg("'%s' is too long", comment);
}

static inline void check_set(const struct ruleset *r, const struct set *s)
{
	/* of its file, without a line: that moves with every edit */
	assert_true(s->comment[0] && strlen(s->comment) < COMMENT_SIZE);
	assert_string_equal(s->comment, s->at.file ? s->at.file : "built-in");
	assert_non_null(type_spec(s->type)->name);
	assert_true(s->dynamic ? set_size(s) == 0 : s->is_learned || set_size(s) > 0);
	assert_true(s->room > 0 && (s->interval || s->room >= set_size(s)));
	for (size_t i = 0; i < s->n_elements; i++) {
		const struct element *e = &s->elements[i];
		assert_true(e->first <= e->last);
		assert_true(s->interval || e->first == e->last);
		if (e->chain && !ruleset_chain(r, e->chain))
			fail_msg("map %s leads to no chain %s", s->name, e->chain);
		for (size_t j = 0; j < i; j++)
			if (s->elements[j].first <= e->last && e->first <= s->elements[j].last)
				fail_msg("elements of %s overlap", s->name);
	}
}

#define check_names_differ(type, list) \
	for (const type *a_ = (list); a_; a_ = a_->next) \
		for (const type *b_ = a_->next; b_; b_ = b_->next) \
			if (strcmp(a_->name, b_->name) == 0) \
				fail_msg("two of " #type " are named %s", a_->name);

static inline bool is_plain_drop(const struct rule *r)
{
	return r && r->n_statements == 1 && r->statements[0].kind == STATEMENT_VERDICT &&
	       r->statements[0].verdict == VERDICT_DROP;
}

/* "ct state established" and the mark of the generation, then accept */
static inline bool is_live_rule(const struct rule *r, uint16_t generation)
{
	return r && r->n_statements == 3 && r->statements[0].kind == STATEMENT_ANY_BIT &&
	       r->statements[0].field == FIELD_CT_STATE && r->statements[0].value == 0x2 &&
	       r->statements[1].kind == STATEMENT_MASKED &&
	       r->statements[1].field == FIELD_CT_MARK && r->statements[1].mask == 0xffff0000 &&
	       r->statements[1].value == (uint32_t)generation << 16 &&
	       r->statements[2].kind == STATEMENT_VERDICT &&
	       r->statements[2].verdict == VERDICT_ACCEPT;
}

static inline bool follows_stamp(const struct rule *r, uint16_t generation)
{
	for (size_t i = 0; i < r->n_statements; i++)
		if (r->statements[i].kind == STATEMENT_MARK)
			return r->statements[i].mask == 0x0000ffff &&
			       r->statements[i].value == (uint32_t)generation << 16;
	return false;
}

/* Conversations with those whose words are copied have no stamp (compile/observing.c). */
static inline bool is_with_resolver(const struct rule *r)
{
	for (size_t i = 0; i < r->n_statements; i++)
		if (r->statements[i].kind == STATEMENT_LOOKUP &&
			strncmp(r->statements[i].name, "resolvers-", strlen("resolvers-")) == 0)
			return true;
	return false;
}

static inline void assert_sound(const struct ruleset *r, uint16_t generation)
{
	unsigned hooks = 0;
	assert_int_equal(r->generation, generation);
	check_names_differ(struct chain, r->chains);
	check_names_differ(struct set, r->sets);
	check_names_differ(struct object, r->objects);
	for (const struct set *s = r->sets; s; s = s->next)
		check_set(r, s);
	for (const struct chain *c = r->chains; c; c = c->next) {
		bool live = c->hook == HOOK_INPUT || c->hook == HOOK_OUTPUT ||
			    strcmp(c->name, "published") == 0;
		if (c->hook != HOOK_NONE) {
			assert_string_equal(c->name, hook_name(c->hook));
			if (!is_plain_drop(c->last))
				fail_msg("chain %s does not end in a drop", c->name);
			hooks |= 1u << c->hook;
		}
		if (live && !is_live_rule(c->first, generation))
			fail_msg("chain %s does not begin with the live rule", c->name);
		for (const struct rule *rule = c->first; rule; rule = rule->next) {
			assert_true(rule->n_statements > 0);
			check_comment(rule->comment);
			for (size_t i = 0; i < rule->n_statements; i++)
				check_statement(r, rule, i);
			if (rule->flow && strncmp(c->name, "reversed-", strlen("reversed-")) != 0 &&
				!is_with_resolver(rule) &&
				rule->statements[rule->n_statements - 1].verdict == VERDICT_ACCEPT)
				assert_true(follows_stamp(rule, generation));
		}
	}
	assert_int_equal(hooks, 1u << HOOK_INPUT | 1u << HOOK_FORWARD | 1u << HOOK_OUTPUT);
}
