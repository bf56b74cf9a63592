/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements by the ways that hold them. */
#include "script.h"

static struct sets sets;

static struct addr one(void)
{
	return address("192.0.2.1", 9);
}

static void change(enum hold from, enum hold to)
{
	const struct addr a = one();
	assert_int_equal(sets_reserve(&sets, 1, &a), 0);
	sets_change(&sets, 1, &a, from, to);
}

static void assert_told(int64_t now, const char *expected)
{
	struct answers_action x;
	char found[256] = "";
	while (sets_next(&sets, now, &x)) {
		char text[100];
		put_action(&x, text, sizeof(text));
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s",
			*found ? ", " : "", text);
	}
	assert_string_equal(found, expected);
}

static void an_element_is_there_while_one_way_holds_it(void **state)
{
	(void)state;
	sets_init(&sets);
	change(HOLD_NONE, HOLD_LIVE);
	change(HOLD_NONE, HOLD_LIVE);
	assert_told(0, "+live1:192.0.2.1");
	change(HOLD_LIVE, HOLD_RETIRED);
	assert_told(0, "");
	change(HOLD_LIVE, HOLD_RETIRED);
	assert_told(0, "+retired1:192.0.2.1, -live1:192.0.2.1");
	change(HOLD_RETIRED, HOLD_NONE);
	assert_told(0, "");
	change(HOLD_RETIRED, HOLD_NONE);
	assert_told(0, "-retired1:192.0.2.1");
	assert_int_equal(sets.count, 0);
	sets_done(&sets);
}

static void what_is_live_again_leaves_the_retired_set_a_second_later(void **state)
{
	(void)state;
	sets_init(&sets);
	change(HOLD_NONE, HOLD_RETIRED);
	assert_told(0, "+retired1:192.0.2.1");
	change(HOLD_RETIRED, HOLD_LIVE);
	assert_told(100, "+live1:192.0.2.1");
	sets_leave_retired(&sets, 100 + ANSWERS_GRACE - 1);
	assert_told(100, "");
	sets_leave_retired(&sets, 100 + ANSWERS_GRACE);
	assert_told(100, "-retired1:192.0.2.1");
	change(HOLD_LIVE, HOLD_NONE);
	assert_told(0, "-live1:192.0.2.1");
	sets_done(&sets);
}

static void what_is_retired_again_meanwhile_stays_in_the_retired_set(void **state)
{
	(void)state;
	sets_init(&sets);
	change(HOLD_NONE, HOLD_RETIRED);
	assert_told(0, "+retired1:192.0.2.1");
	change(HOLD_RETIRED, HOLD_LIVE);
	assert_told(100, "+live1:192.0.2.1");
	change(HOLD_LIVE, HOLD_RETIRED);
	assert_told(200, "-live1:192.0.2.1");
	sets_leave_retired(&sets, 10 * ANSWERS_SECOND);
	assert_told(200, "");
	sets_done(&sets);
}

static void what_comes_and_goes_between_two_looks_is_not_told(void **state)
{
	(void)state;
	sets_init(&sets);
	change(HOLD_NONE, HOLD_LIVE);
	change(HOLD_LIVE, HOLD_RETIRED);
	change(HOLD_RETIRED, HOLD_NONE);
	assert_told(0, "");
	assert_int_equal(sets.count, 0);
	sets_done(&sets);
}

static void ten_thousand_addresses_of_two_peers_are_all_told_and_found(void **state)
{
	enum { MANY = 10000 };
	struct answers a = {0};
	struct answers_walk walk = {0};
	struct answers_member m;
	struct answers_action x;
	size_t told = 0, members = 0;
	(void)state;
	sets_init(&a.sets);
	for (uint32_t i = 0; i < MANY; i++) {
		struct addr own = {.family = AF_INET};
		memcpy(own.bytes, &i, sizeof(i));
		for (uint32_t peer = 0; peer < 2; peer++) {
			assert_int_equal(sets_reserve(&a.sets, peer, &own), 0);
			sets_change(&a.sets, peer, &own, HOLD_NONE, HOLD_LIVE);
		}
	}
	while (sets_next(&a.sets, 0, &x))
		told++;
	assert_int_equal(told, 2 * MANY);
	while (answers_member(&a, &walk, &m))
		members += m.shared;
	assert_int_equal(members, 2 * MANY);
	sets_done(&a.sets);
}

static void an_address_is_live_as_soon_as_that_is_told(void **state)
{
	struct answers a = {0};
	struct answers_action x;
	const struct addr own = one();
	(void)state;
	sets_init(&a.sets);
	assert_false(answers_is_live(&a, 1, &own));
	assert_int_equal(sets_reserve(&a.sets, 1, &own), 0);
	sets_change(&a.sets, 1, &own, HOLD_NONE, HOLD_LIVE);
	assert_false(answers_is_live(&a, 1, &own));
	while (sets_next(&a.sets, 0, &x))
		;
	assert_true(answers_is_live(&a, 1, &own));
	assert_false(answers_is_live(&a, 2, &own));
	sets_change(&a.sets, 1, &own, HOLD_LIVE, HOLD_RETIRED);
	while (sets_next(&a.sets, 0, &x))
		;
	assert_false(answers_is_live(&a, 1, &own));
	sets_done(&a.sets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_element_is_there_while_one_way_holds_it),
		cmocka_unit_test(what_is_live_again_leaves_the_retired_set_a_second_later),
		cmocka_unit_test(what_is_retired_again_meanwhile_stays_in_the_retired_set),
		cmocka_unit_test(what_comes_and_goes_between_two_looks_is_not_told),
		cmocka_unit_test(an_address_is_live_as_soon_as_that_is_told),
		cmocka_unit_test(ten_thousand_addresses_of_two_peers_are_all_told_and_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
