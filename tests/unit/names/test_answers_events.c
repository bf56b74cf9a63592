/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens: answers, the hosts file, the wishes of an operator. */
#include "script.h"

static void an_answer_adds_and_takes_nothing_away(void **state)
{
	struct answers *a = with_one();
	(void)state;
	learn(a, "a.example", ANSWERS_A, "192.0.2.2 192.0.2.3", 300, 10 * SECONDS);
	assert_actions(a, "+live1:192.0.2.3, +live1:192.0.2.2");
	learn(a, "a.example", ANSWERS_A, "192.0.2.1", 300, 20 * SECONDS);
	assert_actions(a, "");
	answers_free(a);
}

static void the_hosts_file_is_followed_and_the_dns_left_alone(void **state)
{
	struct answers *a = with_one();
	struct addr own = address("192.0.2.77", 10);
	(void)state;
	assert_int_equal(answers_hosts(a, "a.example", &own, 1, at(SECONDS)), 0);
	assert_actions(a, "+live1:192.0.2.77");
	answers_time(a, at(3 * HOURS));
	assert_actions(a, "+retired1:192.0.2.1, -live1:192.0.2.1");
	fail_asked(a, "a.example", ANSWERS_A, ANSWERS_NXDOMAIN, 3 * HOURS);
	assert_actions(a, "");
	assert_int_equal(answers_wake(a), ANSWERS_NEVER);
	assert_int_equal(answers_hosts(a, "a.example", NULL, 0, at(4 * HOURS)), 0);
	answers_time(a, at(4 * HOURS));
	assert_actions(a, "ask a.example A AAAA, dump");
	learn(a, "a.example", ANSWERS_A, "192.0.2.1", 300, 4 * HOURS);
	assert_actions(a, "+live1:192.0.2.1");
	answers_time(a, at(5 * HOURS));
	assert_actions(a, "+retired1:192.0.2.77, -retired1:192.0.2.1, -live1:192.0.2.77, "
			  "ask a.example A AAAA, dump");
	answers_free(a);
}

static void a_name_that_nobody_follows_is_passed_over(void **state)
{
	struct answers *a = with_one();
	(void)state;
	learn(a, "evil.example", ANSWERS_A, "192.0.2.66", 300, SECONDS);
	fail_asked(a, "evil.example", ANSWERS_A, ANSWERS_TIMEOUT, SECONDS);
	assert_actions(a, "");
	assert_null(answers_find(a, "evil.example", NAME_OF_HOST));
	answers_free(a);
}

static void who_asks_for_it_has_a_name_asked_for_at_once(void **state)
{
	struct answers *a = with_one();
	(void)state;
	answers_refresh(a, "b.example", at(SECONDS));
	assert_actions(a, "");
	answers_refresh(a, "a.example", at(SECONDS));
	assert_actions(a, "ask a.example A AAAA");
	answers_refresh(a, NULL, at(SECONDS));
	assert_actions(a, "ask a.example A AAAA");
	answers_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_adds_and_takes_nothing_away),
		cmocka_unit_test(the_hosts_file_is_followed_and_the_dns_left_alone),
		cmocka_unit_test(a_name_that_nobody_follows_is_passed_over),
		cmocka_unit_test(who_asks_for_it_has_a_name_asked_for_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
