/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the machine answers when it is asked.  What it does is in test_life_asked.c,
 * test_life_start.c and test_life_slots.c; all that can happen is walked through in
 * whole/test_life.c. */
#include "life_script.h"

TEST(two_configurations_are_the_same_only_with_their_lists)
{
	const struct life_config other_lists = {1, 7}, none_too = {LIFE_NONE, 7};
	assert_true(life_same_files(A, other_lists));
	assert_false(life_same(A, other_lists));
	assert_false(life_same_files(A, B));
	assert_true(life_same(NO_CONFIG, none_too));
}

TEST(nothing_is_waited_for_while_all_is_well)
{
	struct life l = with_a();
	assert_int_equal(life_wake(&l), LIFE_NEVER);
	assert_int_equal(life_troubles(&l), 0);
	assert_true(life_follows_host(&l));
	assert_false(life_is_open(&l));
}

TEST(what_is_on_trial_and_what_it_returns_to_are_known_and_nothing_else_is)
{
	struct life l = with_b_on_trial();
	assert_true(life_knows(&l, A));
	assert_true(life_knows(&l, B));
	assert_false(life_knows(&l, (struct life_config){3, 3}));
}

TEST(what_was_rejected_is_known_until_something_else_is)
{
	struct life l = with_b_on_trial();
	PLAY(&l, SECOND, EVENT(.kind = LIFE_ROLL_BACK), MOVE, APPLY(1, LIFE_BECAUSE_UNDONE),
		SAY(LIFE_UNDONE));
	assert_true(life_knows(&l, B));
	PLAY(&l, SECOND, EVENT(.kind = LIFE_RELOAD), READ(B), APPLY(2, LIFE_BECAUSE_ASKED),
		SAVE(2, LIFE_CONFIRMED), REMOVE(LIFE_REJECTED), SAY(LIFE_LOADED));
	assert_false(life_knows(&l, A));
	assert_int_equal(life_troubles(&l), 0);
}

TEST(an_open_host_is_not_followed)
{
	struct life l = with_a();
	PLAY(&l, 0, EVENT(.kind = LIFE_FLUSH), OPEN, SAY(LIFE_FLUSHED));
	assert_true(life_is_open(&l));
	assert_false(life_follows_host(&l));
}

TEST(each_answer_is_good_or_not)
{
	assert_true(life_word_is_good(LIFE_LOADED));
	assert_true(life_word_is_good(LIFE_ON_TRIAL));
	assert_true(life_word_is_good(LIFE_TRIED_CONFIRMED));
	assert_false(life_word_is_good(LIFE_LOADED_UNSAVED));
	assert_false(life_word_is_good(LIFE_NOT_UNDONE));
	assert_false(life_word_is_good(LIFE_REFUSED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_configurations_are_the_same_only_with_their_lists),
		cmocka_unit_test(nothing_is_waited_for_while_all_is_well),
		cmocka_unit_test(
			what_is_on_trial_and_what_it_returns_to_are_known_and_nothing_else_is),
		cmocka_unit_test(what_was_rejected_is_known_until_something_else_is),
		cmocka_unit_test(an_open_host_is_not_followed),
		cmocka_unit_test(each_answer_is_good_or_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
