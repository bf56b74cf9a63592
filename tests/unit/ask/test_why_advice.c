/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is advised can be pasted: with it in a file of its own the same connection is allowed. */
#include "why_fixture.h"

static void expect_cured(struct asked a, const char *code)
{
	struct text pasted = {0};
	char *before = judged(&a, &pasted);
	if (!strstr(before, code))
		fail_msg("%s is not in %s", code, before);
	a.drop_in = pasted.data;
	char *after = judged(&a, NULL);
	if (!strstr(after, "\"code\":\"ALLOWED\""))
		fail_msg("with\n%s\nit is\n%s", pasted.data, after);
	free(before);
	free(after);
	text_done(&pasted);
}

TEST(an_unlisted_client_is_let_in_by_the_advised_peer_and_the_others_still_are)
{
	struct asked a = {.from = "10.0.3.9", .to = "10.9.9.9", .port = 4422};
	struct text pasted = {0};
	expect_cured(a, "PEER_UNKNOWN");
	free(judged(&a, &pasted));
	a.drop_in = pasted.data;
	a.from = "10.0.0.5";
	char *others = judged(&a, NULL);
	assert_non_null(strstr(others, "\"code\":\"ALLOWED\""));
	free(others);
	text_done(&pasted);
}

TEST(a_port_of_no_flow_is_opened_by_the_advised_flow)
{
	expect_cured((struct asked){.from = "10.0.0.5", .to = "10.9.9.9", .port = 9},
		"PORT_UNKNOWN");
	expect_cured((struct asked){.from = "10.7.0.5", .to = "10.9.9.9", .port = 9},
		"PORT_UNKNOWN");
	expect_cured(
		(struct asked){.from = "10.9.9.9", .to = "10.7.0.5", .port = 9, .outbound = true},
		"OUTBOUND_NO_FLOW");
	expect_cured((struct asked){.from = "10.1.0.1", .to = "10.9.9.9", .port = 636},
		"FLOW_ELSEWHERE");
}

TEST(a_row_that_is_off_is_turned_on_by_the_advised_line)
{
	static const char two[] = "[host]\nroles = box\ndisable = off in\n[management]\n"
				  "from = 10.9.0.1\n[peer client]\naddress = 10.0.0.0/24\n"
				  "[peer server]\naddress = 10.1.0.1\n";
	expect_cured((struct asked){.from = "10.0.0.5", .to = "10.9.9.9", .port = 6523},
		"FLOW_OFF");
	expect_cured(
		(struct asked){.host_file = two, .from = "10.0.0.5", .to = "10.9.9.9", .port = 70},
		"FLOW_OFF");
}

TEST(a_published_port_is_opened_by_the_advised_flow)
{
	struct asked a = {.from = "10.0.0.5", .to = "10.9.9.9", .port = 8080};
	a.seen.dnat_port = 4422;
	expect_cured(a, "DNAT_PORT");
}

TEST(another_interface_is_let_in_by_the_advised_line)
{
	static const char only[] = "[host]\nroles = box\ndisable = off\ninterface = eth0\n"
				   "[management]\nfrom = 10.9.0.1\n[peer client]\n"
				   "address = 10.0.0.0/24\n[peer server]\naddress = 10.1.0.1\n";
	struct asked a = {.host_file = only, .from = "10.0.0.5", .to = "10.9.9.9", .port = 4422};
	a.seen.interface = "eth1";
	expect_cured(a, "INTERFACE_OTHER");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_unlisted_client_is_let_in_by_the_advised_peer_and_the_others_still_are),
		cmocka_unit_test(a_port_of_no_flow_is_opened_by_the_advised_flow),
		cmocka_unit_test(a_row_that_is_off_is_turned_on_by_the_advised_line),
		cmocka_unit_test(a_published_port_is_opened_by_the_advised_flow),
		cmocka_unit_test(another_interface_is_let_in_by_the_advised_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
