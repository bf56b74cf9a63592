/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that the tracker has the wrong way round: who may have opened them. */
#include "compile/reversed.h"

#include <netinet/in.h>

#include "ruleset/chain_text.h"
#include "ruleset/evaluate.h"
#include "ruleset/memory_policy.h"
#include "ruleset/sound.h"

#define PEERS "[peer client]\naddress = 10.1.0.5\n[peer server]\naddress = 10.2.0.53\n"
#define WEB   "[flow web]\nport = 443\nprotocol = tcp udp\nsource = client\ntarget = this-host\n"
#define LDAP  "[flow ldap]\nport = 389\nprotocol = tcp\nsource = this-host\ntarget = server\n"
#define HOST  "[host]\n" WEB LDAP PEERS
#define OPEN \
	"[host]\noutbound = allow\n[management]\nfrom = 10.0.9.5\nport = 22, 40000\n" WEB LDAP PEERS

static const char us[] = "10.0.0.1", client[] = "10.1.0.5", server[] = "10.2.0.53",
		  unknown[] = "192.0.2.1";

static struct addr address(const char *s)
{
	struct addr a;
	assert_int_equal(addr_parse(s, strlen(s), &a), 0);
	return a;
}

/* A later packet of a connection, in the direction in which it is tracked. */
static struct packet tracked(const char *from, uint16_t from_port, const char *to, uint16_t to_port)
{
	return (struct packet){
		.hook = strcmp(from, us) == 0 ? HOOK_OUTPUT : HOOK_INPUT,
		.protocol = IPPROTO_TCP,
		.source = address(from),
		.source_port = from_port,
		.destination = address(to),
		.destination_port = to_port,
		.is_live = true,
	};
}

static bool lets(const char *host, struct packet p)
{
	struct policy *policy = memory_policy(NULL, host);
	struct ruleset *r = compiled(policy, 1);
	assert_sound(r, 1);
	bool accepted = evaluate(r, &p).ending == ENDING_ACCEPT;
	ruleset_free(r);
	policy_free(policy);
	return accepted;
}

TEST(the_servers_answer_may_have_been_seen_first)
{
	assert_true(lets(HOST, tracked(us, 443, client, 50000)));
	assert_true(lets(HOST, tracked(server, 389, us, 50000)));
	assert_false(lets(HOST, tracked(us, 443, unknown, 50000)));
	assert_false(lets(HOST, tracked(us, 444, client, 50000)));
	assert_false(lets(HOST, tracked(unknown, 389, us, 50000)));
	assert_false(lets(HOST, tracked(server, 390, us, 50000)));
	/* nor a peer of one side on the other */
	assert_false(lets(HOST, tracked(us, 443, server, 50000)));
	assert_false(lets(HOST, tracked(client, 389, us, 50000)));
}

TEST(what_opens_a_connection_is_as_it_is_tracked)
{
	struct packet p = tracked(server, 389, us, 50000);
	p.is_live = false; /* a SYN */
	assert_false(lets(HOST, p));
	p = tracked(us, 443, client, 50000);
	p.is_live = false;
	assert_false(lets(HOST, p));
}

TEST(udp_is_as_it_is_tracked)
{
	struct packet p = tracked(us, 443, client, 50000);
	p.protocol = IPPROTO_UDP;
	assert_false(lets(HOST, p));
}

/* It was allowed as it is tracked, and is not any more. */
TEST(what_has_a_mark_of_an_older_generation_is_as_it_is_tracked)
{
	struct packet p = tracked(us, 443, client, 50000);
	p.mark = 7 << 16;
	assert_false(lets(HOST, p));
	p.mark = 0x00001234; /* somebody else's */
	assert_true(lets(HOST, p));
}

TEST(interfaces_hold_in_both_directions)
{
	static const char held[] = "[host]\ninterface = eth0\n" WEB LDAP PEERS;
	struct packet p = tracked(us, 443, client, 50000);
	p.interface = "eth0";
	assert_true(lets(held, p));
	p.interface = "eth1";
	assert_false(lets(held, p));
	p = tracked(server, 389, us, 50000);
	p.interface = "eth1"; /* those are for what comes in */
	assert_true(lets(held, p));
}

TEST(a_port_of_several_flows_tries_them_all)
{
	static const char host[] = HOST "[flow more]\nport = 443\nprotocol = tcp\nsource = server\n"
					"target = this-host\n";
	struct policy *p = memory_policy(NULL, host);
	struct ruleset *r = compiled(p, 1);
	assert_chain(r, "shared-reversed-in-tcp-443",
		"jump reversed-in-web\njump reversed-in-more\n");
	assert_chain(r, "reversed-in-more",
		"ct original ip daddr @peer-server-hosts4 counter name \"in-more\" accept\n");
	assert_chain(r, "reversed-inbound-tcp",
		"meta l4proto tcp ct original proto-src vmap @reversed-inbound-tcp-ports\n");
	ruleset_free(r);
	policy_free(p);
	assert_true(lets(host, tracked(us, 443, server, 50000)));
}

TEST(with_outbound_allow_ours_come_from_a_local_port_that_nobody_calls)
{
	assert_true(lets(OPEN, tracked(us, 50000, unknown, 80)));
	assert_true(lets(OPEN, tracked(unknown, 80, us, 50000)));
	for (size_t i = 0; i < 6; i++) {
		/* below and above the range; of a flow; of management */
		static const uint16_t ports[] = {32767, 61000, 443, 22, 40000, 1};
		assert_false(lets(OPEN, tracked(us, ports[i], unknown, 80)));
		assert_false(lets(OPEN, tracked(unknown, 80, us, ports[i])));
	}
}

TEST(with_outbound_allow_ours_have_a_mark_or_begin_with_a_syn)
{
	struct packet p = tracked(us, 700, unknown, 2049);
	assert_false(lets(OPEN, p));
	p.mark = 7 << 16;
	assert_true(lets(OPEN, p));
	p = tracked(us, 700, unknown, 2049);
	p.is_live = false;
	assert_true(lets(OPEN, p));
	p = tracked(us, 123, unknown, 123);
	p.protocol = IPPROTO_UDP;
	assert_true(lets(OPEN, p));
}

static void assert_local_ports(const char *flow_ports, const char *wanted)
{
	struct text host = {0};
	text_printf(&host,
		"[host]\noutbound = allow\n[peer client]\naddress = 10.1.0.5\n[flow f]\nport = "
		"%s\nprotocol = tcp\n"
		"source = client\ntarget = this-host\n",
		flow_ports);
	char *text = finished(&host);
	struct policy *p = memory_policy(NULL, text);
	free(text);
	p->host.local_ports = (struct port_range){100, 200};
	struct ruleset *r = compiled(p, 1);
	if (wanted)
		assert_elements(r, "local-ports", wanted);
	else
		assert_null(ruleset_numbers(r, "local-ports"));
	assert_sound(r, 1);
	ruleset_free(r);
	policy_free(p);
}

TEST(what_is_served_is_cut_out_of_the_local_ports)
{
	assert_local_ports("7", "100-200\n");
	assert_local_ports("99", "100-200\n");
	assert_local_ports("100", "101-200\n");
	assert_local_ports("200", "100-199\n");
	assert_local_ports("201", "100-200\n");
	assert_local_ports("1-150", "151-200\n");
	assert_local_ports("150-65535", "100-149\n");
	assert_local_ports("150, 110-130, 152", "100-109\n131-149\n151\n153-200\n");
	assert_local_ports("1-65535", NULL);
	assert_local_ports("100-200", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_servers_answer_may_have_been_seen_first),
		cmocka_unit_test(what_opens_a_connection_is_as_it_is_tracked),
		cmocka_unit_test(udp_is_as_it_is_tracked),
		cmocka_unit_test(what_has_a_mark_of_an_older_generation_is_as_it_is_tracked),
		cmocka_unit_test(interfaces_hold_in_both_directions),
		cmocka_unit_test(a_port_of_several_flows_tries_them_all),
		cmocka_unit_test(with_outbound_allow_ours_come_from_a_local_port_that_nobody_calls),
		cmocka_unit_test(with_outbound_allow_ours_have_a_mark_or_begin_with_a_syn),
		cmocka_unit_test(what_is_served_is_cut_out_of_the_local_ports),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
