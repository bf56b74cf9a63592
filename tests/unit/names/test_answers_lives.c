/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lives: caps, sources, the way out. */
#include "script.h"

static void an_answer_of_another_family_is_none(void **state)
{
	struct answers *a = with_one();
	(void)state;
	learn(a, "a.example", ANSWERS_A, "2001:db8::1", 300, 1);
	assert_actions(a, "a.example fails unfit");
	answers_free(a);
}

static void at_the_cap_the_one_unseen_longest_makes_room(void **state)
{
	struct answers_rules rules = answers_default_rules();
	struct answers *a = answers_new();
	(void)state;
	rules.most = 3;
	assert_int_equal(answers_configure(a, one_peer, 1, &rules, at(0)), 0);
	learn(a, "a.example", ANSWERS_A, "192.0.2.1 192.0.2.2 192.0.2.3", 300, 1);
	assert_actions(a, "+live1:192.0.2.3, +live1:192.0.2.2, +live1:192.0.2.1");
	learn(a, "a.example", ANSWERS_A, "192.0.2.1", 300, 2);
	learn(a, "a.example", ANSWERS_A, "192.0.2.3", 300, 3);
	learn(a, "a.example", ANSWERS_A, "192.0.2.4", 300, 4);
	assert_actions(a, "+retired1:192.0.2.2, +live1:192.0.2.4, -live1:192.0.2.2, "
			  "a.example is full");
	/* an answer of more than there is room for does not turn itself out */
	learn(a, "a.example", ANSWERS_A, "192.0.2.5 192.0.2.6 192.0.2.7 192.0.2.8 192.0.2.9", 300,
		5);
	const struct answers_name *n = answers_find(a, "a.example", NAME_OF_HOST);
	size_t live = 0;
	for (size_t i = 0; i < n->n_addresses; i++)
		live += !n->addresses[i].life.is_retired;
	assert_int_equal(live, 3);
	assert_actions(a,
		"+retired1:192.0.2.4, +live1:192.0.2.7, +retired1:192.0.2.3, +live1:192.0.2.6, "
		"+retired1:192.0.2.1, +live1:192.0.2.5, -live1:192.0.2.4, -live1:192.0.2.3, "
		"-live1:192.0.2.1");
	for (uint64_t t = 1; t < 4; t++)
		learn(a, "a.example", ANSWERS_A, "192.0.2.5", 300, t * HOURS);
	assert_actions(a, "+retired1:192.0.2.7, +retired1:192.0.2.6, -live1:192.0.2.7, "
			  "-live1:192.0.2.6, a.example has room");
	answers_free(a);
}

/* A reader that was taken over says more and more. */
static void there_is_a_bound_to_what_is_retired(void **state)
{
	struct answers_rules rules = answers_default_rules();
	struct answers *a = answers_new();
	struct answers_action x;
	unsigned dumps = 0;
	(void)state;
	rules.most = 2;
	assert_int_equal(answers_configure(a, one_peer, 1, &rules, at(0)), 0);
	for (uint32_t i = 0; i < 1000; i++) {
		struct answers_item item = {.address.family = AF_INET, .ttl = 300};
		const uint32_t number = htonl(0x14000001 + i);
		memcpy(item.address.bytes, &number, sizeof(number));
		const struct answers_lesson l = {
			"a.example", ANSWERS_A, ANSWERS_FROM_OBSERVING, &item, 1};
		assert_int_equal(answers_learned(a, &l, at(1 + i)), 0);
		while (answers_next(a, &x))
			dumps += x.kind == ANSWERS_DUMP;
	}
	assert_int_equal(dumps, 1); /* the tracker may be large */
	assert_int_equal(answers_find(a, "a.example", NAME_OF_HOST)->n_addresses,
		2 + 2 * ANSWERS_RETIRED_TIMES);
	answers_free(a);
}

static void only_what_was_retired_before_the_dump_and_is_not_in_use_is_forgotten(void **state)
{
	struct answers *a = with_one();
	const uint64_t t = 3 * HOURS;
	(void)state;
	learn(a, "a.example", ANSWERS_A, "192.0.2.2 192.0.2.3", 300, 1);
	assert_actions(a, "+live1:192.0.2.3, +live1:192.0.2.2");
	learn(a, "a.example", ANSWERS_A, "192.0.2.9", 300, t);
	assert_actions(a, "+retired1:192.0.2.3, +retired1:192.0.2.2, +retired1:192.0.2.1, "
			  "+live1:192.0.2.9, -live1:192.0.2.3, -live1:192.0.2.2, "
			  "-live1:192.0.2.1");
	dump(a, "", t + ANSWERS_GRACE - 1, t + MINUTES);
	assert_actions(a, "");
	dump(a, "192.0.2.2", t + ANSWERS_GRACE, t + MINUTES);
	assert_actions(a, "-retired1:192.0.2.1, -retired1:192.0.2.3");
	learn(a, "a.example", ANSWERS_A, "192.0.2.2", 300, t + 2 * MINUTES);
	assert_actions(a, "+live1:192.0.2.2");
	dump(a, "", t + 3 * MINUTES, t + 3 * MINUTES);
	assert_actions(a, "-retired1:192.0.2.2");
	answers_free(a);
}

static void sources_and_ages_are_known(void **state)
{
	struct answers *a = with_one();
	const struct answers_name *n = answers_find(a, "a.example", NAME_OF_HOST);
	(void)state;
	assert_int_equal(learn_from(a, "a.example", ANSWERS_A, "192.0.2.1", 600, MINUTES,
				 ANSWERS_FROM_OBSERVING),
		0);
	assert_int_equal(n->addresses[0].life.sources,
		ANSWERS_FROM_ASKING | ANSWERS_FROM_OBSERVING);
	assert_int_equal(n->addresses[0].life.learned, 0);
	assert_int_equal(n->addresses[0].life.seen, MINUTES);
	assert_int_equal(n->addresses[0].life.until, 11 * MINUTES + HOURS);
	learn(a, "a.example", ANSWERS_A, "192.0.2.1", 0, 2 * MINUTES);
	assert_int_equal(n->addresses[0].life.until, 11 * MINUTES + HOURS);
	answers_free(a);
}

static void a_ttl_has_a_floor_and_a_ceiling(void **state)
{
	struct answers *a = with_one();
	const struct answers_name *n = answers_find(a, "a.example", NAME_OF_HOST);
	(void)state;
	learn(a, "a.example", ANSWERS_A, "192.0.2.8", 0, 0);
	learn(a, "a.example", ANSWERS_A, "192.0.2.9", UINT32_MAX, 0);
	assert_int_equal(n->addresses[1].life.until, MINUTES + HOURS);
	assert_int_equal(n->addresses[2].life.until, 25 * HOURS);
	answers_free(a);
}

static bool is_live(const struct answers *a, const char *text)
{
	const struct addr one = address(text, strlen(text));
	return answers_is_live(a, 1, &one);
}

/* The name rotates meanwhile, as applications see it: another address every five minutes. */
static void an_address_is_live_59_minutes_after_its_ttl_and_retired_after_an_hour(void **state)
{
	struct answers *a = with_one();
	struct answers_action x;
	(void)state;
	for (uint64_t t = 5; t <= 65; t++) {
		char other[32];
		snprintf(other, sizeof(other), "192.0.2.%u", 100 + (unsigned)t);
		answers_time(a, at(t * MINUTES - 1));
		if (t % 5 == 0)
			learn(a, "a.example", ANSWERS_A, other, 300, t * MINUTES - 1);
		while (answers_next(a, &x))
			;
		if (!is_live(a, "192.0.2.1"))
			fail_msg("retired %u minutes after its TTL", (unsigned)t - 5);
	}
	answers_time(a, at(65 * MINUTES));
	assert_actions(a, "+retired1:192.0.2.1, -live1:192.0.2.1");
	assert_true(is_live(a, "192.0.2.105"));
	answers_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_address_is_live_59_minutes_after_its_ttl_and_retired_after_an_hour),
		cmocka_unit_test(an_answer_of_another_family_is_none),
		cmocka_unit_test(at_the_cap_the_one_unseen_longest_makes_room),
		cmocka_unit_test(there_is_a_bound_to_what_is_retired),
		cmocka_unit_test(
			only_what_was_retired_before_the_dump_and_is_not_in_use_is_forgotten),
		cmocka_unit_test(sources_and_ages_are_known),
		cmocka_unit_test(a_ttl_has_a_floor_and_a_ceiling),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
