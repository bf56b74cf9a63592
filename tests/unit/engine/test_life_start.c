/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts, as transcripts. */
#include "life_script.h"

static struct life new_life(void)
{
	struct life l;
	life_init(&l);
	return l;
}

TEST(a_first_start_asks_for_all_sessions_and_saves)
{
	struct life l = new_life();
	struct life_action a;
	life_hear(&l, &(const struct life_event){.kind = LIFE_STARTS}, 0);
	assert_true(life_next(&l, &a));
	assert_int_equal(a.kind, LIFE_READ);
	assert_int_equal(a.guard, LIFE_GUARD_SESSIONS);
	l = new_life();
	PLAY(&l, 0, EVENT(.kind = LIFE_STARTS), READ(A), APPLY(1, LIFE_BECAUSE_STARTED),
		SAVE(1, LIFE_CONFIRMED), SAY(LIFE_STARTED));
}

TEST(a_host_that_was_never_protected_is_left_alone)
{
	struct life l = new_life();
	PLAY(&l, 0, EVENT(.kind = LIFE_STARTS), READ_BAD, SAY(LIFE_NEVER_GOOD));
}

TEST(a_host_once_protected_is_closed_if_nothing_is_good)
{
	static const struct life_config damaged = {LIFE_UNKNOWN, 0};
	struct life l = new_life();
	PLAY(&l, 0, EVENT(.kind = LIFE_STARTS, .slots = {.confirmed = damaged}), READ_BAD,
		CLOSE(LIFE_OK), SAY(LIFE_STARTED));
	assert_true(life_troubles(&l) & LIFE_TROUBLE_CLOSED);
}

TEST(what_stands_in_for_a_damaged_one_is_saved_over_it)
{
	static const struct life_config damaged = {LIFE_UNKNOWN, 0};
	struct life l = new_life();
	PLAY(&l, 0, EVENT(.kind = LIFE_STARTS, .slots = {.confirmed = damaged, .older = A}),
		APPLY(1, LIFE_BECAUSE_LAST_GOOD), READ_BAD, SAVE(1, LIFE_CONFIRMED),
		SAY(LIFE_STARTED));
	assert_true(life_troubles(&l) & LIFE_TROUBLE_REFUSED);
}

TEST(a_trial_of_this_boot_goes_on)
{
	struct life l = new_life();
	PLAY(&l, SECOND,
		EVENT(.kind = LIFE_STARTS, .slots = {.confirmed = A,
						   .trial = B,
						   .trial_until = 5 * SECOND,
						   .trial_is_of_this_boot = true}),
		APPLY(2, LIFE_BECAUSE_RESUMED), SAY(LIFE_STARTED));
	assert_int_equal(life_wake(&l), 5 * SECOND);
}

TEST(a_trial_of_another_boot_is_rejected_once_the_table_is_ours)
{
	struct life l = new_life();
	PLAY(&l, SECOND,
		EVENT(.kind = LIFE_STARTS,
			.slots = {.confirmed = A, .trial = B, .trial_until = 5 * SECOND}),
		APPLY(1, LIFE_BECAUSE_LAST_GOOD), READ(B), MOVE, SAY(LIFE_STARTED));
	assert_int_equal(life_troubles(&l), LIFE_TROUBLE_UNCONFIRMED);
}

TEST(a_trial_that_was_being_confirmed_is_confirmed)
{
	static const struct life_config other_lists = {2, 7};
	struct life l = new_life();
	PLAY(&l, SECOND,
		EVENT(.kind = LIFE_STARTS, .slots = {.confirmed = other_lists,
						   .trial = B,
						   .trial_until = 5 * SECOND,
						   .trial_is_of_this_boot = true}),
		APPLY(2, LIFE_BECAUSE_LAST_GOOD), READ(B), APPLY(2, LIFE_BECAUSE_STARTED),
		SAVE(2, LIFE_CONFIRMED), REMOVE(LIFE_TRIAL), SAY(LIFE_STARTED));
	assert_false(life_on_trial(&l));
}

TEST(a_start_that_the_kernel_refuses_fails_rather_than_trust_what_is_left)
{
	struct life l = new_life();
	PLAY(&l, 0, EVENT(.kind = LIFE_STARTS, .slots = {.confirmed = A}),
		REFUSE(1, LIFE_BECAUSE_LAST_GOOD), READ(A), REFUSE(1, LIFE_BECAUSE_STARTED),
		CLOSE(LIFE_LEFT), SAY(LIFE_CANNOT_START));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_start_asks_for_all_sessions_and_saves),
		cmocka_unit_test(a_host_that_was_never_protected_is_left_alone),
		cmocka_unit_test(a_host_once_protected_is_closed_if_nothing_is_good),
		cmocka_unit_test(what_stands_in_for_a_damaged_one_is_saved_over_it),
		cmocka_unit_test(a_trial_of_this_boot_goes_on),
		cmocka_unit_test(a_trial_of_another_boot_is_rejected_once_the_table_is_ours),
		cmocka_unit_test(a_trial_that_was_being_confirmed_is_confirmed),
		cmocka_unit_test(
			a_start_that_the_kernel_refuses_fails_rather_than_trust_what_is_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
