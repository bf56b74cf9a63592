/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A value has one connection of three words after the other, set off by commas or blanks, mostly
 * one a line.  What is wrong in one of them ends the value: the words behind it cannot be counted
 * off.
 */
#include "config/expected.h"

#include <errno.h>

static size_t count_words(const struct value *v)
{
	struct items items = items_of(v);
	struct item item;
	struct diags ignored = {0};
	size_t n = 0;
	while (items_next(&items, &item, &ignored))
		n++;
	diags_done(&ignored);
	return n;
}

static size_t count_all(const struct document *d)
{
	size_t n = 0;
	for (const struct section *s = document_first(d, SECTION_TEST); s;
		s = document_next(s, SECTION_TEST))
		for (int key = TEST_ALLOW; key <= TEST_REFUSE; key++)
			if (s->keys[key].set)
				n += count_words(&s->keys[key].value) / QUESTION_WORDS;
	return n;
}

struct expected {
	struct expectation *items;
	size_t count;
};

/* 1 after the last one; -EINVAL after a fault. */
static int next_connection(struct items *items, struct diags *diags,
	struct item ret[QUESTION_WORDS])
{
	size_t n = 0;
	while (n < QUESTION_WORDS && items_next(items, &ret[n], diags))
		n++;
	if (n == 0)
		return 1;
	if (n == QUESTION_WORDS)
		return 0;
	diag_error(diags, ret[0].at,
		"a connection has three words, as in tcp 10.0.0.7 this-host:4422; write all of "
		"them");
	return -EINVAL;
}

static int read_key(const struct section *s, enum test_key key, struct arena *arena,
	struct diags *diags, struct expected *to)
{
	struct items items = items_of(&s->keys[key].value);
	struct item w[QUESTION_WORDS];
	while (s->keys[key].set && next_connection(&items, diags, w) == 0) {
		const struct question_word words[QUESTION_WORDS] = {{w[0].text, w[0].length},
			{w[1].text, w[1].length}, {w[2].text, w[2].length}};
		struct expectation *e = &to->items[to->count];
		char why[QUESTION_FAULT_SIZE];
		size_t word;
		if (question_parse(words, &e->question, &word, why) < 0) {
			diag_error(diags, w[word].at, "%s", why);
			return 0;
		}
		e->test = s->name;
		e->at = w[0].at;
		e->allowed = key == TEST_ALLOW;
		e->text = arena_printf(arena, "%.*s %.*s %.*s", (int)w[0].length, w[0].text,
			(int)w[1].length, w[1].text, (int)w[2].length, w[2].text);
		if (!e->text)
			return -ENOMEM;
		to->count++;
	}
	return 0;
}

int expected_read(const struct document *d, struct arena *arena, struct diags *diags,
	struct expectation **ret, size_t *ret_count)
{
	struct expected all = {.items = arena_array(arena, count_all(d) + 1, sizeof(*all.items))};
	if (!all.items)
		return -ENOMEM;
	for (const struct section *s = document_first(d, SECTION_TEST); s;
		s = document_next(s, SECTION_TEST)) {
		if (!s->keys[TEST_ALLOW].set && !s->keys[TEST_REFUSE].set && !s->is_faulty)
			diag_error(diags, s->at,
				"test '%s' says nothing; write allow = or refuse = with a "
				"connection, as in tcp 10.0.0.7 this-host:4422",
				s->name);
		int r = read_key(s, TEST_ALLOW, arena, diags, &all);
		if (r == 0)
			r = read_key(s, TEST_REFUSE, arena, diags, &all);
		if (r < 0)
			return r;
	}
	*ret = all.items;
	*ret_count = all.count;
	return 0;
}
