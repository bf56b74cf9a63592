/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rulesets as lines of text, so that a test can say what it wants of a chain. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "compile/compile.h"
#include "ruleset/show_nft.h"
#include "testing.h"

static inline struct ruleset *compiled(const struct policy *p, uint16_t generation)
{
	struct ruleset *r = NULL;
	assert_int_equal(compile(p, generation, &r), 0);
	return r;
}

/* What was written, to be freed. */
static inline char *finished(struct text *text)
{
	text_put(text, "");
	assert_false(text->failed);
	char *data = text->data;
	*text = (struct text){0};
	return data;
}

/* A set by its name, of numbers without the hash at its end. */
static inline const struct set *set_called(const struct ruleset *r, const char *name)
{
	const struct set *s = ruleset_set(r, name);
	return s ? s : ruleset_numbers(r, name);
}

/* "@ports-1a2b3c4d" becomes "@ports". */
static inline void cut_hashes(char *text)
{
	char *to = text;
	for (const char *from = text; *from;) {
		size_t n = *from == '@' ? strcspn(from, " \n") : 1;
		char *name = strndup(from, n);
		assert_non_null(name);
		size_t kept = numbers_name_length(name);
		memcpy(to, name, kept);
		free(name);
		to += kept;
		from += n;
	}
	*to = '\0';
}

/* Demands the rules of a chain, one a line; sets of numbers without their hashes. */
static inline void assert_chain(const struct ruleset *r, const char *name, const char *wanted)
{
	const struct chain *c = ruleset_chain(r, name);
	struct text text = {0};
	if (!c)
		fail_msg("no chain %s", name);
	for (const struct rule *rule = c->first; rule; rule = rule->next) {
		show_nft_rule(rule, &text);
		text_put(&text, "\n");
	}
	char *found = finished(&text);
	cut_hashes(found);
	assert_string_equal(found, wanted);
	free(found);
}

/* The same of a set's or map's elements: "22", "1000-2000", "80 > in-web" for a jump. */
static inline void assert_elements(const struct ruleset *r, const char *name, const char *wanted)
{
	static const char *const words[] = {"", " accept", " drop", " > ", " >> "};
	const struct set *s = set_called(r, name);
	struct text text = {0};
	if (!s)
		fail_msg("no set %s", name);
	for (size_t i = 0; i < set_size(s); i++) {
		if (s->addresses) {
			struct addr_range range = addrset_get(s->addresses, s->part, i);
			addr_range_print(&range, &text);
			text_put(&text, "\n");
			continue;
		}
		const struct element *e = &s->elements[i];
		text_printf(&text, "%u", e->first);
		if (e->last != e->first)
			text_printf(&text, "-%u", e->last);
		text_printf(&text, "%s%s\n", words[e->verdict], e->chain ? e->chain : "");
	}
	char *found = finished(&text);
	assert_string_equal(found, wanted);
	free(found);
}

static inline bool has_counter(const struct ruleset *r, const char *name)
{
	for (const struct object *o = r->objects; o; o = o->next)
		if (o->kind == OBJECT_COUNTER && strcmp(o->name, name) == 0)
			return true;
	return false;
}
