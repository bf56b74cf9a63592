/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each code at least once, by the cause that it is named after. */
#include "why_fixture.h"

/* "CODE allowed|refused", and what else must be in the answer. */
static void expect_why(const struct asked *a, const char *code, bool allowed, const char *part)
{
	char head[128];
	char *out = judged(a, NULL);
	snprintf(head, sizeof(head),
		"{\"schema\":\"rolewall.explain/1\",\"code\":\"%s\",\"allowed\":%s,", code,
		allowed ? "true" : "false");
	if (strncmp(out, head, strlen(head)) != 0 || !strstr(out, part))
		fail_msg("%s%s\nis not in\n%s", head, part, out);
	free(out);
}

TEST(what_is_allowed_names_its_flow_and_peer)
{
	expect_why(&(struct asked){.from = "10.0.0.5", .to = "10.9.9.9", .port = 4422}, "ALLOWED",
		true, "\"place\":\"roles/test.conf:6\",\"flow\":\"in\",\"peer\":\"client\"");
}

TEST(an_open_connection_of_this_generation_is_live)
{
	struct asked a = {.from = "10.0.0.5", .to = "10.9.9.9", .port = 4422};
	a.seen.is_live = true;
	a.seen.mark = mark_of_generation(HOST_MARK_MASK, 1);
	a.seen.sessions = 150; /* it is one of them */
	expect_why(&a, "ALLOWED_LIVE", true, "\"flow\":\"in\"");
}

TEST(an_unlisted_client_is_told_with_the_line_of_the_peer)
{
	expect_why(&(struct asked){.from = "10.0.3.9", .to = "10.9.9.9", .port = 4422},
		"PEER_UNKNOWN", false,
		"\"place\":\"etc/rolewall.conf:7\",\"flow\":\"in\",\"peer\":\"client\","
		"\"reason\":\"flow in is for client, which is 10.0.0.0/24 "
		"(etc/rolewall.conf:7); 10.0.3.9 is not in it\"");
}

TEST(a_port_that_no_flow_has_is_unknown_inbound)
{
	expect_why(&(struct asked){.from = "10.0.0.5", .to = "10.9.9.9", .port = 9}, "PORT_UNKNOWN",
		false, "\"flow\":null,\"peer\":\"client\"");
	expect_why(&(struct asked){.from = "10.7.0.5", .to = "10.9.9.9", .port = 9}, "PORT_UNKNOWN",
		false, "\"flow\":null,\"peer\":null");
}

TEST(what_this_host_may_not_call_has_no_flow_outbound)
{
	expect_why(
		&(struct asked){.from = "10.9.9.9", .to = "10.7.0.5", .port = 9, .outbound = true},
		"OUTBOUND_NO_FLOW", false, "no flow of this host is for outbound tcp 9");
}

TEST(a_row_that_is_off_is_told_whether_optional_or_disabled)
{
	expect_why(&(struct asked){.from = "10.0.0.5", .to = "10.9.9.9", .port = 6523}, "FLOW_OFF",
		false, "optional and off");
	expect_why(&(struct asked){.from = "10.0.0.5", .to = "10.9.9.9", .port = 70}, "FLOW_OFF",
		false, "is for it, and disabled");
}

TEST(a_row_that_goes_elsewhere_is_told)
{
	expect_why(&(struct asked){.from = "10.1.0.1", .to = "10.9.9.9", .port = 636},
		"FLOW_ELSEWHERE", false, "goes the other way");
}

static const char host_of_interface[] =
	"[host]\nroles = box\ndisable = off\ninterface = eth0\n[management]\nfrom = 10.9.0.1\n"
	"[peer client]\naddress = 10.0.0.0/24\n[peer server]\naddress = 10.1.0.1\n";

TEST(what_comes_by_another_interface_is_told_so)
{
	struct asked a = {
		.host_file = host_of_interface, .from = "10.0.0.5", .to = "10.9.9.9", .port = 4422};
	a.seen.interface = "eth1";
	expect_why(&a, "INTERFACE_OTHER", false, "it comes in by eth1");
	a.seen.interface = "eth0";
	expect_why(&a, "ALLOWED", true, "");
}

TEST(a_name_without_an_address_is_waited_for)
{
	struct asked a = {.host_file = host_of_names,
		.from = "10.9.9.9",
		.to = "192.0.2.1",
		.port = 636,
		.outbound = true,
		.learned = ""};
	expect_why(&a, "NAME_WAITING", false, "\"peer\":\"server\"");
	a.learned = NULL;
	expect_why(&a, "NAME_WAITING", false, "");
	a.learned = "192.0.2.1";
	expect_why(&a, "ALLOWED", true, "\"peer\":\"server\"");
}

TEST(an_address_that_no_name_has_is_another_one)
{
	struct asked a = {.host_file = host_of_names,
		.from = "10.9.9.9",
		.to = "192.0.2.3",
		.port = 636,
		.outbound = true,
		.learned = "192.0.2.1"};
	expect_why(&a, "NAME_OTHER_ADDRESS", false, "learned: 192.0.2.1");
	a.retired = "192.0.2.3";
	expect_why(&a, "NAME_OTHER_ADDRESS", false, "any longer: its names had it");
}

TEST(a_published_port_is_judged_by_the_one_that_was_dialled)
{
	struct asked a = {.from = "10.0.0.5", .to = "10.9.9.9", .port = 8080};
	a.seen.dnat_port = 4422;
	expect_why(&a, "DNAT_PORT", false, "DNAT leads port 8080 to port 4422");
	a.seen.dnat_port = 80;
	expect_why(&a, "PORT_UNKNOWN", false, "");
}

TEST(an_edit_that_was_not_loaded_comes_before_what_to_write)
{
	struct asked a = {.from = "10.0.3.9", .to = "10.9.9.9", .port = 4422};
	a.seen.disk_allows = true;
	a.seen.disk_at = (struct place){"etc/rolewall.conf", 9};
	expect_why(&a, "NOT_LOADED", false, "\"place\":\"etc/rolewall.conf:9\"");
}

TEST(one_session_more_than_the_cap_is_refused)
{
	struct asked a = {.from = "10.0.0.5", .to = "10.9.9.9", .port = 4422};
	a.seen.sessions = 149;
	expect_why(&a, "ALLOWED", true, "");
	a.seen.sessions = 150;
	expect_why(&a, "SESSIONS_FULL", false, "150 are open");
}

TEST(what_is_lost_outside_of_our_table_is_told_in_the_order_of_its_way)
{
	struct asked a = {.from = "10.0.0.5", .to = "10.9.9.9", .port = 4422};
	a.seen.has_listener = WHY_NO;
	expect_why(&a, "NO_LISTENER", true, "no program of this host listens at tcp 4422");
	a.seen.has_route = WHY_NO;
	expect_why(&a, "NO_ROUTE", true, "no route to 10.0.0.5");
	a.seen.foreign = "table ip x, chain y drops it";
	expect_why(&a, "FOREIGN_DROP", false, "table ip x, chain y drops it");
}

TEST(a_closed_a_flushed_and_an_absent_daemon_have_codes_of_their_own)
{
	struct asked a = {.from = "10.0.3.9", .to = "10.9.9.9", .port = 4422};
	a.seen.state = WHY_IS_CLOSED;
	expect_why(&a, "CLOSED", false, "rolewallctl check");
	a.seen.state = WHY_IS_FLUSHED;
	expect_why(&a, "FLUSHED", true, "");
	a.seen.state = WHY_IS_ABSENT;
	expect_why(&a, "NOT_RUNNING", false, "the files would refuse it");
	a.seen.state = WHY_IS_FILES;
	expect_why(&a, "PEER_UNKNOWN", false, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_allowed_names_its_flow_and_peer),
		cmocka_unit_test(an_open_connection_of_this_generation_is_live),
		cmocka_unit_test(an_unlisted_client_is_told_with_the_line_of_the_peer),
		cmocka_unit_test(a_port_that_no_flow_has_is_unknown_inbound),
		cmocka_unit_test(what_this_host_may_not_call_has_no_flow_outbound),
		cmocka_unit_test(a_row_that_is_off_is_told_whether_optional_or_disabled),
		cmocka_unit_test(a_row_that_goes_elsewhere_is_told),
		cmocka_unit_test(what_comes_by_another_interface_is_told_so),
		cmocka_unit_test(a_name_without_an_address_is_waited_for),
		cmocka_unit_test(an_address_that_no_name_has_is_another_one),
		cmocka_unit_test(a_published_port_is_judged_by_the_one_that_was_dialled),
		cmocka_unit_test(an_edit_that_was_not_loaded_comes_before_what_to_write),
		cmocka_unit_test(one_session_more_than_the_cap_is_refused),
		cmocka_unit_test(what_is_lost_outside_of_our_table_is_told_in_the_order_of_its_way),
		cmocka_unit_test(a_closed_a_flushed_and_an_absent_daemon_have_codes_of_their_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
