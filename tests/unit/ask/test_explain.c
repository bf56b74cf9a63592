/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers word by word: they are what an operator reads at two in the morning. */
#include "explain_fixture.h"

/* The same with names: 192.0.2.1 is known of the second peer, 192.0.2.2 is retired; with_known:
 * somebody knows what is learned. */
static void expect_of_names(bool with_known, const char *from, const char *to, uint16_t port,
	enum local local, bool allowed, const char *answer)
{
	static const char names[] =
		"[host]\nroles = box\ndisable = off\n[management]\nfrom = 10.9.0.1\n"
		"name = ops.example\n[peer client]\naddress = 10.0.0.0/24\n"
		"[peer server]\nname = a.example, b.example\n";
	struct question q = {.protocol = IPPROTO_TCP,
		.source_port = 50000,
		.destination_port = port,
		.source_is_local = local == SOURCE,
		.destination_is_local = local == DESTINATION};
	struct policy *p = memory_policy(roles, names);
	struct learned l = {0};
	struct ruleset *r;
	struct text text = {0};
	struct addr a;
	char *out;
	assert_int_equal(addr_parse("192.0.2.1", 9, &a), 0);
	assert_int_equal(learned_add(&l, 2, &a, false), 0);
	assert_int_equal(addr_parse("192.0.2.2", 9, &a), 0);
	assert_int_equal(learned_add(&l, 2, &a, true), 0);
	learned_normalise(&l);
	const struct form form = {.generation = 1, .learned = with_known ? &l : NULL};
	assert_int_equal(addr_parse(from, strlen(from), &q.source), 0);
	assert_int_equal(addr_parse(to, strlen(to), &q.destination), 0);
	assert_int_equal(compile_form(p, &form, &r), 0);
	assert_int_equal(explain(p, r, form.learned, &q, &text), allowed);
	assert_int_equal(text_finish(&text, &out), 0);
	assert_string_equal(out, answer);
	free(out);
	ruleset_free(r);
	learned_done(&l);
	policy_free(p);
}

TEST(an_address_that_was_learned_is_said_to_be_of_its_peers_names)
{
	expect_of_names(true, "10.9.9.9", "192.0.2.1", 636, SOURCE, true,
		"allowed outbound: flow out, roles/test.conf:12\n"
		"  192.0.2.1 is in [peer server], etc/rolewall.conf:9, learned of its names\n");
}

TEST(a_retired_address_begins_nothing_and_the_answer_says_why)
{
	expect_of_names(true, "10.9.9.9", "192.0.2.2", 636, SOURCE, false,
		"refused outbound: no flow allows tcp to 192.0.2.2, port 636\n"
		"  right port, retired address: flow out (roles/test.conf:12) is for server, whose "
		"names no longer have it; open connections go on, and no new one begins\n"
		"  the packet is dropped in silence: a peer at this port has names, and its "
		"addresses are learned\n");
}

TEST(an_address_that_was_not_learned_is_the_wrong_peer_with_what_was)
{
	expect_of_names(true, "10.9.9.9", "192.0.2.3", 636, SOURCE, false,
		"refused outbound: no flow allows tcp to 192.0.2.3, port 636\n"
		"  right port, wrong peer: flow out (roles/test.conf:12) is for server "
		"(a.example, b.example; learned: 192.0.2.1; retired: 192.0.2.2)\n"
		"  the packet is dropped in silence: a peer at this port has names, and its "
		"addresses are learned\n");
}

TEST(where_nobody_knows_what_was_learned_the_answer_is_that_it_depends)
{
	expect_of_names(false, "10.9.9.9", "192.0.2.3", 636, SOURCE, false,
		"not known outbound: it depends on the names of peers\n"
		"  if 192.0.2.3 is an address of server (a.example, b.example): allowed by flow "
		"out, roles/test.conf:12\n"
		"  if it is not: refused\n"
		"  rolewalld learns the addresses of names while it runs; the files do not say "
		"them\n");
	expect_of_names(false, "192.0.2.3", "10.9.9.9", 22, DESTINATION, false,
		"not known inbound: it depends on the names of peers\n"
		"  if 192.0.2.3 is an address of management (ops.example, 10.9.0.1): allowed by "
		"management, etc/rolewall.conf:4\n"
		"  if it is not: refused\n"
		"  rolewalld learns the addresses of names while it runs; the files do not say "
		"them\n");
}

TEST(an_address_that_a_name_may_not_have_is_refused_whatever_is_learned)
{
	expect_of_names(false, "10.9.9.9", "10.1.0.1", 636, SOURCE, false,
		"refused outbound: no flow allows tcp to 10.1.0.1, port 636\n"
		"  right port, wrong peer: flow out (roles/test.conf:12) is for server "
		"(a.example, b.example)\n"
		"  the packet is dropped in silence: a peer at this port has names, and its "
		"addresses are learned\n");
	expect_of_names(false, "10.9.9.9", "224.0.0.9", 636, SOURCE, false,
		"refused outbound: no flow allows tcp to 224.0.0.9, port 636\n"
		"  right port, wrong peer: flow out (roles/test.conf:12) is for server "
		"(a.example, b.example)\n"
		"  the packet is dropped in silence: a peer at this port has names, and its "
		"addresses are learned\n");
}

TEST(an_allowed_session_names_flow_peer_and_cap)
{
	expect(host, IPPROTO_TCP, "10.0.0.7", "10.9.9.9", 4422, DESTINATION, true,
		"allowed inbound: flow in (Something in), roles/test.conf:6\n"
		"  10.0.0.7 is in [peer client], etc/rolewall.conf:7\n"
		"  up to 150 sessions at once; one more gets a TCP reset, "
		"roles/test.conf:33\n");
}

TEST(unknown_hosts_are_told_nothing)
{
	expect(host, IPPROTO_TCP, "192.0.2.1", "10.9.9.9", 1, DESTINATION, false,
		"refused inbound: no flow allows tcp from 192.0.2.1 to port 1\n"
		"  the packet is dropped in silence: its source is no peer of this host\n");
}

TEST(management_and_essentials_are_named)
{
	expect(host, IPPROTO_TCP, "10.9.0.1", "10.9.9.9", 22, DESTINATION, true,
		"allowed inbound: management, etc/rolewall.conf:5\n");
	expect(host, IPPROTO_ICMP, "192.0.2.1", "10.9.9.9", 0, DESTINATION, true,
		"allowed inbound: built-in: echo from everybody else, up to 50 a second\n");
}

TEST(an_overridden_port_names_the_file_that_moved_it)
{
	static const char moved[] = "[host]\nroles = box\n[peer client]\naddress = 10.0.0.0/24\n"
				    "[peer server]\naddress = none\n[flow in]\nport = 2222\n";
	expect(moved, IPPROTO_TCP, "10.0.0.7", "10.9.9.9", 2222, DESTINATION, true,
		"allowed inbound: flow in (Something in), roles/test.conf:6\n"
		"  its port is set in etc/rolewall.conf:8\n"
		"  10.0.0.7 is in [peer client], etc/rolewall.conf:3\n");
}

TEST(an_open_outbound_side_is_named)
{
	static const char open[] = "[host]\nroles = box\noutbound = allow\n"
				   "[peer client]\naddress = none\n[peer server]\naddress = none\n";
	expect(open, IPPROTO_TCP, "10.9.9.9", "192.0.2.1", 443, SOURCE, true,
		"allowed outbound: outbound = allow, etc/rolewall.conf:1\n");
}

TEST(neither_end_local_is_asked_both_ways)
{
	expect(host, IPPROTO_TCP, "10.9.9.9", "10.1.0.1", 636, NEITHER, true,
		"allowed outbound: flow out, roles/test.conf:12\n"
		"  10.1.0.1 is in [peer server], etc/rolewall.conf:9\n"
		"  (neither address is this host's own, so both ways were tried)\n");
}

/* In one line, why not. */
static void expect_refusal(uint8_t protocol, const char *from, const char *to, uint16_t port,
	enum local local, const char *answer)
{
	struct question q = {
		.protocol = protocol,
		.source_port = 50000,
		.destination_port = port,
		.source_is_local = local == SOURCE,
		.destination_is_local = local == DESTINATION,
	};
	struct policy *p = memory_policy(roles, host);
	struct text text = {0};
	char *out;
	assert_int_equal(addr_parse(from, strlen(from), &q.source), 0);
	assert_int_equal(addr_parse(to, strlen(to), &q.destination), 0);
	explain_refusal(p, NULL, &q, &text);
	assert_int_equal(text_finish(&text, &out), 0);
	assert_string_equal(out, answer);
	free(out);
	policy_free(p);
}

TEST(a_refusal_in_one_line_names_the_nearest_miss_of_the_port)
{
	expect_refusal(IPPROTO_TCP, "10.1.0.1", "10.9.9.9", 4422, DESTINATION,
		"right port, wrong peer: flow in (roles/test.conf:6) is for client (10.0.0.0/24)");
	expect_refusal(IPPROTO_TCP, "10.0.0.7", "10.9.9.9", 70, DESTINATION,
		"disabled: flow off (roles/test.conf:23); take it out of [host] disable to turn it "
		"on");
	expect_refusal(IPPROTO_TCP, "10.9.9.9", "10.0.0.7", 4422, SOURCE,
		"right port, wrong direction: flow in (roles/test.conf:6) is inbound only; "
		"initiator = either would open both");
}

TEST(a_refusal_in_one_line_without_such_a_flow_says_so)
{
	expect_refusal(IPPROTO_TCP, "10.0.0.7", "10.9.9.9", 4423, DESTINATION,
		"no flow allows tcp from 10.0.0.7 to port 4423");
	expect_refusal(IPPROTO_UDP, "10.9.9.9", "10.0.0.7", 99, SOURCE,
		"no flow allows udp to 10.0.0.7, port 99");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_that_was_learned_is_said_to_be_of_its_peers_names),
		cmocka_unit_test(a_retired_address_begins_nothing_and_the_answer_says_why),
		cmocka_unit_test(an_address_that_was_not_learned_is_the_wrong_peer_with_what_was),
		cmocka_unit_test(where_nobody_knows_what_was_learned_the_answer_is_that_it_depends),
		cmocka_unit_test(
			an_address_that_a_name_may_not_have_is_refused_whatever_is_learned),
		cmocka_unit_test(an_allowed_session_names_flow_peer_and_cap),
		cmocka_unit_test(unknown_hosts_are_told_nothing),
		cmocka_unit_test(management_and_essentials_are_named),
		cmocka_unit_test(an_overridden_port_names_the_file_that_moved_it),
		cmocka_unit_test(an_open_outbound_side_is_named),
		cmocka_unit_test(neither_end_local_is_asked_both_ways),
		cmocka_unit_test(a_refusal_in_one_line_names_the_nearest_miss_of_the_port),
		cmocka_unit_test(a_refusal_in_one_line_without_such_a_flow_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
