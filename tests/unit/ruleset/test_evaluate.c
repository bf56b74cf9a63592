/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made-up packets through a compiled policy, and through small rulesets for what no policy
 * makes: each way a packet can end. */
#include "ruleset/evaluate.h"

#include <netinet/in.h>

#include "ruleset/build.h"
#include "ruleset/memory_policy.h"
#include "ruleset/sound.h"

static const char host[] = "[host]\n"
			   "[management]\n" /* line 2 */
			   "from = 10.0.9.0/24, 2001:db8:9::1\n"
			   "port = 22 2200-2210\n"
			   "[flow web]\n" /* line 5 */
			   "port = 443 8000-8100\n"
			   "protocol = tcp\n"
			   "source = client\n"
			   "target = this-host\n"
			   "[flow dns]\n" /* line 10 */
			   "port = 53\n"
			   "protocol = udp\n"
			   "source = this-host\n"
			   "target = server\n"
			   "[flow esp]\n" /* line 15 */
			   "protocol = 50\n"
			   "source = client\n"
			   "target = this-host\n"
			   "initiator = either\n"
			   "[peer client]\n" /* line 20 */
			   "address = 10.1.0.5, 10.1.0.20-10.1.0.30, 2001:db8:1::5, "
			   "2001:db8:2::/48\n"
			   "[peer server]\n"
			   "address = 10.2.0.53\n";

struct fixture {
	struct policy *policy;
	struct ruleset *ruleset;
};

static int setup(void **state)
{
	static struct fixture f;
	f.policy = memory_policy(NULL, host);
	f.ruleset = compiled(f.policy, 1);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	ruleset_free(f->ruleset);
	policy_free(f->policy);
	return 0;
}

static struct addr address(const char *s)
{
	struct addr a;
	assert_int_equal(addr_parse(s, strlen(s), &a), 0);
	return a;
}

static struct packet packet(enum hook hook, uint8_t protocol, const char *source,
	uint16_t source_port, const char *destination, uint16_t destination_port)
{
	return (struct packet){
		.hook = hook,
		.protocol = protocol,
		.source = address(source),
		.source_port = source_port,
		.destination = address(destination),
		.destination_port = destination_port,
	};
}

static struct packet tcp_in(const char *source, uint16_t port)
{
	bool v6 = strchr(source, ':') != NULL;
	return packet(HOOK_INPUT, IPPROTO_TCP, source, 40000, v6 ? "2001:db8::1" : "10.0.0.1",
		port);
}

static struct packet udp_out(const char *destination, uint16_t port)
{
	bool v6 = strchr(destination, ':') != NULL;
	return packet(HOOK_OUTPUT, IPPROTO_UDP, v6 ? "2001:db8::1" : "10.0.0.1", 40000, destination,
		port);
}

static void assert_ends(void **state, struct packet p, enum ending ending, const char *comment)
{
	const struct fixture *f = *state;
	struct outcome o = evaluate(f->ruleset, &p);
	assert_int_equal(o.ending, ending);
	assert_non_null(o.rule);
	assert_string_equal(o.rule->comment, comment);
}

static const char web[] = "etc/rolewall.conf:5";
static const char dns[] = "etc/rolewall.conf:10";
static const char esp[] = "etc/rolewall.conf:15";
static const char management[] = "etc/rolewall.conf:2";
static const char silence[] = "built-in: an unknown host gets no answer";
static const char reset[] = "built-in: refused with a reset";
static const char icmp_error[] = "built-in: refused with an ICMP error";

static void a_peer_is_let_in_to_the_ports_of_its_flow(void **state)
{
	assert_ends(state, tcp_in("10.1.0.5", 443), ENDING_ACCEPT, web);
	assert_ends(state, tcp_in("10.1.0.5", 8000), ENDING_ACCEPT, web);
	assert_ends(state, tcp_in("10.1.0.5", 8100), ENDING_ACCEPT, web);
	assert_ends(state, tcp_in("10.1.0.20", 443), ENDING_ACCEPT, web);
	assert_ends(state, tcp_in("10.1.0.30", 443), ENDING_ACCEPT, web);
	assert_ends(state, tcp_in("2001:db8:1::5", 443), ENDING_ACCEPT, web);
	assert_ends(state, tcp_in("2001:db8:2:ffff::1", 443), ENDING_ACCEPT, web);
}

static void the_rule_that_decides_names_its_flow(void **state)
{
	const struct fixture *f = *state;
	struct packet p = tcp_in("10.1.0.5", 443);
	struct outcome o = evaluate(f->ruleset, &p);
	assert_string_equal(o.rule->flow, "web");
}

static void one_port_beside_the_range_is_refused(void **state)
{
	assert_ends(state, tcp_in("10.1.0.5", 7999), ENDING_REJECT, reset);
	assert_ends(state, tcp_in("10.1.0.5", 8101), ENDING_REJECT, reset);
	assert_ends(state, tcp_in("10.1.0.5", 442), ENDING_REJECT, reset);
}

static void an_unknown_host_is_dropped_in_silence(void **state)
{
	assert_ends(state, tcp_in("10.1.0.4", 443), ENDING_DROP, silence);
	assert_ends(state, tcp_in("10.1.0.19", 443), ENDING_DROP, silence);
	assert_ends(state, tcp_in("10.1.0.31", 443), ENDING_DROP, silence);
	assert_ends(state, tcp_in("2001:db8:3::1", 443), ENDING_DROP, silence);
}

static void the_right_port_of_another_protocol_is_refused(void **state)
{
	struct packet p = packet(HOOK_INPUT, IPPROTO_UDP, "10.1.0.5", 40000, "10.0.0.1", 443);
	assert_ends(state, p, ENDING_REJECT, icmp_error);
	p.protocol = IPPROTO_SCTP;
	assert_ends(state, p, ENDING_REJECT, icmp_error);
}

static void a_peer_of_an_outbound_flow_may_not_come_in(void **state)
{
	struct packet p = packet(HOOK_INPUT, IPPROTO_UDP, "10.2.0.53", 40000, "10.0.0.1", 53);
	assert_ends(state, p, ENDING_REJECT, icmp_error);
}

static void a_flow_of_ours_may_leave_to_its_peer_only(void **state)
{
	assert_ends(state, udp_out("10.2.0.53", 53), ENDING_ACCEPT, dns);
	assert_ends(state, udp_out("10.2.0.54", 53), ENDING_REJECT, icmp_error);
	assert_ends(state, udp_out("10.2.0.53", 54), ENDING_REJECT, icmp_error);
	assert_ends(state, udp_out("2001:db8::53", 53), ENDING_REJECT, icmp_error);
}

static void an_inbound_flow_may_not_be_opened_from_here(void **state)
{
	struct packet p = packet(HOOK_OUTPUT, IPPROTO_TCP, "10.0.0.1", 40000, "10.1.0.5", 443);
	assert_ends(state, p, ENDING_REJECT, reset);
}

static void a_protocol_without_ports_goes_by_its_peer(void **state)
{
	struct packet p = packet(HOOK_INPUT, 50, "10.1.0.5", 0, "10.0.0.1", 0);
	assert_ends(state, p, ENDING_ACCEPT, esp);
	p.source = address("10.1.0.6");
	assert_ends(state, p, ENDING_DROP, silence);
	p = packet(HOOK_OUTPUT, 50, "10.0.0.1", 0, "10.1.0.5", 0);
	assert_ends(state, p, ENDING_ACCEPT, esp);
	p.protocol = 51;
	assert_ends(state, p, ENDING_REJECT, icmp_error);
}

static void loopback_is_free_both_ways(void **state)
{
	struct packet p = tcp_in("10.1.0.4", 1);
	p.loopback = true;
	assert_ends(state, p, ENDING_ACCEPT, "built-in: loopback");
	p = udp_out("10.2.0.99", 9);
	p.loopback = true;
	assert_ends(state, p, ENDING_ACCEPT, "built-in: loopback");
}

static void echo_is_answered_whoever_asks(void **state)
{
	struct packet p = packet(HOOK_INPUT, IPPROTO_ICMP, "192.0.2.1", 0, "10.0.0.1", 0);
	p.icmp_type = 8;
	assert_ends(state, p, ENDING_ACCEPT,
		"built-in: echo from everybody else, up to 50 a second");
	p = packet(HOOK_INPUT, IPPROTO_ICMPV6, "2001:db8:3::1", 0, "2001:db8::1", 0);
	p.icmp_type = 128;
	assert_ends(state, p, ENDING_ACCEPT,
		"built-in: echo from everybody else, up to 50 a second");
	p.hook = HOOK_OUTPUT;
	assert_ends(state, p, ENDING_ACCEPT, "built-in: echo from this host, not limited");
}

static void icmp_errors_pass_and_redirects_do_not(void **state)
{
	struct packet p = packet(HOOK_INPUT, IPPROTO_ICMP, "192.0.2.1", 0, "10.0.0.1", 0);
	p.icmp_type = 3;
	assert_ends(state, p, ENDING_ACCEPT, "built-in: ICMP that IP needs");
	p.icmp_type = 5;
	assert_ends(state, p, ENDING_DROP, silence);
	p.icmp_type = 13;
	assert_ends(state, p, ENDING_DROP, silence);
}

static void icmp_of_one_family_is_nothing_in_the_other(void **state)
{
	struct packet p = packet(HOOK_INPUT, IPPROTO_ICMPV6, "192.0.2.1", 0, "10.0.0.1", 0);
	p.icmp_type = 128;
	assert_ends(state, p, ENDING_DROP, silence);
	p = packet(HOOK_INPUT, IPPROTO_ICMP, "2001:db8:3::1", 0, "2001:db8::1", 0);
	p.icmp_type = 8;
	assert_ends(state, p, ENDING_DROP, silence);
}

/* A made-up packet comes from afar: its hop limit is not that of neighbours. */
static void neighbour_discovery_from_afar_is_dropped(void **state)
{
	struct packet p = packet(HOOK_INPUT, IPPROTO_ICMPV6, "2001:db8:3::1", 0, "2001:db8::1", 0);
	p.icmp_type = 135;
	assert_ends(state, p, ENDING_DROP, silence);
	p.icmp_type = 130;
	assert_ends(state, p, ENDING_DROP, silence);
}

static void a_dhcp_client_is_served(void **state)
{
	struct packet p = packet(HOOK_INPUT, IPPROTO_UDP, "192.0.2.1", 67, "255.255.255.255", 68);
	assert_ends(state, p, ENDING_ACCEPT, "built-in: DHCP client");
	p.source_port = 66;
	assert_ends(state, p, ENDING_DROP, silence);
	p = packet(HOOK_OUTPUT, IPPROTO_UDP, "0.0.0.0", 68, "255.255.255.255", 67);
	assert_ends(state, p, ENDING_ACCEPT, "built-in: DHCP client");
	p = packet(HOOK_INPUT, IPPROTO_UDP, "192.0.2.1", 68, "10.0.0.1", 67);
	assert_ends(state, p, ENDING_DROP, silence);
}

static void a_dhcpv6_client_is_served_on_the_link_only(void **state)
{
	struct packet p = packet(HOOK_INPUT, IPPROTO_UDP, "fe80::1", 547, "fe80::2", 546);
	assert_ends(state, p, ENDING_ACCEPT, "built-in: DHCPv6 client");
	p.source = address("febf::1");
	assert_ends(state, p, ENDING_ACCEPT, "built-in: DHCPv6 client");
	p.source = address("fec0::1");
	assert_ends(state, p, ENDING_DROP, silence);
	p = packet(HOOK_OUTPUT, IPPROTO_UDP, "fe80::2", 546, "ff02::1:2", 547);
	assert_ends(state, p, ENDING_ACCEPT, "built-in: DHCPv6 client");
}

static void management_may_always_come_in(void **state)
{
	assert_ends(state, tcp_in("10.0.9.77", 22), ENDING_ACCEPT, management);
	assert_ends(state, tcp_in("10.0.9.77", 2210), ENDING_ACCEPT, management);
	assert_ends(state, tcp_in("2001:db8:9::1", 22), ENDING_ACCEPT, management);
}

static void management_opens_its_own_ports_to_itself_only(void **state)
{
	assert_ends(state, tcp_in("10.0.9.77", 23), ENDING_REJECT, reset);
	assert_ends(state, tcp_in("10.0.10.1", 22), ENDING_DROP, silence);
	assert_ends(state, tcp_in("10.1.0.5", 22), ENDING_REJECT, reset);
}

static void from_the_port_of_management_nobody_may_dial_out(void **state)
{
	struct packet p = packet(HOOK_OUTPUT, IPPROTO_TCP, "10.0.0.1", 2200, "10.0.9.77", 4444);
	assert_ends(state, p, ENDING_REJECT, reset);
}

TEST(outbound_allow_lets_an_unknown_host_be_dialled)
{
	struct policy *p = memory_policy(NULL, "[host]\noutbound = allow\n");
	struct ruleset *r = compiled(p, 1);
	struct packet out = udp_out("192.0.2.1", 9), in = tcp_in("192.0.2.1", 22);
	struct outcome o = evaluate(r, &out);
	assert_int_equal(o.ending, ENDING_ACCEPT);
	assert_string_equal(o.rule->comment, "etc/rolewall.conf:1");
	o = evaluate(r, &in);
	assert_int_equal(o.ending, ENDING_DROP);
	ruleset_free(r);
	policy_free(p);
}

/* A shared port goes on to the next flow if the first has another peer. */
TEST(a_shared_port_tries_all_its_flows)
{
	struct policy *p = memory_policy(NULL, "[host]\n"
					       "[flow a]\nport = 80\nprotocol = tcp\nsource = x\n"
					       "target = this-host\n"
					       "[flow b]\nport = 80\nprotocol = tcp\nsource = y\n"
					       "target = this-host\n"
					       "[peer x]\naddress = 10.0.0.2\n"
					       "[peer y]\naddress = 10.0.0.3\n");
	struct ruleset *r = compiled(p, 1);
	struct packet x = tcp_in("10.0.0.2", 80), y = tcp_in("10.0.0.3", 80),
		      z = tcp_in("10.0.0.4", 80);
	assert_string_equal(evaluate(r, &x).rule->flow, "a");
	assert_string_equal(evaluate(r, &y).rule->flow, "b");
	assert_int_equal(evaluate(r, &z).ending, ENDING_DROP);
	ruleset_free(r);
	policy_free(p);
}

/* Chains by hand. */

static const struct place built_in = {0};

static struct outcome walk(struct build *b)
{
	static struct ruleset *kept;
	struct packet p = tcp_in("10.0.0.2", 80);
	ruleset_free(kept);
	assert_int_equal(build_finish(b, &kept), 0);
	return evaluate(kept, &p);
}

TEST(a_base_chain_that_decides_nothing_drops_by_its_policy)
{
	struct build b;
	build_start(&b, 1, 0xffff0000);
	chain(&b, built_in, "input", HOOK_INPUT);
	struct outcome o = walk(&b);
	assert_int_equal(o.ending, ENDING_DROP);
	assert_null(o.rule);
}

TEST(a_jump_comes_back_and_a_goto_does_not)
{
	struct build b;
	build_start(&b, 1, 0xffff0000);
	chain(&b, built_in, "empty", HOOK_NONE);
	chain(&b, built_in, "input", HOOK_INPUT);
	rule(&b, built_in, "jump");
	jump_to(&b, "empty");
	rule(&b, built_in, "behind the jump");
	accept_packet(&b);
	assert_string_equal(walk(&b).rule->comment, "built-in: behind the jump");

	build_start(&b, 1, 0xffff0000);
	chain(&b, built_in, "empty", HOOK_NONE);
	chain(&b, built_in, "input", HOOK_INPUT);
	rule(&b, built_in, "goto");
	goto_chain(&b, "empty");
	rule(&b, built_in, "behind the goto");
	accept_packet(&b);
	struct outcome o = walk(&b);
	assert_int_equal(o.ending, ENDING_DROP);
	assert_null(o.rule);
}

/* What was jumped to and has gone elsewhere comes back behind the jump. */
TEST(a_goto_inside_a_jump_comes_back_behind_the_jump)
{
	struct build b;
	build_start(&b, 1, 0xffff0000);
	chain(&b, built_in, "empty", HOOK_NONE);
	chain(&b, built_in, "middle", HOOK_NONE);
	rule(&b, built_in, "goto");
	goto_chain(&b, "empty");
	rule(&b, built_in, "behind the goto");
	drop_packet(&b);
	chain(&b, built_in, "input", HOOK_INPUT);
	rule(&b, built_in, "jump");
	jump_to(&b, "middle");
	rule(&b, built_in, "behind the jump");
	accept_packet(&b);
	struct outcome o = walk(&b);
	assert_int_equal(o.ending, ENDING_ACCEPT);
	assert_string_equal(o.rule->comment, "built-in: behind the jump");
}

TEST(limits_and_counts_are_taken_to_be_below_their_mark)
{
	struct build b;
	build_start(&b, 1, 0xffff0000);
	dynamic_set(&b, built_in, "s", TYPE_INET_PROTO, 1, 0);
	chain(&b, built_in, "input", HOOK_INPUT);
	rule(&b, built_in, "too many packets");
	limit_over(&b, 1, 1);
	drop_packet(&b);
	rule(&b, built_in, "too many sessions");
	count_over(&b, FIELD_L4PROTO, "s", 1);
	drop_packet(&b);
	rule(&b, built_in, "few enough");
	limit(&b, 1, 1);
	accept_packet(&b);
	assert_string_equal(walk(&b).rule->comment, "built-in: few enough");
}

TEST(a_copy_decides_nothing_and_a_queue_ends_the_way)
{
	struct build b;
	build_start(&b, 1, 0xffff0000);
	chain(&b, built_in, "input", HOOK_INPUT);
	rule(&b, built_in, "copied");
	copy_packet(&b, 7, 512);
	rule(&b, built_in, "held");
	queue_packet(&b, 5);
	rule(&b, built_in, "behind");
	accept_packet(&b);
	struct outcome o = walk(&b);
	assert_int_equal(o.ending, ENDING_QUEUE);
	assert_string_equal(o.rule->comment, "built-in: held");
}

/* What is allowed to a user only is not said to be allowed. */
TEST(a_packet_is_of_none_of_the_users_that_rules_name)
{
	struct build b;
	build_start(&b, 1, 0xffff0000);
	chain(&b, built_in, "input", HOOK_INPUT);
	rule(&b, built_in, "of a user");
	match(&b, FIELD_SKUID, 0);
	accept_packet(&b);
	assert_int_equal(walk(&b).ending, ENDING_DROP);
}

TEST(a_map_element_decides_by_its_own_verdict)
{
	static const struct element elements[] = {
		{6, 6, VERDICT_ACCEPT, NULL}, {17, 17, VERDICT_DROP, NULL}};
	struct build b;
	build_start(&b, 1, 0xffff0000);
	number_set(&b, built_in, "m", TYPE_INET_PROTO, true, elements, 2);
	chain(&b, built_in, "input", HOOK_INPUT);
	rule(&b, built_in, "map");
	dispatch(&b, FIELD_L4PROTO, numbers(&b, "m"));
	rule(&b, built_in, "behind");
	drop_packet(&b);
	struct outcome o = walk(&b);
	assert_int_equal(o.ending, ENDING_ACCEPT);
	assert_string_equal(o.rule->comment, "built-in: map");
}

static void a_live_connection_goes_on_by_its_mark(void **state)
{
	struct packet p = tcp_in("192.0.2.1", 443);
	assert_ends(state, p, ENDING_DROP, silence);
	p.mark = 1 << 16 | 0x1234;
	assert_ends(state, p, ENDING_DROP, silence); /* a new one has none that counts */
	p.is_live = true;
	assert_ends(state, p, ENDING_ACCEPT, "built-in: live connection of this generation");
	p.mark = 2 << 16;
	assert_ends(state, p, ENDING_DROP, silence);
}

/* To the tracker a redirect is as related to the connection that it quotes as an error is. */
static void what_is_related_to_a_live_connection_is_judged_by_its_type(void **state)
{
	static const struct {
		enum hook hook;
		uint8_t protocol, type;
		bool passes;
	} related[] = {
		{HOOK_INPUT, IPPROTO_ICMP, 3, true},
		{HOOK_INPUT, IPPROTO_ICMP, 4, false}, /* source quench */
		{HOOK_INPUT, IPPROTO_ICMP, 5, false}, /* redirect */
		{HOOK_INPUT, IPPROTO_ICMP, 11, true},
		{HOOK_INPUT, IPPROTO_ICMP, 12, true},
		{HOOK_INPUT, IPPROTO_ICMPV6, 1, true},
		{HOOK_INPUT, IPPROTO_ICMPV6, 2, true},
		{HOOK_INPUT, IPPROTO_ICMPV6, 3, true},
		{HOOK_INPUT, IPPROTO_ICMPV6, 4, true},
		{HOOK_INPUT, IPPROTO_ICMPV6, 100, false}, /* of no known meaning */
		{HOOK_INPUT, IPPROTO_ICMPV6, 137, false}, /* redirect */
		{HOOK_INPUT, IPPROTO_UDP, 0, true},       /* as a helper expects it */
		{HOOK_OUTPUT, IPPROTO_ICMP, 5, false},
		{HOOK_OUTPUT, IPPROTO_ICMPV6, 137, false},
		{HOOK_OUTPUT, IPPROTO_TCP, 0, true},
		{HOOK_FORWARD, IPPROTO_ICMP, 3, true}, /* quotes a connection behind DNAT */
		{HOOK_FORWARD, IPPROTO_ICMP, 5, false},
		{HOOK_FORWARD, IPPROTO_ICMPV6, 2, true},
		{HOOK_FORWARD, IPPROTO_ICMPV6, 137, false},
		{HOOK_FORWARD, IPPROTO_TCP, 0, true},
	};
	const struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(related) / sizeof(related[0]); i++) {
		bool v6 = related[i].protocol == IPPROTO_ICMPV6;
		struct packet p = packet(related[i].hook, related[i].protocol,
			v6 ? "2001:db8:3::1" : "192.0.2.1", 9, v6 ? "2001:db8::1" : "10.0.0.1", 9);
		p.icmp_type = related[i].type;
		p.is_related = true;
		p.is_dnated = related[i].hook == HOOK_FORWARD;
		p.mark = 1 << 16;
		if ((evaluate(f->ruleset, &p).ending == ENDING_ACCEPT) != related[i].passes)
			fail_msg("hook %d, protocol %u, type %u", related[i].hook,
				related[i].protocol, related[i].type);
		p.mark = 2 << 16; /* an error about it passes by its type alone but in forward */
		if (related[i].protocol == IPPROTO_UDP || related[i].protocol == IPPROTO_TCP)
			assert_int_not_equal(evaluate(f->ruleset, &p).ending, ENDING_ACCEPT);
	}
}

static void what_was_dnated_is_judged_by_what_was_dialled(void **state)
{
	struct packet p = tcp_in("10.1.0.5", 8443);
	p.is_dnated = true;
	p.dialled = address("10.0.0.1");
	p.dialled_port = 443;
	assert_ends(state, p, ENDING_ACCEPT, web);
	p.hook = HOOK_FORWARD;
	p.destination = address("172.17.0.2");
	assert_ends(state, p, ENDING_ACCEPT, web);
	p.destination_port = 443;
	p.dialled_port = 444;
	assert_ends(state, p, ENDING_REJECT, reset);
	p.is_dnated = false;
	assert_ends(state, p, ENDING_ACCEPT, "built-in: not to or from this host");
}

/* As a tracker that starts late sees it: opened by us, from the port of management. */
static void live_management_met_from_our_side_goes_on(void **state)
{
	struct packet p = packet(HOOK_OUTPUT, IPPROTO_TCP, "10.0.0.1", 22, "10.0.9.5", 50000);
	p.is_live = true;
	assert_ends(state, p, ENDING_ACCEPT, management);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_peer_is_let_in_to_the_ports_of_its_flow),
		test(the_rule_that_decides_names_its_flow),
		test(one_port_beside_the_range_is_refused),
		test(an_unknown_host_is_dropped_in_silence),
		test(the_right_port_of_another_protocol_is_refused),
		test(a_peer_of_an_outbound_flow_may_not_come_in),
		test(a_flow_of_ours_may_leave_to_its_peer_only),
		test(an_inbound_flow_may_not_be_opened_from_here),
		test(a_protocol_without_ports_goes_by_its_peer),
		test(loopback_is_free_both_ways),
		test(echo_is_answered_whoever_asks),
		test(icmp_errors_pass_and_redirects_do_not),
		test(icmp_of_one_family_is_nothing_in_the_other),
		test(neighbour_discovery_from_afar_is_dropped),
		test(a_dhcp_client_is_served),
		test(a_dhcpv6_client_is_served_on_the_link_only),
		test(management_may_always_come_in),
		test(management_opens_its_own_ports_to_itself_only),
		test(from_the_port_of_management_nobody_may_dial_out),
		test(a_live_connection_goes_on_by_its_mark),
		test(what_is_related_to_a_live_connection_is_judged_by_its_type),
		test(what_was_dnated_is_judged_by_what_was_dialled),
		test(live_management_met_from_our_side_goes_on),
		cmocka_unit_test(outbound_allow_lets_an_unknown_host_be_dialled),
		cmocka_unit_test(a_shared_port_tries_all_its_flows),
		cmocka_unit_test(a_base_chain_that_decides_nothing_drops_by_its_policy),
		cmocka_unit_test(a_jump_comes_back_and_a_goto_does_not),
		cmocka_unit_test(a_goto_inside_a_jump_comes_back_behind_the_jump),
		cmocka_unit_test(limits_and_counts_are_taken_to_be_below_their_mark),
		cmocka_unit_test(a_copy_decides_nothing_and_a_queue_ends_the_way),
		cmocka_unit_test(a_packet_is_of_none_of_the_users_that_rules_name),
		cmocka_unit_test(a_map_element_decides_by_its_own_verdict),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
