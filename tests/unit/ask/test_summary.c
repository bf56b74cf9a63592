/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the log says of a change. */
#include "ask/summary.h"

#include "compile/compile.h"
#include "ruleset/memory_policy.h"

#define MANAGEMENT "[host]\n[management]\nfrom = 10.0.9.0/24\n"
#define FLOW(name, port) \
	"[flow " name "]\nport = " port "\nprotocol = tcp\nsource = p\ntarget = this-host\n"
#define PEER(addresses) "[peer p]\naddress = " addresses "\n"

static const char host[] =
	MANAGEMENT PEER("10.0.0.1, 10.0.1.0/24, 2001:db8::1") FLOW("f", "80") FLOW("g", "90");

static void expect(const char *next_text, const char *wanted)
{
	struct policy *now_policy = memory_policy(NULL, host);
	struct policy *next_policy = memory_policy(NULL, next_text);
	struct ruleset *now, *next;
	struct difference_list differences;
	struct text text = {0};
	assert_int_equal(compile(now_policy, 7, &now), 0);
	assert_int_equal(compile(next_policy, 7, &next), 0);
	assert_int_equal(difference_list_find(now, next, &differences), 0);
	summary_put_differences(&differences, &text);
	assert_string_equal(text.data, wanted);
	text_done(&text);
	difference_list_done(&differences);
	ruleset_free(now);
	ruleset_free(next);
	policy_free(now_policy);
	policy_free(next_policy);
}

TEST(the_same_is_nothing_changed)
{
	expect(host, "nothing changed");
}

TEST(other_lines_alone_are_said_as_such)
{
	expect(MANAGEMENT "\n\n" PEER("10.0.0.1, 10.0.1.0/24, 2001:db8::1") FLOW("f", "80")
			FLOW("g", "90"),
		"nothing changed but the lines of the files that rules come from");
}

TEST(an_address_more_is_counted_with_its_peer)
{
	expect(MANAGEMENT PEER("10.0.0.1, 10.0.0.7, 10.0.1.0/24, 2001:db8::1") FLOW("f", "80")
			FLOW("g", "90"),
		"1 peer changed (peer p: 1 address added)");
}

TEST(addresses_of_both_families_come_and_go)
{
	expect(MANAGEMENT PEER("10.0.0.1, 10.0.0.7, 10.0.1.0/24, 2001:db8::2, 2001:db8::4")
			FLOW("f", "80") FLOW("g", "90"),
		"1 peer changed (peer p: 3 addresses added, 1 removed)");
}

TEST(flows_that_come_go_and_change_are_told_apart)
{
	expect(MANAGEMENT PEER("10.0.0.1, 10.0.1.0/24, 2001:db8::1") FLOW("f", "80") FLOW("h", "70")
			FLOW("i", "71"),
		"2 flows added, 1 flow removed (flow g, inbound; flow h, inbound; flow i, "
		"inbound)");
}

TEST(a_port_that_moves_is_said_with_its_flow)
{
	expect(MANAGEMENT PEER("10.0.0.1, 10.0.1.0/24, 2001:db8::1") FLOW("f", "81")
			FLOW("g", "90"),
		"ports of flows changed (tcp ports: 80 flow f removed, 81 flow f added)");
}

TEST(a_port_that_moves_is_said_beside_a_flow_that_comes)
{
	expect(MANAGEMENT PEER("10.0.0.1, 10.0.1.0/24, 2001:db8::1") FLOW("f", "81") FLOW("g", "90")
			FLOW("h", "70"),
		"1 flow added, ports of flows changed (flow h, inbound; tcp ports: 70 flow h "
		"added, "
		"80 flow f removed, 81 flow f added)");
}

TEST(of_many_the_first_are_named)
{
	expect(MANAGEMENT PEER("10.0.0.1, 10.0.1.0/24, 2001:db8::1") FLOW("f", "80") FLOW("g", "90")
			FLOW("a", "1") FLOW("b", "2") FLOW("c", "3") FLOW("d", "4") FLOW("e", "5"),
		"5 flows added (flow a, inbound; flow b, inbound; flow c, inbound; "
		"flow d, inbound; and 1 more)");
}

TEST(management_is_no_flow)
{
	expect("[host]\n[management]\nfrom = 10.0.8.0/24\n" PEER(
		       "10.0.0.1, 10.0.1.0/24, 2001:db8::1") FLOW("f", "80") FLOW("g", "90"),
		"management changed (management: 1 address added, 1 removed)");
}

TEST(a_policy_is_its_flows_and_peers)
{
	struct policy *p = memory_policy(NULL, host);
	struct text text = {0};
	summary_put_policy(p, &text);
	assert_string_equal(text.data, "2 flows and 1 peer");
	text_done(&text);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_is_nothing_changed),
		cmocka_unit_test(other_lines_alone_are_said_as_such),
		cmocka_unit_test(an_address_more_is_counted_with_its_peer),
		cmocka_unit_test(addresses_of_both_families_come_and_go),
		cmocka_unit_test(flows_that_come_go_and_change_are_told_apart),
		cmocka_unit_test(a_port_that_moves_is_said_with_its_flow),
		cmocka_unit_test(a_port_that_moves_is_said_beside_a_flow_that_comes),
		cmocka_unit_test(of_many_the_first_are_named),
		cmocka_unit_test(management_is_no_flow),
		cmocka_unit_test(a_policy_is_its_flows_and_peers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
