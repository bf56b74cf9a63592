/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When rules are the same, wholly or in what they do. */
#include "ruleset/same.h"

#include "testing.h"

TEST(nothing_is_the_same_text_as_nothing_alone)
{
	assert_true(same_text(NULL, NULL));
	assert_true(same_text("a", "a"));
	assert_false(same_text("a", NULL));
	assert_false(same_text(NULL, ""));
	assert_false(same_text("a", "b"));
}

TEST(sets_of_numbers_are_told_by_what_is_before_the_hash)
{
	assert_true(same_numbers("ports-01234567", "ports-89abcdef"));
	assert_false(same_numbers("ports-01234567", "port-89abcdef"));
	assert_false(same_numbers("ports", "ports"));
	assert_false(same_numbers("ports-01234567", "ports"));
	assert_false(same_numbers(NULL, NULL));
}

TEST(verdicts_are_the_same_with_their_chain)
{
	const struct element a = {1, 1, VERDICT_JUMP, "a"}, again = {2, 9, VERDICT_JUMP, "a"},
			     b = {1, 1, VERDICT_JUMP, "b"}, drop = {1, 1, VERDICT_DROP, NULL};
	assert_true(same_verdict(&a, &again));
	assert_false(same_verdict(&a, &b));
	assert_false(same_verdict(&a, &drop));
}

static struct rule looks_up(const char *set, const char *comment)
{
	return (struct rule){
		.comment = comment,
		.statements = {{.kind = STATEMENT_LOOKUP, .name = set}},
		.n_statements = 1,
	};
}

static bool same(struct rule *a, struct rule *b, enum closeness closeness)
{
	const struct chain x = {.first = a}, y = {.first = b};
	return same_rules(&x, &y, closeness);
}

TEST(comments_and_what_sets_of_numbers_hold_are_no_effect)
{
	struct rule a = looks_up("ports-01234567", "line 1");
	struct rule moved = looks_up("ports-01234567", "line 2");
	struct rule other = looks_up("ports-89abcdef", "line 1");
	struct rule peer = looks_up("peer-p-hosts4", "line 1");
	assert_true(same(&a, &a, SAME_IN_ALL));
	assert_false(same(&a, &moved, SAME_IN_ALL));
	assert_true(same(&a, &moved, SAME_IN_EFFECT));
	assert_false(same(&a, &other, SAME_IN_ALL));
	assert_true(same(&a, &other, SAME_IN_EFFECT));
	assert_false(same(&a, &peer, SAME_IN_EFFECT));
}

TEST(each_part_of_a_statement_counts)
{
	const struct statement changes[] = {
		{.kind = STATEMENT_LIMIT},
		{.field = FIELD_CT_MARK},
		{.value = 1},
		{.mask = 1},
		{.rate = 1},
		{.burst = 1},
		{.over = true},
		{.length = 1},
		{.verdict = VERDICT_DROP},
		{.name = "x"},
	};
	struct rule a = {.n_statements = 1};
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct rule b = {.n_statements = 1, .statements = {changes[i]}};
		assert_false(same(&a, &b, SAME_IN_EFFECT));
		assert_true(same(&b, &b, SAME_IN_ALL));
	}
}

TEST(a_rule_more_is_not_the_same)
{
	struct rule b = looks_up("s", NULL), a = looks_up("s", NULL), only = looks_up("s", NULL);
	struct rule longer = {.n_statements = 2};
	a.next = &b;
	assert_false(same(&a, &only, SAME_IN_EFFECT));
	assert_false(same(&only, &a, SAME_IN_EFFECT));
	assert_false(same(&only, NULL, SAME_IN_EFFECT));
	assert_false(same(&only, &longer, SAME_IN_EFFECT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_the_same_text_as_nothing_alone),
		cmocka_unit_test(sets_of_numbers_are_told_by_what_is_before_the_hash),
		cmocka_unit_test(verdicts_are_the_same_with_their_chain),
		cmocka_unit_test(comments_and_what_sets_of_numbers_hold_are_no_effect),
		cmocka_unit_test(each_part_of_a_statement_counts),
		cmocka_unit_test(a_rule_more_is_not_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
