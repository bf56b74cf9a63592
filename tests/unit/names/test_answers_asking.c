/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When names are asked for. */
#include "script.h"

struct count {
	unsigned wakes, questions;
};

static void answer(struct answers *a, const char *name, struct moment m)
{
	const struct answers_item item = {.address = address("192.0.2.1", 9), .ttl = 300};
	const struct answers_lesson good = {name, ANSWERS_A, ANSWERS_FROM_ASKING, &item, 1};
	const struct answers_lesson empty = {name, ANSWERS_AAAA, ANSWERS_FROM_ASKING, NULL, 0};
	assert_int_equal(answers_learned(a, &empty, m), 0);
	assert_int_equal(answers_learned(a, &good, m), 0);
}

/* A resolver that knows only A answers all until then. */
static struct count live_until(struct answers *a, uint64_t end, uint32_t *random)
{
	struct count n = {0};
	for (uint64_t now; (now = answers_wake(a)) < end; n.wakes++) {
		struct answers_action x;
		answers_time(a, (struct moment){now, *random += 0x12345678});
		assert_true(answers_wake(a) > now);
		while (answers_next(a, &x)) {
			if (x.kind != ANSWERS_ASK)
				continue;
			n.questions++;
			answer(a, x.name, (struct moment){now + 1000, *random += 0x12345678});
		}
	}
	return n;
}

static void ten_names_of_300_seconds_wake_as_often_as_they_are_asked(void **state)
{
	static char names[10][16];
	struct answers_follow follows[10];
	struct answers *a = answers_new();
	uint32_t random = 0;
	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		snprintf(names[i], sizeof(names[i]), "n%u.example", i);
		follows[i] = (struct answers_follow){1, names[i], NAME_OF_HOST, false};
	}
	configure(a, follows, 10, 0);
	live_until(a, HOURS, &random);
	const struct count n = live_until(a, 2 * HOURS, &random);
	assert_in_range(n.questions, 120, 150); /* each before its 300 seconds are over */
	assert_true(n.wakes <= n.questions);
	answers_free(a);
}

static void a_name_is_asked_for_before_its_ttl_is_over_and_not_always_at_the_same_part(void **state)
{
	struct answers *a = with_one();
	uint64_t first = 0, last = 0;
	(void)state;
	for (uint32_t i = 0; i < 16; i++) {
		const struct answers_item item = {.address = address("192.0.2.1", 9), .ttl = 300};
		const struct answers_lesson l = {
			"a.example", ANSWERS_A, ANSWERS_FROM_ASKING, &item, 1};
		assert_int_equal(answers_learned(a, &l, (struct moment){HOURS, i << 28}), 0);
		const uint64_t wake = answers_wake(a) - HOURS;
		assert_true(wake < 300 * SECONDS && wake > 240 * SECONDS);
		assert_true(last == 0 || wake < last);
		first = first ? first : wake;
		last = wake;
	}
	assert_true(first - last > 20 * SECONDS);
	answers_free(a);
}

static void what_fails_is_asked_again_soon_and_then_less_and_less(void **state)
{
	struct answers *a = answers_new();
	uint64_t now = 0, pause = 0;
	(void)state;
	configure(a, one_peer, 1, 0);
	for (int i = 0; i < 12; i++) {
		now = answers_wake(a);
		answers_time(a, at(now));
		assert_actions(a, "ask a.example A AAAA");
		fail_asked(a, "a.example", ANSWERS_A, ANSWERS_SERVFAIL, now);
		fail_asked(a, "a.example", ANSWERS_AAAA, ANSWERS_SERVFAIL, now);
		assert_actions(a, i == 0 ? "a.example fails servfail" : "");
		const uint64_t next = answers_wake(a) - now;
		if (i == 0)
			assert_int_equal(next, 2 * SECONDS);
		assert_true(next == 2 * pause || i == 0 || next == 300 * SECONDS);
		pause = next;
	}
	assert_int_equal(pause, 300 * SECONDS);
	learn(a, "a.example", ANSWERS_A, "192.0.2.1", 300, now);
	fail_asked(a, "a.example", ANSWERS_A, ANSWERS_SERVFAIL, now + 1);
	assert_true(answers_wake(a) - now <= 2 * SECONDS + 1);
	answers_free(a);
}

static void a_reader_that_never_answers_is_asked_seldom(void **state)
{
	struct answers *a = answers_new();
	unsigned n = 0;
	(void)state;
	configure(a, one_peer, 1, 0);
	for (uint64_t now; (now = answers_wake(a)) < HOURS; n++) {
		answers_time(a, at(now));
		assert_actions(a, "ask a.example A AAAA");
	}
	assert_in_range(n, 12, 20);
	answers_free(a);
}

static void nobody_is_woken_while_no_name_is_followed(void **state)
{
	struct answers *a = answers_new();
	(void)state;
	assert_int_equal(answers_wake(a), ANSWERS_NEVER);
	configure(a, one_peer, 1, 0);
	assert_int_equal(answers_wake(a), 0);
	configure(a, NULL, 0, 1);
	assert_int_equal(answers_wake(a), ANSWERS_NEVER);
	answers_time(a, at(2));
	assert_actions(a, "");
	answers_free(a);
}

static void what_others_are_told_moves_the_next_question_only_if_it_is_good(void **state)
{
	struct answers *a = with_one();
	const uint64_t wake = answers_wake(a);
	(void)state;
	answers_failed(a, "a.example", ANSWERS_A, ANSWERS_TIMEOUT, ANSWERS_FROM_OBSERVING, at(1));
	assert_int_equal(answers_wake(a), wake);
	learn_from(a, "a.example", ANSWERS_A, "192.0.2.2", 300, 100 * SECONDS,
		ANSWERS_FROM_OBSERVING);
	assert_int_equal(answers_wake(a), wake + 100 * SECONDS);
	answers_free(a);
}

static void the_end_of_a_life_waits_a_minute_for_somebody_to_be_awake(void **state)
{
	struct answers *a = with_one();
	const uint64_t end = 5 * MINUTES + HOURS;
	(void)state;
	learn(a, "a.example", ANSWERS_A, "192.0.2.2", 24 * 3600, MINUTES);
	assert_int_equal(answers_wake(a), end + MINUTES);
	answers_time(a, at(end + MINUTES));
	assert_actions(a, "+retired1:192.0.2.1, +live1:192.0.2.2, -live1:192.0.2.1");
	assert_true(answers_wake(a) > 20 * HOURS);
	answers_free(a);
}

static void a_family_that_was_there_is_asked_for_on_when_it_is_gone(void **state)
{
	struct answers *a = with_one();
	(void)state;
	learn(a, "a.example", ANSWERS_AAAA, "2001:db8::1", 300, SECONDS);
	learn(a, "a.example", ANSWERS_A, "", 0, 2 * SECONDS);
	assert_true(answers_find(a, "a.example", NAME_OF_HOST)->asked[ANSWERS_A].due <
		    (int64_t)MINUTES);
	answers_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_family_that_was_there_is_asked_for_on_when_it_is_gone),
		cmocka_unit_test(ten_names_of_300_seconds_wake_as_often_as_they_are_asked),
		cmocka_unit_test(
			a_name_is_asked_for_before_its_ttl_is_over_and_not_always_at_the_same_part),
		cmocka_unit_test(what_fails_is_asked_again_soon_and_then_less_and_less),
		cmocka_unit_test(a_reader_that_never_answers_is_asked_seldom),
		cmocka_unit_test(nobody_is_woken_while_no_name_is_followed),
		cmocka_unit_test(what_others_are_told_moves_the_next_question_only_if_it_is_good),
		cmocka_unit_test(the_end_of_a_life_waits_a_minute_for_somebody_to_be_awake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
