/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Edits as words, and what the sets of a ruleset hold. */
#pragma once

#include <string.h>

#include "compile/compile.h"
#include "ruleset/edits.h"
#include "ruleset/memory_policy.h"
#include "testing.h"

static inline struct addr edited_address(const char *word)
{
	struct addr a;
	assert_int_equal(addr_parse(word, strlen(word), &a), 0);
	return a;
}

/* "SET +ADDRESS -ADDRESS …", onto what was said before. */
static inline void edits_say(struct edits *e, const char *words)
{
	char copy[1024], *rest = copy, *word;
	assert_true(strlen(words) < sizeof(copy));
	strcpy(copy, words);
	const char *set = strsep(&rest, " ");
	while ((word = strsep(&rest, " "))) {
		const struct addr a = edited_address(word + 1);
		assert_int_equal(edits_put(e, set, &a, word[0] == '+'), 0);
	}
}

static inline struct edits edits_of(const char *words)
{
	struct edits e = {0};
	edits_say(&e, words);
	return e;
}

static inline char *addresses_text(const struct addrset *s, const char *sign)
{
	struct text t = {0};
	char *ret;
	for (enum addrset_part part = 0; part < ADDRSET_PARTS; part++)
		for (size_t i = 0; i < s->count[part]; i++) {
			const struct addr_range r = addrset_get(s, part, i);
			text_put(&t, t.length ? " " : "");
			text_put(&t, sign);
			addr_range_print(&r, &t);
		}
	assert_int_equal(text_finish(&t, &ret), 0);
	return ret;
}

/* A set's one part: a ruleset may have all parts of a peer in one set of addresses. */
static inline void expect_set(const struct ruleset *r, const char *name, const char *wanted)
{
	const struct set *s = ruleset_set(r, name);
	assert_non_null(s);
	struct addrset one = {0};
	for (size_t i = 0; i < set_size(s); i++) {
		const struct addr_range range = addrset_get(s->addresses, s->part, i);
		assert_int_equal(addrset_add(&one, &range), 0);
	}
	char *text = addresses_text(&one, "");
	assert_string_equal(text, wanted);
	assert_true(s->interval || set_size(s) <= s->room);
	free(text);
	addrset_done(&one);
}

/* "SET +ADDRESS … -ADDRESS …" of each set, set off by a bar. */
static inline void expect_edits(const struct edits *e, const char *wanted)
{
	struct text t = {0};
	char *text;
	for (size_t i = 0; i < e->count; i++) {
		char *in = addresses_text(&e->items[i].in, "+");
		char *out = addresses_text(&e->items[i].out, "-");
		text_printf(&t, "%s%s%s%s%s%s", i ? " | " : "", e->items[i].set, in[0] ? " " : "",
			in, out[0] ? " " : "", out);
		free(in);
		free(out);
	}
	assert_int_equal(text_finish(&t, &text), 0);
	assert_string_equal(text, wanted);
	free(text);
}

static inline struct ruleset *compiled(const struct policy *p, bool on_trial)
{
	struct ruleset *r;
	const struct form form = {.generation = 1, .on_trial = on_trial};
	assert_int_equal(compile_form(p, &form, &r), 0);
	return r;
}
