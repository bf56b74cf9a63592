/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting generations round. */
#include "ruleset/generation.h"

#include "testing.h"

enum { UPPER = 0xffff0000, EIGHT = 0x000ff000 };

TEST(they_follow_each_other_and_begin_again_at_one)
{
	assert_int_equal(generation_next(UPPER, 0), 1);
	assert_int_equal(generation_next(UPPER, 7), 8);
	assert_int_equal(generation_next(UPPER, 65533), 65534);
	assert_int_equal(generation_next(UPPER, 65534), 1);
	assert_int_equal(generation_next(EIGHT, 253), 254);
	assert_int_equal(generation_next(EIGHT, 254), 1);
	/* of an earlier version, or of a wider mask */
	assert_int_equal(generation_next(EIGHT, 255), 1);
	assert_int_equal(generation_next(EIGHT, 1000), 1);
}

TEST(it_is_known_when_they_begin_again)
{
	assert_false(generation_begins_again(EIGHT, 0));
	assert_false(generation_begins_again(EIGHT, 253));
	assert_true(generation_begins_again(EIGHT, 254));
	assert_true(generation_begins_again(EIGHT, 255));
}

TEST(no_generation_is_the_old_one)
{
	uint16_t g = 0;
	for (int i = 0; i < 1000; i++) {
		g = generation_next(EIGHT, g);
		assert_true(g >= 1 && g <= generation_last(EIGHT));
		assert_int_not_equal(g, generation_old(EIGHT));
	}
}

TEST(what_is_older_is_forgotten_and_the_other_bits_stay)
{
	assert_int_equal(generation_forget(EIGHT, 0xabc07def, 9), 0xabcffdef);
	assert_int_equal(generation_forget(EIGHT, 0xabc09def, 9), 0xabc09def);
	assert_int_equal(generation_forget(EIGHT, 0xabc00def, 9), 0xabc00def);
	/* once is enough */
	assert_int_equal(generation_forget(EIGHT, 0xabcffdef, 9), 0xabcffdef);
	assert_int_equal(generation_forget(UPPER, 0x00010000, 65534), 0xffff0000);
}

TEST(what_is_expected_follows_or_stays_if_sessions_are_kept)
{
	assert_int_equal(generation_expected(UPPER, 7, false), 8);
	assert_int_equal(generation_expected(UPPER, 7, true), 7);
	assert_int_equal(generation_expected(EIGHT, 254, false), 1);
	/* none in force that can be told */
	assert_int_equal(generation_expected(EIGHT, 0, false), 2);
	assert_int_equal(generation_expected(EIGHT, 0, true), 1);
	assert_int_equal(generation_expected(EIGHT, 255, false), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_follow_each_other_and_begin_again_at_one),
		cmocka_unit_test(it_is_known_when_they_begin_again),
		cmocka_unit_test(no_generation_is_the_old_one),
		cmocka_unit_test(what_is_older_is_forgotten_and_the_other_bits_stay),
		cmocka_unit_test(what_is_expected_follows_or_stays_if_sessions_are_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
