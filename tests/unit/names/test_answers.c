/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens to followed names, as transcripts.  All that can happen is walked through in
 * whole/test_answers.c. */
#include "ruleset/failing_malloc.h"
#include "script.h"

static void what_the_last_good_answer_said_outlives_a_resolver_that_is_down(void **state)
{
	struct answers *a = with_one();
	(void)state;
	for (uint64_t day = 1; day < 30; day++) {
		fail_asked(a, "a.example", ANSWERS_A, ANSWERS_TIMEOUT, day * 24 * HOURS);
		answers_time(a, at(day * 24 * HOURS + 10 * MINUTES));
		assert_actions(a, day == 1 ? "a.example fails timeout, ask a.example A AAAA"
					   : "ask a.example A AAAA");
	}
	learn(a, "a.example", ANSWERS_A, "192.0.2.9", 300, 31 * 24 * HOURS);
	assert_actions(a, "+retired1:192.0.2.1, +live1:192.0.2.9, -live1:192.0.2.1, "
			  "a.example works");
	answers_free(a);
}

static void a_name_of_one_family_is_no_failure(void **state)
{
	struct answers *a = answers_new();
	(void)state;
	configure(a, one_peer, 1, 0);
	learn(a, "a.example", ANSWERS_A, "", 0, 0);
	assert_actions(a, "");
	learn(a, "a.example", ANSWERS_AAAA, "2001:db8::1", 300, 0);
	assert_actions(a, "+live1:2001:db8::1");
	answers_free(a);
	a = answers_new();
	configure(a, one_peer, 1, 0);
	learn(a, "a.example", ANSWERS_A, "", 0, 0);
	learn(a, "a.example", ANSWERS_AAAA, "", 0, 0);
	assert_actions(a, "a.example fails empty");
	answers_free(a);
}

static void one_family_never_evicts_the_other(void **state)
{
	struct answers_rules rules = answers_default_rules();
	struct answers *a = answers_new();
	(void)state;
	rules.most = 1;
	assert_int_equal(answers_configure(a, one_peer, 1, &rules, at(0)), 0);
	learn(a, "a.example", ANSWERS_AAAA, "2001:db8::1", 300, 1);
	assert_actions(a, "+live1:2001:db8::1");
	learn(a, "a.example", ANSWERS_A, "192.0.2.1", 300, 2);
	assert_actions(a, "+live1:192.0.2.1");
	learn(a, "a.example", ANSWERS_A, "192.0.2.2", 300, 3);
	assert_actions(a, "+retired1:192.0.2.1, +live1:192.0.2.2, -live1:192.0.2.1, "
			  "a.example is full");
	for (uint64_t t = 4; t < 10 * HOURS; t += HOURS) {
		learn(a, "a.example", ANSWERS_A, "192.0.2.2", 300, t);
		assert_actions(a, "");
	}
	answers_free(a);
}

static void a_name_is_known_again_when_its_configuration_was_on_trial_only(void **state)
{
	struct answers *a = with_one();
	struct answers_walk walk = {0};
	struct answers_member m;
	(void)state;
	configure(a, NULL, 0, MINUTES);
	assert_int_equal(answers_wake(a), ANSWERS_NEVER);
	assert_false(answers_member(a, &walk, &m));
	answers_time(a, at(30 * MINUTES));
	configure(a, one_peer, 1, 30 * MINUTES);
	assert_actions(a, "");
	assert_true(answers_member(a, &walk, &m));
	configure(a, NULL, 0, 31 * MINUTES);
	answers_time(a, at(2 * HOURS));
	assert_int_equal(answers_count(a), 0);
	answers_free(a);
}

/* 10,000 rotations with 1,000 live connections. */
static void no_rotation_cuts_a_connection(void **state)
{
	enum { ROTATIONS = 10000, CONNECTIONS = 1000 };
	static struct addr used[CONNECTIONS];
	struct answers *a = answers_new();
	struct answers_action x;
	size_t n_used = 0, retired = 0;
	(void)state;
	configure(a, one_peer, 1, 0);
	for (uint32_t i = 0; i < ROTATIONS; i++) {
		const uint64_t now = i * 10 * SECONDS;
		struct answers_item item = {.address.family = AF_INET, .ttl = 5};
		const uint32_t number = htonl(0x14000001 + i);
		memcpy(item.address.bytes, &number, sizeof(number));
		const struct answers_lesson l = {
			"a.example", ANSWERS_A, ANSWERS_FROM_OBSERVING, &item, 1};
		assert_int_equal(answers_learned(a, &l, at(now)), 0);
		if (i % (ROTATIONS / CONNECTIONS) == 0)
			used[n_used++] = item.address;
		answers_time(a, at(now + 1));
		while (answers_next(a, &x)) {
			if (x.kind == ANSWERS_DUMP)
				answers_dumped(a, used, n_used, now + 1, at(now + 1));
			if (x.kind == ANSWERS_REMOVE && x.is_retired)
				for (size_t j = 0; j < n_used; j++)
					assert_int_not_equal(addr_compare(&used[j], &x.address), 0);
			retired += x.kind == ANSWERS_ADD && x.is_retired;
		}
	}
	assert_true(retired > ROTATIONS - 1000);
	const struct answers_name *name = answers_find(a, "a.example", NAME_OF_HOST);
	assert_true(name->n_addresses < 2000); /* those in use, and those of an hour */
	answers_free(a);
}

static int go_through(void *context)
{
	static const struct answers_follow follows[] = {{1, "a.example", NAME_OF_HOST, false},
		{2, "a.example", NAME_OF_HOST, false}, {2, "_x._tcp.x", NAME_OF_SERVICE, false}};
	const struct answers_rules rules = answers_default_rules();
	struct answers_item items[20] = {0}, target = {.target = "b.example", .ttl = 60};
	const struct answers_lesson srv = {
		"_x._tcp.x", ANSWERS_SRV, ANSWERS_FROM_ASKING, &target, 1};
	struct answers_lesson host = {"a.example", ANSWERS_A, ANSWERS_FROM_ASKING, items, 20};
	struct text saved = {0};
	struct answers *a = answers_new(), *again = NULL;
	char why[ANSWERS_FAULT_SIZE];
	(void)context;
	for (uint8_t i = 0; i < 20; i++)
		items[i] = (struct answers_item){.address = {AF_INET, {20, 0, 0, i}}, .ttl = 60};
	int r = a ? 0 : -ENOMEM;
	if (r == 0)
		r = answers_configure(a, follows, 3, &rules, at(0));
	if (r == 0)
		r = answers_learned(a, &host, at(1));
	if (r == 0)
		r = answers_learned(a, &srv, at(2));
	host.name = "b.example";
	if (r == 0)
		r = answers_learned(a, &host, at(3));
	if (r == 0) {
		answers_encode(a, 4, &saved);
		r = saved.failed ? -ENOMEM
				 : answers_decode(saved.data, saved.length, 4, &again, why);
	}
	if (r == 0)
		r = answers_configure(again, follows, 3, &rules, at(5));
	text_done(&saved);
	answers_free(a);
	answers_free(again);
	return r;
}

static void nothing_is_kept_or_lost_when_memory_runs_out(void **state)
{
	(void)state;
	assert_survives_each_failure(go_through, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_last_good_answer_said_outlives_a_resolver_that_is_down),
		cmocka_unit_test(a_name_of_one_family_is_no_failure),
		cmocka_unit_test(one_family_never_evicts_the_other),
		cmocka_unit_test(a_name_is_known_again_when_its_configuration_was_on_trial_only),
		cmocka_unit_test(no_rotation_cuts_a_connection),
		cmocka_unit_test(nothing_is_kept_or_lost_when_memory_runs_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
