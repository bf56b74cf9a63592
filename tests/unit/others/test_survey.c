/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of others' rules defeat which of ours.  The policy: `web` (tcp 80 and 8000-8100) and
 * management (tcp 22) may come in, `names` (udp 53) may go out.  Handles count from 1.
 */
#include "others/survey.h"

#include "ruleset/failing_malloc.h"
#include "ruleset/foreign_fixture.h"
#include "ruleset/memory_policy.h"

#define HOST \
	"[host]\n[management]\nfrom = 10.0.9.0/24\n" \
	"[flow web]\nport = 80, 8000-8100\nprotocol = tcp\nsource = p\ntarget = this-host\n" \
	"[flow names]\nport = 53\nprotocol = udp\nsource = this-host\ntarget = p\n" \
	"[peer p]\naddress = 10.0.0.1\n"

static struct findings surveyed(struct fixture *x, const char *host)
{
	struct policy *p = memory_policy(NULL, host);
	struct findings found;
	assert_int_equal(foreign_link(&x->foreign), 0);
	assert_int_equal(survey(&x->foreign, p, &x->host, &found), 0);
	policy_free(p);
	foreign_done(&x->foreign);
	return found;
}

enum what { ANY, DEFEATS, NOTES };

/* Demands one finding for each of the words, in this order, with them in its text. */
static void assert_found(struct fixture *x, enum what what, const char *const *words)
{
	struct findings found = surveyed(x, HOST);
	const struct finding *f = found.first;
	for (; f && *words; f = f->next, words++) {
		if (!strstr(f->text, *words))
			fail_msg("'%s' is not in: %s", *words, f->text);
		if (what != ANY && f->is_note != (what == NOTES))
			fail_msg("is %sa note: %s", f->is_note ? "" : "not ", f->text);
	}
	if (f)
		fail_msg("found too: %s", f->text);
	if (*words)
		fail_msg("not found: %s", *words);
	findings_done(&found);
}

#define ASSERT_FOUND(x, ...)    assert_found(x, ANY, (const char *const[]){__VA_ARGS__, NULL})
#define ASSERT_DEFEATED(x, ...) assert_found(x, DEFEATS, (const char *const[]){__VA_ARGS__, NULL})
#define ASSERT_NOTED(x, ...)    assert_found(x, NOTES, (const char *const[]){__VA_ARGS__, NULL})
#define ASSERT_HARMLESS(x)      assert_found(x, ANY, (const char *const[]){NULL})

static struct fixture input_chain(void)
{
	struct fixture x = fixture();
	add_chain(&x, FOREIGN_INPUT, "in")->priority = -10;
	return x;
}

TEST(nothing_of_others_defeats_nothing)
{
	struct fixture x = fixture();
	ASSERT_HARMLESS(&x);
}

TEST(a_drop_of_an_allowed_port_defeats_its_flow)
{
	struct fixture x = input_chain();
	add_rule(&x, FOREIGN_DROP, tcp_dport(80), NULL);
	ASSERT_DEFEATED(&x, "rule with handle 1 (hook input, priority -10): drops inbound web tcp "
			    "80 (etc/rolewall.conf:4), which rolewall allows");
}

TEST(a_drop_of_another_port_is_harmless)
{
	struct fixture x = input_chain();
	add_rule(&x, FOREIGN_DROP, tcp_dport(81), NULL);
	add_rule(&x, FOREIGN_DROP, tcp_ports(FOREIGN_DPORT, 53, 53), NULL);
	ASSERT_HARMLESS(&x);
}

TEST(a_port_in_the_middle_of_a_range_is_seen)
{
	struct fixture x = input_chain();
	add_rule(&x, FOREIGN_DROP, tcp_ports(FOREIGN_DPORT, 8050, 8051), NULL);
	ASSERT_FOUND(&x, "drops inbound web tcp 8050");
}

TEST(a_policy_of_drop_defeats_what_is_not_accepted_before)
{
	struct fixture x = input_chain();
	x.chain->drops = true;
	add_rule(&x, FOREIGN_ACCEPT, in_state(FOREIGN_ESTABLISHED | FOREIGN_RELATED), NULL);
	add_rule(&x, FOREIGN_ACCEPT, tcp_dport(22), NULL);
	add_rule(&x, FOREIGN_ACCEPT, tcp_dport(80), NULL);
	ASSERT_FOUND(&x, "policy drop (hook input, priority -10): drops inbound web tcp 8000 ");
}

TEST(a_firewall_that_accepts_the_same_is_harmless)
{
	struct fixture x = input_chain();
	x.chain->drops = true;
	add_rule(&x, FOREIGN_ACCEPT, in_state(FOREIGN_ESTABLISHED | FOREIGN_RELATED), NULL);
	add_rule(&x, FOREIGN_DROP, in_state(FOREIGN_INVALID), NULL);
	add_rule(&x, FOREIGN_ACCEPT, tcp_dport(22), NULL);
	add_rule(&x, FOREIGN_JUMP, tcp_ports(FOREIGN_DPORT, 80, 9000), "sub");
	add_rule(&x, FOREIGN_REJECT, all(), NULL);
	add_chain(&x, FOREIGN_NO_HOOK, "sub");
	add_rule(&x, FOREIGN_ACCEPT, all(), NULL);
	ASSERT_HARMLESS(&x);
}

TEST(answers_to_what_goes_out_are_missed)
{
	struct fixture x = input_chain();
	x.chain->drops = true;
	add_rule(&x, FOREIGN_ACCEPT, tcp_ports(FOREIGN_DPORT, 1, 9000), NULL);
	ASSERT_FOUND(&x, "policy drop (hook input, priority -10): drops the answers to outbound "
			 "names udp 53");
}

TEST(a_drop_of_live_connections_is_seen)
{
	struct fixture x = input_chain();
	struct foreign_box b = tcp_dport(22);
	b.states = FOREIGN_ESTABLISHED;
	add_rule(&x, FOREIGN_DROP, b, NULL);
	ASSERT_FOUND(&x, "drops inbound management tcp 22 (etc/rolewall.conf:2)");
}

TEST(output_is_the_other_way_round)
{
	struct fixture x = fixture();
	add_chain(&x, FOREIGN_OUTPUT, "out")->drops = true;
	add_rule(&x, FOREIGN_DROP, tcp_dport(80), NULL);
	add_rule(&x, FOREIGN_ACCEPT, tcp_ports(FOREIGN_SPORT, 22, 22), NULL);
	ASSERT_FOUND(&x, "drops the answers to inbound web tcp 80", "drops outbound names udp 53");
}

/* One port of the thousands that a peer may dial from. */
TEST(a_part_of_the_ports_that_are_dialled_from_is_harmless)
{
	struct fixture x = input_chain();
	add_rule(&x, FOREIGN_DROP, tcp_ports(FOREIGN_SPORT, 50000, 50100), NULL);
	add_chain(&x, FOREIGN_OUTPUT, "out");
	add_rule(&x, FOREIGN_DROP, tcp_dport(51000), NULL);
	ASSERT_HARMLESS(&x);
}

TEST(what_is_not_understood_makes_it_may)
{
	struct fixture x = input_chain();
	struct foreign_box b = tcp_dport(80);
	b.is_narrower = true;
	add_rule(&x, FOREIGN_DROP, b, NULL);
	add_rule(&x, FOREIGN_ACCEPT, some(), NULL);
	add_rule(&x, FOREIGN_REJECT, tcp_dport(22), NULL);
	ASSERT_NOTED(&x,
		"rule with handle 3 (hook input, priority -10): may reject inbound management",
		"rule with handle 1 (hook input, priority -10): may drop inbound web");
}

TEST(a_block_list_that_asks_for_no_port_is_not_cried_over)
{
	struct fixture x = input_chain();
	add_rule(&x, FOREIGN_DROP, some(), NULL);
	add_rule(&x, FOREIGN_JUMP, some(), "sub");
	add_chain(&x, FOREIGN_NO_HOOK, "sub");
	add_rule(&x, FOREIGN_DROP, all(), NULL);
	ASSERT_HARMLESS(&x);
}

TEST(a_block_list_behind_our_port_is_said)
{
	struct fixture x = input_chain();
	add_rule(&x, FOREIGN_JUMP, tcp_dport(22), "sub");
	add_chain(&x, FOREIGN_NO_HOOK, "sub");
	add_rule(&x, FOREIGN_REJECT, some(), NULL);
	add_rule(&x, FOREIGN_RETURN, all(), NULL);
	add_rule(&x, FOREIGN_DROP, all(), NULL);
	ASSERT_FOUND(&x, "chain sub, rule with handle 2, by way of chain in (hook input, priority "
			 "-10): may reject inbound management tcp 22");
}

TEST(a_goto_does_not_come_back)
{
	struct fixture x = input_chain();
	add_rule(&x, FOREIGN_GOTO, all(), "sub");
	add_rule(&x, FOREIGN_DROP, all(), NULL);
	add_chain(&x, FOREIGN_NO_HOOK, "sub");
	ASSERT_HARMLESS(&x);
}

TEST(some_who_return_make_the_rest_may)
{
	struct fixture x = input_chain();
	add_rule(&x, FOREIGN_JUMP, tcp_dport(22), "sub");
	add_chain(&x, FOREIGN_NO_HOOK, "sub");
	add_rule(&x, FOREIGN_RETURN, some(), NULL);
	add_rule(&x, FOREIGN_DROP, all(), NULL);
	ASSERT_FOUND(&x, "rule with handle 3, by way of chain in (hook input, priority -10): may "
			 "drop inbound management");
}

TEST(a_program_may_drop)
{
	struct fixture x = input_chain();
	add_rule(&x, FOREIGN_UNKNOWN, tcp_dport(22), NULL);
	ASSERT_FOUND(&x, "may drop inbound management");
}

static void add_dnat(struct fixture *x, const char *to, uint16_t port, struct foreign_box box)
{
	struct foreign_rule r = {.handle = ++x->handle,
		.end = FOREIGN_ACCEPT,
		.translates = true,
		.to = {.is_known = true, .address = address(to), .port = port},
		.boxes = &box,
		.n_boxes = 1};
	add_chain(x, FOREIGN_PREROUTING, "dnat")->is_nat = true;
	assert_int_equal(foreign_add_rule(&x->foreign, x->chain, &r), 0);
}

TEST(on_the_forward_hook_only_what_dnat_leads_there_is_ours)
{
	struct fixture x = fixture();
	add_chain(&x, FOREIGN_FORWARD, "forward")->drops = true;
	add_rule(&x, FOREIGN_DROP, tcp_dport(80), NULL);
	ASSERT_HARMLESS(&x);
	x = fixture();
	add_chain(&x, FOREIGN_FORWARD, "forward");
	add_rule(&x, FOREIGN_DROP, tcp_dport(3000), NULL);
	add_dnat(&x, "172.17.0.2", 3000, tcp_dport(80));
	ASSERT_FOUND(&x, "(hook forward, priority 0): drops inbound web tcp 80");
}

TEST(what_dnat_leads_away_meets_no_rule_of_input)
{
	struct fixture x = input_chain();
	add_rule(&x, FOREIGN_DROP, tcp_dport(80), NULL);
	add_dnat(&x, "172.17.0.2", 3000, tcp_dport(80));
	ASSERT_HARMLESS(&x);
	x = input_chain();
	add_rule(&x, FOREIGN_DROP, tcp_dport(80), NULL);
	struct foreign_box b = tcp_dport(80);
	b.is_narrower = true;
	add_dnat(&x, "172.17.0.2", 3000, b);
	ASSERT_FOUND(&x, "may drop inbound web tcp 80");
}

/* Addresses.  `web` is for 10.0.0.1 alone, management for 10.0.9.0/24. */

static struct foreign_box from(const char *run, uint16_t port)
{
	struct foreign_box b = port ? tcp_dport(port) : all();
	b.addresses[FOREIGN_SOURCE] = addresses(run);
	return b;
}

TEST(a_drop_of_the_peers_network_is_a_defeat)
{
	struct fixture x = input_chain();
	add_rule(&x, FOREIGN_DROP, from("10.0.9.0/24", 0), NULL);
	ASSERT_DEFEATED(&x, "drops inbound management tcp 22 (etc/rolewall.conf:2), which");
}

TEST(a_drop_of_half_of_it_says_which)
{
	struct fixture x = input_chain();
	add_rule(&x, FOREIGN_DROP, from("10.0.9.128/25", 0), NULL);
	ASSERT_DEFEATED(&x, "management tcp 22 (etc/rolewall.conf:2) from 10.0.9.128/25, which");
}

TEST(a_drop_of_unknown_is_harmless)
{
	struct fixture x = input_chain();
	add_rule(&x, FOREIGN_DROP, from("10.0.0.2", 0), NULL);
	add_rule(&x, FOREIGN_DROP, from("192.168.0.0/16", 22), NULL);
	ASSERT_HARMLESS(&x);
}

TEST(a_ban_of_one_peer_is_a_note_that_says_whom)
{
	struct fixture x = input_chain();
	add_rule(&x, FOREIGN_REJECT, from("10.0.9.7", 0), NULL);
	add_rule(&x, FOREIGN_REJECT, from("10.0.0.1", 80), NULL);
	ASSERT_NOTED(&x,
		"rejects inbound management tcp 22 (etc/rolewall.conf:2) from 10.0.9.7, which",
		"rejects inbound web tcp 80 (etc/rolewall.conf:4), which");
}

/* What a large list has besides is no peer's, but may be somebody's where everybody is a peer. */
TEST(unknown_hosts_in_a_list_are_nobody_unless_everybody_is_a_peer)
{
	struct fixture x = input_chain();
	struct foreign_box b = tcp_dport(80);
	b.of_unknown[FOREIGN_SOURCE] = b.is_narrower = true;
	add_rule(&x, FOREIGN_DROP, b, NULL);
	ASSERT_HARMLESS(&x);
	x = input_chain();
	add_rule(&x, FOREIGN_DROP, b, NULL);
	struct findings found = surveyed(&x,
		"[host]\n[management]\nfrom = none\n[flow web]\nport = 80\nprotocol = tcp\n"
		"source = p\ntarget = this-host\n[peer p]\naddress = any\n");
	assert_int_equal(found.count, 1);
	assert_true(found.first->is_note);
	assert_non_null(strstr(found.first->text, "may drop inbound web tcp 80"));
	findings_done(&found);
}

TEST(it_cares_for_peers_and_for_this_host)
{
	struct link_address ours = {.address = address("10.20.0.1")};
	const struct facts facts = {.addresses = &ours, .n_addresses = 1};
	const struct survey_host host = {.facts = &facts};
	static const char *const cared[] = {"10.0.0.1", "10.0.9.200", "10.20.0.1"};
	struct policy *p = memory_policy(NULL, HOST);
	struct addr other = address("10.0.0.2");
	for (size_t i = 0; i < 3; i++) {
		struct addr a = address(cared[i]);
		assert_true(survey_cares(p, &host, &a));
	}
	assert_false(survey_cares(p, &host, &other));
	policy_free(p);
}

TEST(who_is_accepted_by_address_does_not_meet_the_policy)
{
	struct fixture x = input_chain();
	x.chain->drops = true;
	add_rule(&x, FOREIGN_ACCEPT, in_state(FOREIGN_ESTABLISHED), NULL);
	add_rule(&x, FOREIGN_ACCEPT, from("10.0.0.1", 0), NULL);
	add_rule(&x, FOREIGN_ACCEPT, from("10.0.9.0/25", 22), NULL);
	add_rule(&x, FOREIGN_ACCEPT, from("10.0.9.128/25", 22), NULL);
	ASSERT_HARMLESS(&x);
}

TEST(the_one_that_decides_is_named_whatever_may_drop_before)
{
	struct fixture x = input_chain();
	struct foreign_box limited = tcp_dport(22);
	limited.is_narrower = true;
	x.chain->drops = true;
	add_rule(&x, FOREIGN_DROP, limited, NULL);
	add_rule(&x, FOREIGN_ACCEPT, in_state(FOREIGN_ESTABLISHED), NULL);
	add_rule(&x, FOREIGN_ACCEPT, tcp_dport(80), NULL);
	add_rule(&x, FOREIGN_ACCEPT, tcp_ports(FOREIGN_DPORT, 8000, 8100), NULL);
	struct findings found = surveyed(&x, HOST);
	assert_int_equal(found.count, 2);
	assert_true(findings_have_defeat(&found));
	assert_non_null(strstr(found.first->text, "policy drop (hook input, priority -10): drops "
						  "inbound management tcp 22"));
	findings_done(&found);
}

TEST(what_is_no_address_of_this_host_is_dropped)
{
	struct fixture x = input_chain();
	struct foreign_box local = all();
	local.types[FOREIGN_DESTINATION] = FOREIGN_LOCAL;
	add_rule(&x, FOREIGN_JUMP, all(), "not-local");
	add_chain(&x, FOREIGN_NO_HOOK, "not-local");
	add_rule(&x, FOREIGN_RETURN, local, NULL);
	add_rule(&x, FOREIGN_DROP, all(), NULL);
	ASSERT_HARMLESS(&x);
}

static bool by_eth1(void *context, const struct addr *a, char ret_name[IF_NAMESIZE])
{
	(void)context;
	(void)a;
	memcpy(ret_name, "eth1", 5);
	return true;
}

TEST(interfaces_are_those_of_the_routes)
{
	struct fixture x = input_chain();
	struct foreign_box by = tcp_dport(80);
	memcpy(by.links[FOREIGN_IN].name, "docker0", 8);
	x.host.interface_of = by_eth1;
	add_rule(&x, FOREIGN_DROP, by, NULL);
	ASSERT_HARMLESS(&x);
	x = input_chain();
	x.host.interface_of = by_eth1;
	by.links[FOREIGN_IN].inverted = true;
	add_rule(&x, FOREIGN_DROP, by, NULL);
	ASSERT_DEFEATED(&x, "drops inbound web tcp 80");
}

/* What has no connection yet is "invalid" there. */
TEST(before_the_tracker_every_packet_is_invalid)
{
	struct fixture x = fixture();
	add_chain(&x, FOREIGN_PREROUTING, "raw")->priority = -300;
	add_rule(&x, FOREIGN_DROP, in_state(FOREIGN_INVALID), NULL);
	ASSERT_FOUND(&x,
		"drops inbound management tcp 22 (etc/rolewall.conf:2), web tcp 80 "
		"(etc/rolewall.conf:4), which",
		"drops the answers to outbound names");
}

TEST(a_nat_chain_sees_no_answers)
{
	struct fixture x = fixture();
	add_chain(&x, FOREIGN_PREROUTING, "nat")->is_nat = true;
	add_rule(&x, FOREIGN_DROP, in_state(FOREIGN_ESTABLISHED), NULL);
	ASSERT_HARMLESS(&x);
}

TEST(the_other_family_is_none_of_ours)
{
	struct fixture x = input_chain();
	x.chain->families = FOREIGN_IPV6;
	x.chain->drops = true;
	ASSERT_HARMLESS(&x);
}

TEST(a_bridge_is_a_may)
{
	struct fixture x = input_chain();
	x.chain->is_bridge = true;
	add_rule(&x, FOREIGN_DROP, tcp_dport(22), NULL);
	ASSERT_FOUND(&x, "may drop inbound management");
}

TEST(changes_at_our_place_are_said_and_mere_counters_are_not)
{
	struct fixture x = fixture();
	add_chain(&x, FOREIGN_INPUT, "counts");
	add_chain(&x, FOREIGN_OUTPUT, "earlier")->priority = -1;
	x.chain->changes = true;
	add_chain(&x, FOREIGN_OUTPUT, "marks");
	add_rule(&x, FOREIGN_JUMP, some(), "sub");
	add_chain(&x, FOREIGN_NO_HOOK, "sub")->changes = true;
	ASSERT_FOUND(&x, "chain marks (hook output, priority 0): changes packets");
}

TEST(whatever_may_go_out_is_defeated_by_a_drop_of_everything)
{
	struct fixture x = fixture();
	add_chain(&x, FOREIGN_OUTPUT, "out")->drops = true;
	add_rule(&x, FOREIGN_ACCEPT, tcp_dport(443), NULL);
	struct findings found =
		surveyed(&x, "[host]\noutbound = allow\n[management]\nfrom = none\n");
	assert_int_equal(found.count, 1);
	assert_non_null(strstr(found.first->text,
		"drops outbound outbound = allow tcp (etc/rolewall.conf:1), which"));
	findings_done(&found);
}

/* Those who come by another interface than most are some of everybody. */
TEST(everybody_comes_by_the_default_route)
{
	static const struct {
		const char *link;
		bool inverted, defeats;
	} cases[] = {{"eth1", false, true}, {"docker0", false, false}, {"docker0", true, true}};
	for (size_t i = 0; i < 3; i++) {
		struct fixture x = input_chain();
		struct foreign_box by = tcp_dport(80);
		strcpy(by.links[FOREIGN_IN].name, cases[i].link);
		by.links[FOREIGN_IN].inverted = cases[i].inverted;
		x.host.interface_of = by_eth1;
		add_rule(&x, FOREIGN_DROP, by, NULL);
		struct findings found = surveyed(&x,
			"[host]\n[management]\nfrom = none\n[flow web]\nport = 80\nprotocol = tcp\n"
			"source = p\ntarget = this-host\n[peer p]\naddress = any\n");
		assert_int_equal(found.count, 1);
		assert_int_equal(findings_have_defeat(&found), cases[i].defeats);
		findings_done(&found);
	}
}

TEST(what_was_not_looked_at_is_said)
{
	struct fixture x = fixture();
	assert_int_equal(foreign_add_gap(&x.foreign, "table ip nat: too much"), 0);
	ASSERT_FOUND(&x, "table ip nat: too much; ");
}

TEST(findings_are_not_without_end)
{
	struct fixture x = input_chain();
	for (int i = 0; i < 200; i++) {
		struct foreign_box b = tcp_dport(80);
		b.is_narrower = true;
		add_rule(&x, FOREIGN_DROP, b, NULL);
	}
	struct findings found = surveyed(&x, HOST);
	assert_int_equal(found.count, 51);
	assert_non_null(strstr(found.last->text, "more rules of others"));
	findings_done(&found);
}

/* Jumps that fan out are walked only so far, and it is said. */
TEST(endless_jumps_come_to_an_end)
{
	static const char *const names[] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"};
	struct fixture x = input_chain();
	for (size_t i = 0; i < 9; i++) {
		for (int k = 0; k < 10; k++)
			add_rule(&x, FOREIGN_JUMP, all(), names[i]);
		add_chain(&x, FOREIGN_NO_HOOK, names[i]);
	}
	add_rule(&x, FOREIGN_DROP, tcp_dport(9999), NULL);
	ASSERT_FOUND(&x, "too large to be read");
}

struct pair {
	const struct foreign *foreign;
	const struct policy *policy;
};

static int survey_and_free(void *context)
{
	const struct pair *pair = context;
	struct findings found;
	int r = survey(pair->foreign, pair->policy, &(struct survey_host){0}, &found);
	if (r == 0)
		findings_done(&found);
	return r;
}

TEST(memory_may_run_out_anywhere)
{
	struct fixture x = input_chain();
	struct policy *p = memory_policy(NULL, HOST);
	struct pair pair = {&x.foreign, p};
	x.chain->drops = x.chain->changes = true;
	x.chain->priority = 0;
	add_rule(&x, FOREIGN_DROP, tcp_dport(8050), NULL);
	assert_int_equal(foreign_add_gap(&x.foreign, "something"), 0);
	assert_survives_each_failure(survey_and_free, &pair);
	policy_free(p);
	foreign_done(&x.foreign);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_of_others_defeats_nothing),
		cmocka_unit_test(a_drop_of_an_allowed_port_defeats_its_flow),
		cmocka_unit_test(a_drop_of_another_port_is_harmless),
		cmocka_unit_test(a_port_in_the_middle_of_a_range_is_seen),
		cmocka_unit_test(a_policy_of_drop_defeats_what_is_not_accepted_before),
		cmocka_unit_test(a_firewall_that_accepts_the_same_is_harmless),
		cmocka_unit_test(answers_to_what_goes_out_are_missed),
		cmocka_unit_test(a_drop_of_live_connections_is_seen),
		cmocka_unit_test(output_is_the_other_way_round),
		cmocka_unit_test(a_part_of_the_ports_that_are_dialled_from_is_harmless),
		cmocka_unit_test(what_is_not_understood_makes_it_may),
		cmocka_unit_test(a_block_list_that_asks_for_no_port_is_not_cried_over),
		cmocka_unit_test(a_block_list_behind_our_port_is_said),
		cmocka_unit_test(a_goto_does_not_come_back),
		cmocka_unit_test(some_who_return_make_the_rest_may),
		cmocka_unit_test(a_program_may_drop),
		cmocka_unit_test(on_the_forward_hook_only_what_dnat_leads_there_is_ours),
		cmocka_unit_test(what_dnat_leads_away_meets_no_rule_of_input),
		cmocka_unit_test(a_drop_of_the_peers_network_is_a_defeat),
		cmocka_unit_test(a_drop_of_half_of_it_says_which),
		cmocka_unit_test(a_drop_of_unknown_is_harmless),
		cmocka_unit_test(a_ban_of_one_peer_is_a_note_that_says_whom),
		cmocka_unit_test(unknown_hosts_in_a_list_are_nobody_unless_everybody_is_a_peer),
		cmocka_unit_test(it_cares_for_peers_and_for_this_host),
		cmocka_unit_test(who_is_accepted_by_address_does_not_meet_the_policy),
		cmocka_unit_test(the_one_that_decides_is_named_whatever_may_drop_before),
		cmocka_unit_test(what_is_no_address_of_this_host_is_dropped),
		cmocka_unit_test(interfaces_are_those_of_the_routes),
		cmocka_unit_test(before_the_tracker_every_packet_is_invalid),
		cmocka_unit_test(a_nat_chain_sees_no_answers),
		cmocka_unit_test(the_other_family_is_none_of_ours),
		cmocka_unit_test(a_bridge_is_a_may),
		cmocka_unit_test(changes_at_our_place_are_said_and_mere_counters_are_not),
		cmocka_unit_test(whatever_may_go_out_is_defeated_by_a_drop_of_everything),
		cmocka_unit_test(everybody_comes_by_the_default_route),
		cmocka_unit_test(what_was_not_looked_at_is_said),
		cmocka_unit_test(findings_are_not_without_end),
		cmocka_unit_test(endless_jumps_come_to_an_end),
		cmocka_unit_test(memory_may_run_out_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
