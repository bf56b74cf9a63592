/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to a ruleset that was put together by hand. */
#include "ruleset/changes.h"
#include "ruleset/ruleset.h"

#include <string.h>

#include "testing.h"

static struct chain second = {.name = "second"};
static struct chain first = {.name = "first", .next = &second};
static struct set ports = {.name = "ports"};
static struct set names = {.name = "names", .next = &ports};
static const struct ruleset sample = {.chains = &first, .sets = &names};

TEST(a_chain_is_found_by_its_whole_name)
{
	assert_ptr_equal(ruleset_chain(&sample, "first"), &first);
	assert_ptr_equal(ruleset_chain(&sample, "second"), &second);
	assert_null(ruleset_chain(&sample, "secon"));
	assert_null(ruleset_chain(&sample, "second-"));
	assert_null(ruleset_chain(&sample, ""));
}

TEST(a_set_is_found_by_its_whole_name)
{
	assert_ptr_equal(ruleset_set(&sample, "names"), &names);
	assert_ptr_equal(ruleset_set(&sample, "ports"), &ports);
	assert_null(ruleset_set(&sample, "port"));
	assert_null(ruleset_set(&sample, "first"));
}

TEST(an_empty_ruleset_has_nothing)
{
	const struct ruleset nothing = {0};
	assert_null(ruleset_chain(&nothing, "input"));
	assert_null(ruleset_set(&nothing, "ports"));
}

TEST(an_address_set_counts_its_own_part_only)
{
	const struct addrset addresses = {
		.count = {[ADDRSET_HOSTS4] = 3, [ADDRSET_RANGES4] = 5, [ADDRSET_HOSTS6] = 7}};
	struct set s = {.addresses = &addresses, .part = ADDRSET_RANGES4, .n_elements = 99};
	assert_int_equal(set_size(&s), 5);
	s.part = ADDRSET_RANGES6;
	assert_int_equal(set_size(&s), 0);
}

TEST(a_number_set_counts_its_elements)
{
	const struct set s = {.n_elements = 4};
	assert_int_equal(set_size(&s), 4);
}

TEST(both_ends_of_a_range_belong_to_it)
{
	struct element elements[] = {{.first = 22, .last = 22}, {.first = 100, .last = 200}};
	const struct set s = {.elements = elements, .n_elements = 2};
	const struct element *e = NULL;
	assert_true(set_has_number(&s, 22, &e));
	assert_ptr_equal(e, &elements[0]);
	assert_true(set_has_number(&s, 100, &e));
	assert_ptr_equal(e, &elements[1]);
	assert_true(set_has_number(&s, 200, &e));
	assert_ptr_equal(e, &elements[1]);
	e = NULL;
	assert_false(set_has_number(&s, 21, &e));
	assert_false(set_has_number(&s, 23, &e));
	assert_false(set_has_number(&s, 99, &e));
	assert_false(set_has_number(&s, 201, &e));
	assert_null(e);
}

TEST(a_counter_is_found_by_its_whole_name)
{
	struct object b = {.name = "b"}, a = {.name = "a", .next = &b};
	const struct ruleset r = {.objects = &a};
	assert_ptr_equal(ruleset_object(&r, "a"), &a);
	assert_ptr_equal(ruleset_object(&r, "b"), &b);
	assert_null(ruleset_object(&r, ""));
}

TEST(a_set_that_was_not_made_anew_keeps_its_room)
{
	struct element elements[20] = {0};
	struct set before = {.name = "s", .elements = elements, .n_elements = 10, .room = 19};
	struct set after = {.name = "s", .elements = elements, .n_elements = 19, .room = 29};
	const struct ruleset old = {.sets = &before};
	struct ruleset r = {.sets = &after};
	struct differences d;
	assert_int_equal(differences_find(&old, &r, NULL, &d), 0);
	changes_keep_room(&r, &d);
	differences_done(&d);
	assert_int_equal(after.room, 19);
	after.n_elements = 20; /* too large for that one: it was made anew */
	after.room = 30;
	assert_int_equal(differences_find(&old, &r, NULL, &d), 0);
	changes_keep_room(&r, &d);
	differences_done(&d);
	assert_int_equal(after.room, 30);
}

TEST(a_set_of_numbers_is_found_without_its_hash)
{
	struct set other = {.name = "ports-of-others-0123abcd"}, s = {.name = "ports-0123abcd"};
	const struct ruleset r = {.sets = &other};
	other.next = &s;
	assert_ptr_equal(ruleset_numbers(&r, "ports"), &s);
	assert_ptr_equal(ruleset_numbers(&r, "ports-of-others"), &other);
	assert_null(ruleset_numbers(&r, "port"));
	assert_null(ruleset_numbers(&r, "ports-0123abcd"));
	assert_null(ruleset_numbers(&r, ""));
}

TEST(only_a_hash_is_no_part_of_the_name_of_numbers)
{
	assert_int_equal(numbers_name_length("ports-0123abcd"), 5);
	assert_int_equal(numbers_name_length("ports"), 5);
	assert_int_equal(numbers_name_length("ports-0123abc"), 13);
	assert_int_equal(numbers_name_length("ports-0123abcg"), 14);
	assert_int_equal(numbers_name_length("ports00123abcd"), 14);
	assert_int_equal(numbers_name_length("-0123abcd"), 9);
	assert_int_equal(numbers_name_length(""), 0);
}

TEST(hooks_are_named_as_their_base_chains)
{
	assert_string_equal(hook_name(HOOK_INPUT), "input");
	assert_string_equal(hook_name(HOOK_FORWARD), "forward");
	assert_string_equal(hook_name(HOOK_OUTPUT), "output");
	assert_string_equal(hook_name(HOOK_NONE), "");
}

TEST(freeing_nothing_is_fine)
{
	ruleset_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_is_found_by_its_whole_name),
		cmocka_unit_test(a_set_is_found_by_its_whole_name),
		cmocka_unit_test(an_empty_ruleset_has_nothing),
		cmocka_unit_test(an_address_set_counts_its_own_part_only),
		cmocka_unit_test(a_number_set_counts_its_elements),
		cmocka_unit_test(both_ends_of_a_range_belong_to_it),
		cmocka_unit_test(a_counter_is_found_by_its_whole_name),
		cmocka_unit_test(a_set_that_was_not_made_anew_keeps_its_room),
		cmocka_unit_test(a_set_of_numbers_is_found_without_its_hash),
		cmocka_unit_test(only_a_hash_is_no_part_of_the_name_of_numbers),
		cmocka_unit_test(hooks_are_named_as_their_base_chains),
		cmocka_unit_test(freeing_nothing_is_fine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
