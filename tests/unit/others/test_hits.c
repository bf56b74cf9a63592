/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Samples that are dropped, gathered by who drops them. */
#include "others/hits.h"

#include "ruleset/foreign_fixture.h"

static const struct foreign_chain base = {.table = "inet t", .name = "c"};
static const struct port_range port = {80, 80};
static const struct allowed web = {.name = "web", .at = {"f", 3, 1}, .n_ports = 1, .ports = &port};
static const struct allowed names = {
	.name = "names", .at = {"f", 4, 1}, .n_ports = 1, .ports = &port};

static struct hit_about about(const struct allowed *service)
{
	return (struct hit_about){.base = &base,
		.chain = &base,
		.service = service,
		.protocol = IPPROTO_TCP,
		.port = 80};
}

TEST(a_rule_that_drops_several_services_is_one_hit)
{
	struct hits h = {0};
	struct hit_about a = about(&web), b = about(&names);
	struct addr_range run = addresses("10.0.0.0/8");
	b.peers = &run;
	hits_note(&h, &a);
	a.port = 81;
	hits_note(&h, &a);
	hits_note(&h, &b);
	assert_int_equal(h.error, 0);
	assert_int_equal(h.count, 1);
	assert_string_equal(h.items[0].services.data,
		"web tcp 80 (f:3), names tcp 80 (f:4) from 10.0.0.0/8");
	hits_done(&h);
}

TEST(a_ban_alone_is_no_defeat)
{
	struct hits h = {0};
	struct hit_about a = about(&web);
	a.certain = a.single = true;
	hits_note(&h, &a);
	assert_true(h.items[0].certain);
	assert_false(h.items[0].defeats);
	a.single = false;
	hits_note(&h, &a);
	assert_true(h.items[0].defeats);
	hits_done(&h);
}

TEST(hits_are_not_without_end_and_notes_leave_room_for_defeats)
{
	struct foreign_rule rules[2 * HITS_AT_MOST] = {{0}};
	struct hits h = {0};
	for (size_t i = 0; i < 2 * HITS_AT_MOST; i++) {
		struct hit_about a = about(&web);
		rules[i].handle = i;
		a.rule = &rules[i];
		a.certain = i >= HITS_AT_MOST;
		hits_note(&h, &a);
		if (i == HITS_AT_MOST - 1) {
			assert_int_equal(h.count, NOTES_AT_MOST);
			assert_true(h.too_many);
		}
	}
	assert_int_equal(h.count, HITS_AT_MOST);
	assert_true(h.items[NOTES_AT_MOST].defeats);
	hits_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_that_drops_several_services_is_one_hit),
		cmocka_unit_test(a_ban_alone_is_no_defeat),
		cmocka_unit_test(hits_are_not_without_end_and_notes_leave_room_for_defeats),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
