/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be read, and when, after what was heard. */
#include "host/writing.h"

#include <string.h>

#include "testing.h"

enum { NOW = 1000 };

/* What is heard, by letters: b(egun) o(ver) g(one) e(lsewhere) u(nheard) t(ouched). */
static struct writing after(const char *events)
{
	static const char letters[] = "bogeut";
	struct writing w = {0};
	for (const char *e = events; *e; e++)
		writing_hear(&w, (enum writing_event)(strchr(letters, *e) - letters), NOW);
	return w;
}

TEST(a_file_is_taken_when_its_own_writing_is_over)
{
	static const char *const over[] = {
		"bo", "o", "bbo", "g", "e", "be", "t", "bobo", "uo", "ot", "bog"};
	static const char *const not_over[] = {"", "b", "bt", "ob", "gb", "eb", "ub", "tb", "bobb"};
	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
		struct writing w = after(over[i]);
		if (!writing_is_over(&w, NOW))
			fail_msg("%s", over[i]);
	}
	for (size_t i = 0; i < sizeof(not_over) / sizeof(not_over[0]); i++) {
		struct writing w = after(not_over[i]);
		if (writing_is_over(&w, UINT64_MAX - 1))
			fail_msg("%s", not_over[i]);
	}
}

TEST(what_nobody_has_heard_is_taken_after_a_silence)
{
	static const char *const doubtful[] = {"u", "bu", "ou", "ut", "gu"};
	for (size_t i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); i++) {
		struct writing w = after(doubtful[i]);
		assert_int_equal(writing_time(&w), NOW + WRITING_PATIENCE);
		assert_false(writing_is_over(&w, NOW + WRITING_PATIENCE - 1));
		assert_true(writing_is_over(&w, NOW + WRITING_PATIENCE));
	}
}

TEST(a_silent_writer_is_worth_a_word_and_is_not_disturbed)
{
	struct writing w = after("b");
	assert_int_equal(writing_long_at(&w), NOW + WRITING_LONG);
	writing_hear(&w, WRITING_BEGUN, NOW + 5);
	assert_int_equal(writing_long_at(&w), NOW + 5 + WRITING_LONG);
	assert_false(writing_is_over(&w, UINT64_MAX - 1));
	writing_hear(&w, WRITING_OVER, NOW + 6);
	assert_true(writing_long_at(&w) == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_taken_when_its_own_writing_is_over),
		cmocka_unit_test(a_silent_writer_is_worth_a_word_and_is_not_disturbed),
		cmocka_unit_test(what_nobody_has_heard_is_taken_after_a_silence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
