/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done: in which order, and once. */
#include "script.h"

static void an_address_is_there_59_minutes_after_its_ttl_and_retired_after_the_hour(void **state)
{
	struct answers *a = with_one();
	const uint64_t end = 5 * MINUTES + HOURS;
	(void)state;
	learn(a, "a.example", ANSWERS_A, "192.0.2.2", 300, 10 * SECONDS);
	assert_actions(a, "+live1:192.0.2.2");
	learn(a, "a.example", ANSWERS_A, "192.0.2.2", 3600, end - MINUTES);
	answers_time(a, at(end - 1));
	assert_actions(a, "");
	answers_time(a, at(end));
	assert_actions(a, "+retired1:192.0.2.1, -live1:192.0.2.1");
	answers_free(a);
}

static void a_failure_is_told_when_it_begins_and_when_it_ends(void **state)
{
	static const enum answers_error errors[] = {ANSWERS_SERVFAIL, ANSWERS_NXDOMAIN,
		ANSWERS_EMPTY, ANSWERS_REFUSED, ANSWERS_GARBLED};
	struct answers *a = with_one();
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fail_asked(a, "a.example", ANSWERS_A, errors[i], (i + 1) * SECONDS);
		fail_asked(a, "a.example", ANSWERS_AAAA, errors[i], (i + 1) * SECONDS);
		assert_actions(a, i == 0 ? "a.example fails servfail" : "");
	}
	learn(a, "a.example", ANSWERS_A, "192.0.2.1", 300, MINUTES);
	learn(a, "a.example", ANSWERS_AAAA, "", 0, MINUTES);
	assert_actions(a, "a.example works");
	answers_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_address_is_there_59_minutes_after_its_ttl_and_retired_after_the_hour),
		cmocka_unit_test(a_failure_is_told_when_it_begins_and_when_it_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
