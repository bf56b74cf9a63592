/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ways from names to the sets: of several names and peers, and who takes what. */
#include "script.h"

static void an_address_of_two_names_is_one_element(void **state)
{
	static const struct answers_follow two[] = {{1, "a.example", NAME_OF_HOST, false},
		{1, "b.example", NAME_OF_HOST, false}, {2, "b.example", NAME_OF_HOST, false}};
	struct answers_walk walk = {0};
	struct answers_member m;
	struct answers *a = answers_new();
	unsigned shared = 0;
	(void)state;
	configure(a, two, 3, 0);
	learn(a, "a.example", ANSWERS_A, "192.0.2.1", 300, 0);
	assert_actions(a, "+live1:192.0.2.1");
	learn(a, "b.example", ANSWERS_A, "192.0.2.1", 300, 0);
	assert_actions(a, "+live2:192.0.2.1");
	while (answers_member(a, &walk, &m))
		shared += m.peer == 1 ? m.shared : 0;
	assert_int_equal(shared, 2);
	learn(a, "b.example", ANSWERS_A, "192.0.2.2", 300, 2 * HOURS);
	assert_actions(a, "+retired2:192.0.2.1, +live2:192.0.2.2, +live1:192.0.2.2, "
			  "-live2:192.0.2.1");
	learn(a, "a.example", ANSWERS_A, "192.0.2.2", 300, 2 * HOURS);
	assert_actions(a, "+retired1:192.0.2.1, -live1:192.0.2.1");
	answers_free(a);
}

static void what_is_never_right_is_not_taken_and_private_only_where_it_may_be(void **state)
{
	static const char service[] = "_s._tcp.x";
	static const struct answers_follow follows[] = {{1, "a.example", NAME_OF_HOST, false},
		{2, "b.example", NAME_OF_HOST, true}, {3, service, NAME_OF_SERVICE, false}};
	struct answers *a = answers_new();
	(void)state;
	configure(a, follows, 3, 0);
	learn(a, "a.example", ANSWERS_A, "10.0.0.1", 300, 0);
	assert_actions(a, "a.example fails unfit");
	learn(a, "a.example", ANSWERS_A, "127.0.0.1 169.254.1.1 224.0.0.1 0.0.0.0 192.0.2.1", 300,
		0);
	assert_actions(a, "+live1:192.0.2.1, a.example works");
	learn(a, "b.example", ANSWERS_A, "10.0.0.1 127.0.0.1", 300, 0);
	assert_actions(a, "+live2:10.0.0.1");
	learn(a, "b.example", ANSWERS_AAAA, "::ffff:192.0.2.1 fe80::1 ::1", 300, 0);
	assert_actions(a, "b.example fails unfit");
	learn_targets(a, service, "dc1.example", 300, 0);
	learn(a, "dc1.example", ANSWERS_A, "10.0.0.2 127.0.0.1", 300, 0);
	assert_actions(a, "+live3:10.0.0.2");
	answers_free(a);
}

static void a_private_address_of_a_shared_name_goes_to_who_takes_it_only(void **state)
{
	static const struct answers_follow follows[] = {
		{1, "a.example", NAME_OF_HOST, false}, {2, "a.example", NAME_OF_HOST, true}};
	struct answers *a = answers_new();
	(void)state;
	configure(a, follows, 2, 0);
	learn(a, "a.example", ANSWERS_A, "192.0.2.1", 300, 0);
	assert_actions(a, "+live2:192.0.2.1, +live1:192.0.2.1");
	learn(a, "a.example", ANSWERS_A, "10.0.0.1", 300, 3 * HOURS);
	/* peer 1 would have nothing without the first */
	assert_actions(a, "+live2:10.0.0.1");
	answers_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_of_two_names_is_one_element),
		cmocka_unit_test(what_is_never_right_is_not_taken_and_private_only_where_it_may_be),
		cmocka_unit_test(a_private_address_of_a_shared_name_goes_to_who_takes_it_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
