/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock as transcripts: what is heard when, what is due when.  Times are milliseconds. */
#include "engine/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "testing.h"

enum { MS = 1000, START = 1000000 };

/* One line: a time, what is heard then (0: nothing), what is due, and when to ask again. */
struct line {
	uint64_t at;
	enum {
		NOTHING,
		RELOAD,
		CHANGED,
		COMMITTED,
		REPAIRED,
		UNVERIFIED,
		UNSEEN,
		UNSURVEYED,
		GONE
	} heard;
	unsigned due;
	uint64_t wake; /* 0: never */
};

static void play(const struct line *script, size_t n)
{
	static const enum clock_event events[] = {
		[RELOAD] = CLOCK_RELOAD,
		[CHANGED] = CLOCK_HOST_CHANGED,
		[COMMITTED] = CLOCK_COMMITTED,
		[REPAIRED] = CLOCK_REPAIRED,
		[UNVERIFIED] = CLOCK_UNVERIFIED,
		[UNSEEN] = CLOCK_UNSEEN,
		[UNSURVEYED] = CLOCK_UNSURVEYED,
		[GONE] = CLOCK_GONE,
	};
	struct clock c;
	clock_init(&c);
	for (size_t i = 0; i < n; i++) {
		uint64_t now = START + script[i].at * MS, wake;
		if (script[i].heard != NOTHING)
			clock_hear(&c, events[script[i].heard], now);
		unsigned due = clock_due(&c, now, &wake);
		uint64_t expected = script[i].wake ? START + script[i].wake * MS : CLOCK_NEVER;
		if (due != script[i].due || wake != expected) {
			print_error("line %zu: due %u, wake %llu\n", i, due,
				(unsigned long long)wake);
			fail();
		}
	}
}

#define PLAY(script) play(script, sizeof(script) / sizeof((script)[0]))

TEST(nothing_happens_nothing_is_due)
{
	static const struct line script[] = {{0, NOTHING, 0, 0}, {100000, NOTHING, 0, 0}};
	PLAY(script);
}

TEST(a_reload_is_due_at_once)
{
	static const struct line script[] = {{0, RELOAD, CLOCK_LOAD, 0}, {1, NOTHING, 0, 0}};
	PLAY(script);
}

TEST(a_change_is_applied_when_it_is_quiet)
{
	static const struct line script[] = {
		{0, CHANGED, 0, 200}, {199, NOTHING, 0, 200}, {200, NOTHING, CLOCK_REFRESH, 0}};
	PLAY(script);
}

TEST(a_burst_is_one_load)
{
	static const struct line script[] = {{0, CHANGED, 0, 200}, {150, CHANGED, 0, 350},
		{300, CHANGED, 0, 500}, {500, NOTHING, CLOCK_REFRESH, 0}, {900, NOTHING, 0, 0}};
	PLAY(script);
}

TEST(an_endless_burst_is_applied_after_a_second)
{
	static const struct line script[] = {{0, CHANGED, 0, 200}, {190, CHANGED, 0, 390},
		{380, CHANGED, 0, 580}, {570, CHANGED, 0, 770}, {760, CHANGED, 0, 960},
		{950, CHANGED, 0, 1000}, {1000, CHANGED, CLOCK_REFRESH, 0},
		{1010, CHANGED, 0, 1210}};
	PLAY(script);
}

TEST(a_reload_does_not_stand_for_a_change)
{
	static const struct line script[] = {{0, CHANGED, 0, 200}, {10, RELOAD, CLOCK_LOAD, 200},
		{200, NOTHING, CLOCK_REFRESH, 0}};
	PLAY(script);
}

TEST(a_look_at_the_host_that_failed_is_tried_again_after_two_seconds)
{
	static const struct line script[] = {{0, UNSEEN, 0, 2000}, {1000, UNSEEN, 0, 3000},
		{2999, NOTHING, 0, 3000}, {3000, NOTHING, CLOCK_REFRESH, 0}};
	PLAY(script);
}

TEST(a_change_after_a_look_that_failed_is_looked_at_when_it_is_quiet)
{
	static const struct line script[] = {{0, UNSEEN, 0, 2000}, {100, CHANGED, 0, 300},
		{300, NOTHING, CLOCK_REFRESH, 0}, {2000, NOTHING, 0, 0}};
	PLAY(script);
}

TEST(a_foreign_commit_is_looked_at_at_once)
{
	static const struct line script[] = {{0, COMMITTED, CLOCK_VERIFY, 1000},
		{0, COMMITTED, CLOCK_VERIFY, 1000}, {1, NOTHING, 0, 1000}};
	PLAY(script);
}

TEST(a_look_that_failed_is_tried_again_after_a_pause)
{
	static const struct line script[] = {{0, COMMITTED, CLOCK_VERIFY, 1000},
		{1, UNVERIFIED, 0, 501}, {300, COMMITTED, 0, 501},
		{501, NOTHING, CLOCK_VERIFY, 1000}, {502, COMMITTED, CLOCK_VERIFY, 1000}};
	PLAY(script);
}

/* Nine repairs in a row; the tenth is in the test. */
#define NINE \
	{0, REPAIRED, 0, 0}, {1, REPAIRED, 0, 0}, {2, REPAIRED, 0, 0}, {3, REPAIRED, 0, 0}, \
		{4, REPAIRED, 0, 0}, {5, REPAIRED, 0, 0}, {6, REPAIRED, 0, 0}, \
		{7, REPAIRED, 0, 0}, \
	{ \
		8, REPAIRED, 0, 0 \
	}

TEST(ten_repairs_in_ten_seconds_are_a_fight_said_once)
{
	static const struct line script[] = {NINE, {9, REPAIRED, CLOCK_SAY_FIGHT, 0},
		{10, COMMITTED, 0, 509}, {300, COMMITTED, 0, 509},
		{509, NOTHING, CLOCK_VERIFY, 1010}, {510, REPAIRED, 0, 1010},
		{511, COMMITTED, 0, 1010}, {1010, NOTHING, CLOCK_VERIFY | CLOCK_SURVEY, 0}};
	PLAY(script);
}

TEST(slow_repairs_are_no_fight)
{
	static const struct line script[] = {
		NINE, {10001, REPAIRED, 0, 0}, {10002, COMMITTED, CLOCK_VERIFY, 11002}};
	PLAY(script);
}

TEST(peace_ends_a_fight)
{
	static const struct line script[] = {NINE, {9, REPAIRED, CLOCK_SAY_FIGHT, 0},
		{20000, COMMITTED, CLOCK_VERIFY, 21000}, {20001, REPAIRED, 0, 21000},
		{20002, COMMITTED, CLOCK_VERIFY, 21000}};
	PLAY(script);
}

TEST(others_are_looked_at_a_second_after_a_commit)
{
	static const struct line script[] = {{0, COMMITTED, CLOCK_VERIFY, 1000},
		{999, NOTHING, 0, 1000}, {1000, NOTHING, CLOCK_SURVEY, 0}, {2000, NOTHING, 0, 0}};
	PLAY(script);
}

/* The clock is not wound up anew by each commit: an endless storm does not hide anything. */
TEST(a_storm_of_commits_is_one_look_at_others_a_second)
{
	static const struct line script[] = {{0, COMMITTED, CLOCK_VERIFY, 1000},
		{400, COMMITTED, CLOCK_VERIFY, 1000}, {800, COMMITTED, CLOCK_VERIFY, 1000},
		{1200, COMMITTED, CLOCK_VERIFY | CLOCK_SURVEY, 0},
		{1600, COMMITTED, CLOCK_VERIFY, 2600}, {2000, COMMITTED, CLOCK_VERIFY, 2600},
		{2600, NOTHING, CLOCK_SURVEY, 0}};
	PLAY(script);
}

TEST(a_look_at_others_that_failed_is_tried_again_and_ours_is_not_verified)
{
	static const struct line script[] = {
		{0, UNSURVEYED, 0, 1000}, {1000, NOTHING, CLOCK_SURVEY, 0}};
	PLAY(script);
}

TEST(a_change_that_is_quiet_first_is_applied_first)
{
	static const struct line script[] = {{0, COMMITTED, CLOCK_VERIFY, 1000},
		{100, CHANGED, 0, 300}, {300, NOTHING, CLOCK_REFRESH, 1000},
		{1000, NOTHING, CLOCK_SURVEY, 0}};
	PLAY(script);
}

TEST(of_a_table_that_is_gone_nothing_is_due)
{
	static const struct line script[] = {{0, COMMITTED, CLOCK_VERIFY, 1000},
		{1, UNVERIFIED, 0, 501}, {2, CHANGED, 0, 202}, {3, GONE, 0, 202},
		{202, NOTHING, CLOCK_REFRESH, 0}, {1000, NOTHING, 0, 0}};
	PLAY(script);
}

TEST(what_ran_out_or_moved_is_tried_again_and_what_is_wrong_is_not)
{
	assert_true(clock_tries_again(-ENOMEM));
	assert_true(clock_tries_again(-ENOBUFS));
	assert_true(clock_tries_again(-EINTR));
	assert_true(clock_tries_again(-ERESTART));
	assert_true(clock_tries_again(-ESTALE));
	assert_false(clock_tries_again(0));
	assert_false(clock_tries_again(-EINVAL));
	assert_false(clock_tries_again(-EPERM));
	assert_false(clock_tries_again(-ENOENT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_happens_nothing_is_due),
		cmocka_unit_test(a_reload_is_due_at_once),
		cmocka_unit_test(a_change_is_applied_when_it_is_quiet),
		cmocka_unit_test(a_burst_is_one_load),
		cmocka_unit_test(an_endless_burst_is_applied_after_a_second),
		cmocka_unit_test(a_reload_does_not_stand_for_a_change),
		cmocka_unit_test(a_foreign_commit_is_looked_at_at_once),
		cmocka_unit_test(a_look_at_the_host_that_failed_is_tried_again_after_two_seconds),
		cmocka_unit_test(a_change_after_a_look_that_failed_is_looked_at_when_it_is_quiet),
		cmocka_unit_test(a_look_that_failed_is_tried_again_after_a_pause),
		cmocka_unit_test(others_are_looked_at_a_second_after_a_commit),
		cmocka_unit_test(a_storm_of_commits_is_one_look_at_others_a_second),
		cmocka_unit_test(
			a_look_at_others_that_failed_is_tried_again_and_ours_is_not_verified),
		cmocka_unit_test(a_change_that_is_quiet_first_is_applied_first),
		cmocka_unit_test(ten_repairs_in_ten_seconds_are_a_fight_said_once),
		cmocka_unit_test(slow_repairs_are_no_fight),
		cmocka_unit_test(peace_ends_a_fight),
		cmocka_unit_test(of_a_table_that_is_gone_nothing_is_due),
		cmocka_unit_test(what_ran_out_or_moved_is_tried_again_and_what_is_wrong_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
