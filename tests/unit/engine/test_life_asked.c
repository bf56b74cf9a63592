/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked for and what is due, as transcripts.  All that can happen is walked through in
 * whole/test_life.c. */
#include "life_script.h"

TEST(a_reload_is_read_applied_and_saved)
{
	struct life l = with_a();
	PLAY(&l, 0, EVENT(.kind = LIFE_RELOAD), READ(B), APPLY(2, LIFE_BECAUSE_ASKED),
		SAVE(2, LIFE_CONFIRMED), SAY(LIFE_LOADED));
	assert_int_equal(life_troubles(&l), 0);
}

TEST(a_bad_reload_changes_nothing)
{
	struct life l = with_a();
	PLAY(&l, 0, EVENT(.kind = LIFE_RELOAD), READ_BAD, SAY(LIFE_REFUSED));
	assert_int_equal(life_troubles(&l), LIFE_TROUBLE_REFUSED);
	assert_true(life_same(l.config, A));
}

TEST(a_confirmed_trial_is_saved_first_and_then_settled)
{
	struct life l = with_b_on_trial();
	PLAY(&l, SECOND, EVENT(.kind = LIFE_CONFIRM), SAVE(2, LIFE_CONFIRMED),
		APPLY(2, LIFE_BECAUSE_CONFIRMED), REMOVE(LIFE_TRIAL), SAY(LIFE_CONFIRMS));
	assert_false(life_on_trial(&l));
	assert_int_equal(life_wake(&l), LIFE_NEVER);
}

TEST(what_cannot_be_saved_is_not_confirmed)
{
	struct life l = with_b_on_trial();
	PLAY(&l, SECOND, EVENT(.kind = LIFE_CONFIRM), FULL(2, LIFE_CONFIRMED),
		SAY(LIFE_CONFIRMS_UNSAVED));
	assert_true(life_on_trial(&l));
	PLAY(&l, SECOND, EVENT(.kind = LIFE_CONFIRM), SAVE(2, LIFE_CONFIRMED),
		APPLY(2, LIFE_BECAUSE_CONFIRMED), REMOVE(LIFE_TRIAL), SAY(LIFE_CONFIRMS));
}

TEST(the_end_of_a_trial_is_written_down_before_it_is_undone)
{
	struct life l = with_b_on_trial();
	PLAY(&l, 60 * SECOND, EVENT(.kind = LIFE_TIME), MOVE, APPLY(1, LIFE_BECAUSE_EXPIRED),
		SAY(LIFE_EXPIRED));
	assert_int_equal(life_troubles(&l), LIFE_TROUBLE_UNCONFIRMED);
	PLAY(&l, 60 * SECOND, EVENT(.kind = LIFE_CONFIRM), SAY(LIFE_NO_TRIAL));
}

TEST(what_cannot_be_undone_is_tried_every_second)
{
	struct life l = with_b_on_trial();
	PLAY(&l, SECOND, EVENT(.kind = LIFE_ROLL_BACK), MOVE, REFUSE(1, LIFE_BECAUSE_UNDONE),
		SAY(LIFE_NOT_UNDONE));
	assert_int_equal(life_wake(&l), 2 * SECOND);
	assert_true(life_troubles(&l) & LIFE_TROUBLE_UNDOING);
	const struct line again[] = {REFUSE(1, LIFE_BECAUSE_UNDONE)};
	play(&l, &(const struct life_event){.kind = LIFE_TIME}, 2 * SECOND, again, 1);
	const struct line done[] = {APPLY(1, LIFE_BECAUSE_UNDONE)};
	play(&l, &(const struct life_event){.kind = LIFE_TIME}, 3 * SECOND, done, 1);
	assert_int_equal(life_troubles(&l), LIFE_TROUBLE_UNCONFIRMED);
	assert_int_equal(life_wake(&l), LIFE_NEVER);
}

TEST(a_reload_for_good_is_refused_during_a_trial)
{
	struct life l = with_b_on_trial();
	PLAY(&l, SECOND, EVENT(.kind = LIFE_RELOAD), SAY(LIFE_TRIAL_RUNS));
	assert_true(life_on_trial(&l));
}

TEST(what_is_confirmed_already_is_not_tried)
{
	struct life l = with_a();
	PLAY(&l, 0, EVENT(.kind = LIFE_RELOAD, .trial_length = SECOND), READ(A),
		APPLY(1, LIFE_BECAUSE_ASKED), SAY(LIFE_TRIED_CONFIRMED));
	assert_false(life_on_trial(&l));
}

TEST(a_flush_ends_the_trial_and_no_time_closes_the_host)
{
	struct life l = with_b_on_trial();
	PLAY(&l, SECOND, EVENT(.kind = LIFE_FLUSH), OPEN, MOVE, SAY(LIFE_FLUSHED));
	assert_true(life_is_open(&l));
	assert_int_equal(life_wake(&l), LIFE_NEVER);
	play(&l, &(const struct life_event){.kind = LIFE_TIME}, 100 * (uint64_t)SECOND, NULL, 0);
	PLAY(&l, 0, EVENT(.kind = LIFE_CONFIRM), SAY(LIFE_NO_TRIAL));
	PLAY(&l, 0, EVENT(.kind = LIFE_RELOAD), READ(B), APPLY(2, LIFE_BECAUSE_ASKED),
		SAVE(2, LIFE_CONFIRMED), REMOVE(LIFE_REJECTED), SAY(LIFE_LOADED));
	assert_int_equal(life_troubles(&l), 0);
}

TEST(lists_are_saved_with_what_is_in_force)
{
	static const struct life_config other = {1, 3}, tried = {2, 4};
	struct life l = with_a();
	const struct line saves[] = {SAVE(1, LIFE_CONFIRMED)};
	play(&l, &(const struct life_event){.kind = LIFE_LISTS_TAKEN, .config = other}, 0, saves,
		1);
	l = with_b_on_trial();
	const struct line saves_trial[] = {SAVE(2, LIFE_TRIAL)};
	play(&l, &(const struct life_event){.kind = LIFE_LISTS_TAKEN, .config = tried}, 0,
		saves_trial, 1);
	assert_true(life_same(l.confirmed, A));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reload_is_read_applied_and_saved),
		cmocka_unit_test(a_bad_reload_changes_nothing),
		cmocka_unit_test(a_confirmed_trial_is_saved_first_and_then_settled),
		cmocka_unit_test(what_cannot_be_saved_is_not_confirmed),
		cmocka_unit_test(the_end_of_a_trial_is_written_down_before_it_is_undone),
		cmocka_unit_test(what_cannot_be_undone_is_tried_every_second),
		cmocka_unit_test(a_reload_for_good_is_refused_during_a_trial),
		cmocka_unit_test(what_is_confirmed_already_is_not_tried),
		cmocka_unit_test(a_flush_ends_the_trial_and_no_time_closes_the_host),
		cmocka_unit_test(lists_are_saved_with_what_is_in_force),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
