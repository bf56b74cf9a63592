/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Upkeep as transcripts: what happens when, and what is to be done then.  All that can happen is
 * walked through in whole/test_upkeep.c.  Times are milliseconds. */
#include "engine/upkeep.h"

#include <errno.h>
#include <string.h>

#include "testing.h"

enum { MS = 1000, START = 1000000 };

#define HEAR(u, at, ...) \
	upkeep_hear(u, &(const struct upkeep_event){__VA_ARGS__}, START + (uint64_t)(at)*MS)
#define OURS \
	{ \
		.is_there = true \
	}
#define NFT \
	{ \
		.pid = 4711, .name = "nft" \
	}

static struct upkeep_action next(struct upkeep *u, uint64_t at)
{
	struct upkeep_action a;
	assert_true(upkeep_next(u, START + at * MS, &a));
	return a;
}

static void expect(struct upkeep *u, uint64_t at, enum upkeep_action_kind kind)
{
	assert_int_equal(next(u, at).kind, kind);
}

static struct upkeep_who expect_word(struct upkeep *u, uint64_t at, enum upkeep_word word)
{
	struct upkeep_action a = next(u, at);
	assert_int_equal(a.kind, UPKEEP_SAY);
	assert_int_equal(a.word, word);
	return a.who;
}

/* Nothing more; wake: when to ask again, 0: never. */
static void expect_rest(struct upkeep *u, uint64_t at, uint64_t wake)
{
	struct upkeep_action a;
	assert_false(upkeep_next(u, START + at * MS, &a));
	assert_int_equal(upkeep_wake(u), wake ? START + wake * MS : CLOCK_NEVER);
}

/* One that listens, with a table that was looked at, and peace for a while. */
static struct upkeep at_peace(void)
{
	struct upkeep u;
	upkeep_init(&u);
	HEAR(&u, 0, .kind = UPKEEP_CHANGED, .table = OURS);
	expect(&u, 0, UPKEEP_LISTEN);
	HEAR(&u, 0, .kind = UPKEEP_LISTENED);
	expect(&u, 0, UPKEEP_VERIFY);
	HEAR(&u, 0, .kind = UPKEEP_VERIFIED, .table = OURS);
	expect_rest(&u, 0, 1000);
	expect(&u, 1000, UPKEEP_SURVEY);
	HEAR(&u, 1000, .kind = UPKEEP_SURVEYED);
	expect_rest(&u, 1000, 0);
	return u;
}

static void repair(struct upkeep *u, uint64_t at)
{
	expect(u, at, UPKEEP_VERIFY);
	HEAR(u, at, .kind = UPKEEP_VERIFIED, .table = OURS, .is_repaired = true);
}

TEST(nothing_happens_nothing_is_done)
{
	struct upkeep u;
	upkeep_init(&u);
	expect_rest(&u, 0, 0);
	assert_int_equal(upkeep_error(&u, UPKEEP_NOT_VERIFIED), 0);
}

TEST(a_reload_is_for_who_asked_for_it)
{
	struct upkeep u = at_peace();
	HEAR(&u, 2000, .kind = UPKEEP_RELOAD, .who = {.uid = 1000, .pid = 17});
	struct upkeep_action a = next(&u, 2000);
	assert_int_equal(a.kind, UPKEEP_LOAD);
	assert_int_equal(a.who.uid, 1000);
	assert_int_equal(a.who.pid, 17);
	expect_rest(&u, 2000, 0);
}

TEST(a_repair_names_who_has_committed_since_the_last_look)
{
	struct upkeep u = at_peace();
	HEAR(&u, 2000, .kind = UPKEEP_COMMITTED, .who = NFT);
	repair(&u, 2000);
	assert_string_equal(expect_word(&u, 2000, UPKEEP_UNDONE).name, "nft");
	expect_rest(&u, 2000, 3000);
	HEAR(&u, 2100, .kind = UPKEEP_MISSED);
	repair(&u, 2100);
	assert_string_equal(expect_word(&u, 2100, UPKEEP_UNDONE).name, "");
}

TEST(what_we_commit_ourselves_is_nobody_elses_change)
{
	struct upkeep u = at_peace();
	HEAR(&u, 2000, .kind = UPKEEP_COMMITTED, .who = NFT, .is_own = true);
	expect_rest(&u, 2000, 0);
}

TEST(what_was_left_half_done_is_repaired_and_blamed_on_nobody)
{
	struct upkeep u = at_peace();
	HEAR(&u, 2000, .kind = UPKEEP_CHANGED, .table = {.is_there = true, .is_unsure = true},
		.error = -ENOMEM);
	expect_rest(&u, 2000, 2500);
	expect(&u, 2500, UPKEEP_LISTEN);
	HEAR(&u, 2500, .kind = UPKEEP_LISTENED);
	repair(&u, 2500);
	expect_word(&u, 2500, UPKEEP_FINISHED);
	expect_rest(&u, 2500, 3000);
}

TEST(a_table_that_nobody_else_can_change_is_listened_for_and_not_looked_at)
{
	struct upkeep u;
	upkeep_init(&u);
	HEAR(&u, 0, .kind = UPKEEP_CHANGED, .table = {.is_there = true, .is_owned = true});
	expect(&u, 0, UPKEEP_LISTEN);
	HEAR(&u, 0, .kind = UPKEEP_LISTENED);
	expect_rest(&u, 0, 1000);
	expect(&u, 1000, UPKEEP_SURVEY);
}

TEST(who_cannot_listen_says_so_and_tries_again)
{
	struct upkeep u;
	upkeep_init(&u);
	HEAR(&u, 0, .kind = UPKEEP_CHANGED, .table = OURS);
	expect(&u, 0, UPKEEP_LISTEN);
	HEAR(&u, 0, .kind = UPKEEP_LISTENED, .error = -ENOBUFS);
	assert_int_equal(upkeep_error(&u, UPKEEP_NOT_LISTENING), -ENOBUFS);
	expect(&u, 0, UPKEEP_VERIFY);
	HEAR(&u, 0, .kind = UPKEEP_VERIFIED, .table = OURS);
	expect_rest(&u, 0, 500);
	expect(&u, 500, UPKEEP_LISTEN);
	HEAR(&u, 500, .kind = UPKEEP_LISTENED);
	assert_int_equal(upkeep_error(&u, UPKEEP_NOT_LISTENING), 0);
	expect(&u, 500, UPKEEP_VERIFY);
}

TEST(a_look_that_is_interrupted_is_begun_again_ten_times_and_then_after_a_pause)
{
	struct upkeep u = at_peace();
	HEAR(&u, 2000, .kind = UPKEEP_COMMITTED, .who = NFT);
	for (int i = 0; i < UPKEEP_TRIES; i++) {
		expect(&u, 2000, UPKEEP_VERIFY);
		HEAR(&u, 2000, .kind = UPKEEP_VERIFIED, .table = OURS, .error = -EINTR);
	}
	assert_int_equal(upkeep_error(&u, UPKEEP_NOT_VERIFIED), 0);
	expect_rest(&u, 2000, 2500);
	repair(&u, 2500);
	assert_string_equal(expect_word(&u, 2500, UPKEEP_UNDONE).name, "nft");
}

TEST(the_tenth_repair_is_the_last_that_is_said_for_as_long_as_the_fight_lasts)
{
	struct upkeep u = at_peace();
	for (unsigned i = 0; i < CLOCK_FIGHT_REPAIRS; i++) {
		HEAR(&u, 2000, .kind = UPKEEP_COMMITTED, .who = NFT);
		repair(&u, 2000);
		expect_word(&u, 2000, UPKEEP_UNDONE);
	}
	assert_string_equal(expect_word(&u, 2000, UPKEEP_FIGHT).name, "nft");
	HEAR(&u, 2001, .kind = UPKEEP_COMMITTED, .who = NFT);
	expect_rest(&u, 2001, 2500);
	repair(&u, 2500);
	expect_rest(&u, 2500, 3000);
}

TEST(a_table_that_was_removed_on_purpose_is_neither_looked_at_nor_in_trouble)
{
	struct upkeep u = at_peace();
	HEAR(&u, 2000, .kind = UPKEEP_COMMITTED, .who = NFT);
	expect(&u, 2000, UPKEEP_VERIFY);
	HEAR(&u, 2000, .kind = UPKEEP_VERIFIED, .table = OURS, .error = -EPERM);
	assert_int_equal(upkeep_error(&u, UPKEEP_NOT_VERIFIED), -EPERM);
	HEAR(&u, 2001, .kind = UPKEEP_CHANGED);
	assert_int_equal(upkeep_error(&u, UPKEEP_NOT_VERIFIED), 0);
	HEAR(&u, 2002, .kind = UPKEEP_COMMITTED, .who = NFT);
	expect_rest(&u, 2002, 0);
}

TEST(who_is_deaf_to_the_host_listens_again_once_before_each_refresh)
{
	struct upkeep u = at_peace();
	HEAR(&u, 2000, .kind = UPKEEP_FOLLOWED, .error = -ENOMEM);
	assert_int_equal(upkeep_error(&u, UPKEEP_NOT_FOLLOWING), -ENOMEM);
	expect_rest(&u, 2000, 2200);
	expect(&u, 2200, UPKEEP_FOLLOW);
	HEAR(&u, 2200, .kind = UPKEEP_FOLLOWED, .error = -ENOMEM);
	expect(&u, 2200, UPKEEP_REFRESH);
	HEAR(&u, 2200, .kind = UPKEEP_REFRESHED);
	expect_rest(&u, 2200, 2400);
	expect(&u, 2400, UPKEEP_FOLLOW);
	HEAR(&u, 2400, .kind = UPKEEP_FOLLOWED);
	expect(&u, 2400, UPKEEP_REFRESH);
	HEAR(&u, 2400, .kind = UPKEEP_REFRESHED);
	expect_rest(&u, 2400, 0);
}

TEST(a_refresh_is_tried_again_if_it_may_go_well_and_not_if_it_cannot)
{
	struct upkeep u = at_peace();
	HEAR(&u, 2000, .kind = UPKEEP_HOST_CHANGED);
	expect_rest(&u, 2000, 2200);
	expect(&u, 2200, UPKEEP_REFRESH);
	HEAR(&u, 2200, .kind = UPKEEP_REFRESHED, .error = -ENOMEM);
	expect_rest(&u, 2200, 2400);
	expect(&u, 2400, UPKEEP_REFRESH);
	HEAR(&u, 2400, .kind = UPKEEP_REFRESHED, .error = -EPERM);
	expect_rest(&u, 2400, 0);
}

TEST(a_survey_in_the_middle_of_commits_is_no_trouble_and_done_again)
{
	struct upkeep u = at_peace();
	HEAR(&u, 2000, .kind = UPKEEP_SURVEYED, .error = -EPERM);
	assert_int_equal(upkeep_error(&u, UPKEEP_NOT_SURVEYED), -EPERM);
	HEAR(&u, 2000, .kind = UPKEEP_SURVEYED, .error = -EINTR);
	assert_int_equal(upkeep_error(&u, UPKEEP_NOT_SURVEYED), -EPERM);
	expect_rest(&u, 2000, 3000);
	expect(&u, 3000, UPKEEP_SURVEY);
	HEAR(&u, 3000, .kind = UPKEEP_SURVEYED);
	assert_int_equal(upkeep_error(&u, UPKEEP_NOT_SURVEYED), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_happens_nothing_is_done),
		cmocka_unit_test(a_reload_is_for_who_asked_for_it),
		cmocka_unit_test(a_repair_names_who_has_committed_since_the_last_look),
		cmocka_unit_test(what_we_commit_ourselves_is_nobody_elses_change),
		cmocka_unit_test(what_was_left_half_done_is_repaired_and_blamed_on_nobody),
		cmocka_unit_test(
			a_table_that_nobody_else_can_change_is_listened_for_and_not_looked_at),
		cmocka_unit_test(who_cannot_listen_says_so_and_tries_again),
		cmocka_unit_test(
			a_look_that_is_interrupted_is_begun_again_ten_times_and_then_after_a_pause),
		cmocka_unit_test(
			the_tenth_repair_is_the_last_that_is_said_for_as_long_as_the_fight_lasts),
		cmocka_unit_test(
			a_table_that_was_removed_on_purpose_is_neither_looked_at_nor_in_trouble),
		cmocka_unit_test(who_is_deaf_to_the_host_listens_again_once_before_each_refresh),
		cmocka_unit_test(a_refresh_is_tried_again_if_it_may_go_well_and_not_if_it_cannot),
		cmocka_unit_test(a_survey_in_the_middle_of_commits_is_no_trouble_and_done_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
