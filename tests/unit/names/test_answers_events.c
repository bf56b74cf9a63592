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

static void what_leaves_the_hosts_file_keeps_the_life_that_it_had(void **state)
{
	struct answers *a = with_one();
	const struct answers_name *n = answers_find(a, "a.example", NAME_OF_HOST);
	const struct addr own = address("192.0.2.8", 9);
	(void)state;
	learn(a, "a.example", ANSWERS_A, "192.0.2.8", 20 * 3600, 0);
	assert_int_equal(answers_hosts(a, "a.example", &own, 1, at(SECONDS)), 0);
	assert_int_equal(answers_hosts(a, "a.example", NULL, 0, at(2 * SECONDS)), 0);
	assert_int_equal(n->addresses[1].life.until, 21 * HOURS);
	answers_free(a);
}

static void what_leaves_the_hosts_file_stays_known_since_it_was_learned(void **state)
{
	struct answers *a = with_one();
	const struct answers_name *n = answers_find(a, "a.example", NAME_OF_HOST);
	const struct addr own = address("192.0.2.8", 9);
	(void)state;
	assert_int_equal(answers_hosts(a, "a.example", &own, 1, at(SECONDS)), 0);
	assert_int_equal(answers_hosts(a, "a.example", NULL, 0, at(2 * SECONDS)), 0);
	assert_int_equal(n->addresses[1].life.sources, ANSWERS_FROM_HOSTS);
	learn(a, "a.example", ANSWERS_A, "192.0.2.8", 300, 3 * SECONDS);
	assert_int_equal(n->addresses[1].life.learned, SECONDS);
	assert_int_equal(n->addresses[1].life.sources, ANSWERS_FROM_ASKING);
	answers_free(a);
}

static void private_addresses_in_the_hosts_file_are_a_failure_until_they_are_allowed(void **state)
{
	static const struct answers_follow allowed[] = {{1, "a.example", NAME_OF_HOST, true}};
	struct answers *a = with_one();
	const struct answers_name *n = answers_find(a, "a.example", NAME_OF_HOST);
	const struct addr own = address("10.1.2.3", 8);
	(void)state;
	assert_int_equal(answers_hosts(a, "a.example", &own, 1, at(SECONDS)), 0);
	assert_int_equal(n->failure, ANSWERS_UNFIT_IN_HOSTS);
	assert_actions(a, "a.example fails unfit in hosts");
	learn(a, "a.example", ANSWERS_A, "192.0.2.1 10.1.2.4 127.0.0.1", 300, 2 * SECONDS);
	assert_true(n->is_failing);
	assert_int_equal(n->refused[ANSWERS_A].count, 2);
	assert_int_equal(addr_compare(&n->refused_in_hosts.first, &own), 0);
	configure(a, allowed, 1, 3 * SECONDS);
	answers_time(a, at(3 * SECONDS));
	assert_actions(a, "a.example works, ask a.example A AAAA");
	assert_int_equal(answers_hosts(a, "a.example", &own, 1, at(3 * SECONDS)), 0);
	assert_actions(a, "+live1:10.1.2.3");
	assert_int_equal(n->refused[ANSWERS_A].count + n->refused_in_hosts.count, 0);
	answers_free(a);
}

/* 127.0.0.1 for a second: whoever answers so does not say how often this host asks. */
static void only_what_a_name_may_have_says_when_it_is_asked_for_again(void **state)
{
	struct answers *a = with_one();
	const struct answers_item items[] = {{.address = address("192.0.2.1", 9), .ttl = 20 * 3600},
		{.address = address("127.0.0.1", 9), .ttl = 1}};
	const struct answers_lesson l = {"a.example", ANSWERS_A, ANSWERS_FROM_ASKING, items, 2};
	(void)state;
	assert_int_equal(answers_learned(a, &l, at(0)), 0);
	assert_true(answers_find(a, "a.example", NAME_OF_HOST)->asked[ANSWERS_A].due >
		    (int64_t)(17 * HOURS));
	answers_free(a);
}

static void an_address_of_the_other_family_is_no_answer(void **state)
{
	struct answers *a = with_one();
	(void)state;
	learn(a, "a.example", ANSWERS_AAAA, "192.0.2.9", 300, 1);
	assert_actions(a, "a.example fails unfit");
	learn(a, "a.example", ANSWERS_AAAA, "2001:db8::9", 300, 2);
	assert_actions(a, "+live1:2001:db8::9, a.example works");
	learn(a, "a.example", ANSWERS_A, "2001:db8::7", 300, 3);
	assert_actions(a, "a.example fails unfit");
	answers_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_adds_and_takes_nothing_away),
		cmocka_unit_test(the_hosts_file_is_followed_and_the_dns_left_alone),
		cmocka_unit_test(a_name_that_nobody_follows_is_passed_over),
		cmocka_unit_test(what_leaves_the_hosts_file_keeps_the_life_that_it_had),
		cmocka_unit_test(what_leaves_the_hosts_file_stays_known_since_it_was_learned),
		cmocka_unit_test(
			private_addresses_in_the_hosts_file_are_a_failure_until_they_are_allowed),
		cmocka_unit_test(only_what_a_name_may_have_says_when_it_is_asked_for_again),
		cmocka_unit_test(an_address_of_the_other_family_is_no_answer),
		cmocka_unit_test(who_asks_for_it_has_a_name_asked_for_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
