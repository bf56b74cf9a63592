/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state directory that will not be written. */
#include "life_script.h"

TEST(what_cannot_be_saved_is_in_force_and_tried_again)
{
	struct life l = with_a();
	const struct line full[] = {FULL(2, LIFE_CONFIRMED)}, saves[] = {SAVE(2, LIFE_CONFIRMED)};
	const uint64_t then = LIFE_SAVE_PAUSE;
	PLAY(&l, 0, EVENT(.kind = LIFE_RELOAD), READ(B), APPLY(2, LIFE_BECAUSE_ASKED),
		FULL(2, LIFE_CONFIRMED), SAY(LIFE_LOADED_UNSAVED));
	assert_int_equal(life_troubles(&l), LIFE_TROUBLE_UNSAVED);
	assert_int_equal(life_wake(&l), then);
	play(&l, &(const struct life_event){.kind = LIFE_TIME}, then, full, 1);
	assert_int_equal(life_wake(&l), 2 * then);
	play(&l, &(const struct life_event){.kind = LIFE_TIME}, 2 * then, saves, 1);
	assert_int_equal(life_troubles(&l), 0);
	assert_int_equal(life_wake(&l), LIFE_NEVER);
}

TEST(a_trial_that_cannot_be_written_down_is_not_begun)
{
	struct life l = with_a();
	PLAY(&l, 0, EVENT(.kind = LIFE_RELOAD, .trial_length = SECOND), READ(B),
		FULL(2, LIFE_TRIAL), SAY(LIFE_TRIAL_UNSAVED));
	assert_false(life_on_trial(&l));
	assert_int_equal(life_troubles(&l), 0);
}

TEST(a_trial_that_the_kernel_refuses_leaves_no_trace)
{
	struct life l = with_a();
	PLAY(&l, 0, EVENT(.kind = LIFE_RELOAD, .trial_length = SECOND), READ(B),
		SAVE(2, LIFE_TRIAL), REFUSE(2, LIFE_BECAUSE_ASKED), REMOVE(LIFE_TRIAL),
		SAY(LIFE_REFUSED));
}

TEST(one_that_replaces_another_leaves_that_one)
{
	static const struct life_config C = {3, 3};
	struct life l = with_b_on_trial();
	PLAY(&l, 0, EVENT(.kind = LIFE_RELOAD, .trial_length = SECOND), READ(C),
		SAVE(3, LIFE_TRIAL), REFUSE(3, LIFE_BECAUSE_ASKED), SAVE(2, LIFE_TRIAL),
		SAY(LIFE_REFUSED));
	assert_int_equal(life_wake(&l), 60 * SECOND);
}

TEST(nothing_is_touched_before_the_table_is_ours)
{
	struct life l;
	life_init(&l);
	PLAY(&l, 0, EVENT(.kind = LIFE_STARTS, .slots = {.confirmed = A, .trial = B}),
		{LIFE_APPLY, 1, LIFE_BECAUSE_LAST_GOOD, LIFE_FAILED, NO_CONFIG}, READ(B),
		SAY(LIFE_CANNOT_START));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_saved_is_in_force_and_tried_again),
		cmocka_unit_test(a_trial_that_cannot_be_written_down_is_not_begun),
		cmocka_unit_test(a_trial_that_the_kernel_refuses_leaves_no_trace),
		cmocka_unit_test(one_that_replaces_another_leaves_that_one),
		cmocka_unit_test(nothing_is_touched_before_the_table_is_ours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
