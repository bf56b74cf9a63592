/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of others' rules. */
#include "others/findings.h"

#include <string.h>

#include "ruleset/foreign_fixture.h"

static const struct foreign_chain input = {
	.table = "ip filter", .name = "INPUT", .hook = FOREIGN_INPUT, .priority = -1};
static const struct foreign_chain sub = {.table = "ip filter", .name = "sub"};
static const struct foreign_chain ingress = {
	.table = "netdev n", .name = "c", .hook = FOREIGN_INGRESS, .priority = 5, .device = "eth0"};

#define AFTER \
	", which rolewall allows; a drop in any table wins, so accept it there too, or remove " \
	"this"

static void assert_said(struct hit h, const char *services, const char *wanted)
{
	struct findings f;
	text_put(&h.services, services);
	assert_int_equal(findings_init(&f), 0);
	findings_say_hit(&f, &h);
	text_done(&h.services);
	assert_int_equal(f.count, 1);
	assert_string_equal(f.first->text, wanted);
	assert_true(findings_have_text(&f, wanted));
	assert_true(findings_have_subject(&f, f.first->subject));
	assert_false(findings_have_subject(&f, wanted));
	findings_done(&f);
}

TEST(a_hit_names_table_chain_rule_and_what_is_lost)
{
	const struct foreign_rule drop = {.handle = 7, .end = FOREIGN_DROP};
	const struct foreign_rule reject = {.handle = 8, .end = FOREIGN_REJECT};
	assert_said((struct hit){.base = &input, .chain = &input, .certain = true}, "a",
		"table ip filter, chain INPUT, policy drop (hook input, priority -1): drops "
		"inbound a" AFTER);
	assert_said((struct hit){.base = &input,
			    .chain = &sub,
			    .rule = &drop,
			    .side = SIDE_OUT,
			    .is_answer = true,
			    .n_services = 5},
		"a, b, c",
		"table ip filter, chain sub, rule with handle 7, by way of chain INPUT (hook "
		"input, priority -1): may drop the answers to outbound a, b, c and 2 more" AFTER);
	assert_said((struct hit){.base = &ingress, .chain = &ingress, .rule = &reject}, "a",
		"table netdev n, chain c, rule with handle 8 (hook ingress of eth0, priority 5): "
		"may reject inbound a" AFTER);
}

/* A changed text is not a new subject: nothing is gone when only our configuration changes. */
TEST(subjects_are_told_apart_by_rule_and_side_alone)
{
	const struct foreign_rule rule = {.handle = 7, .end = FOREIGN_DROP};
	struct hit h = {.base = &input, .chain = &input, .rule = &rule};
	struct findings one, other;
	assert_int_equal(findings_init(&one), 0);
	assert_int_equal(findings_init(&other), 0);
	text_put(&h.services, "a");
	findings_say_hit(&one, &h);
	text_put(&h.services, ", b");
	h.certain = true;
	findings_say_hit(&other, &h);
	assert_true(findings_have_subject(&other, one.first->subject));
	assert_false(findings_have_text(&other, one.first->text));
	h.side = SIDE_OUT;
	findings_say_hit(&other, &h);
	assert_string_not_equal(other.first->subject, other.last->subject);
	text_done(&h.services);
	findings_done(&one);
	findings_done(&other);
}

TEST(the_rest_is_said_too)
{
	struct findings f;
	assert_int_equal(findings_init(&f), 0);
	findings_say_order(&f, &input);
	findings_say_gap(&f, "table ip nat: too much");
	assert_int_equal(f.count, 2);
	assert_non_null(strstr(f.first->text, "their order is not defined"));
	assert_non_null(strstr(f.last->text, "table ip nat: too much; "));
	findings_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hit_names_table_chain_rule_and_what_is_lost),
		cmocka_unit_test(subjects_are_told_apart_by_rule_and_side_alone),
		cmocka_unit_test(the_rest_is_said_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
