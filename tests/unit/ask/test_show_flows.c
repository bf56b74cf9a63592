/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of flows, letter by letter. */
#include "ask/show_flows.h"

#include "compile/learned.h"

#include "ruleset/chain_text.h"
#include "ruleset/memory_policy.h"

static void assert_shown(struct policy *p, const char *wanted)
{
	struct text text = {0};
	show_flows(p, NULL, &text);
	char *found = finished(&text);
	assert_string_equal(found, wanted);
	free(found);
	policy_free(p);
}

static const char proxy[] = "[role]\n"
			    "name = proxy\n"
			    "plays = proxy\n"
			    "peers = client, server\n"
			    "session-flows = ssh\n"
			    "[flow ssh]\n" /* line 6 */
			    "port = 4422\n"
			    "protocol = tcp\n"
			    "source = client\n"
			    "target = proxy\n"
			    "purpose = SSH für alle\n"
			    "[flow ldap]\n" /* line 12 */
			    "port = 389 636 50000-50100\n"
			    "protocol = tcp udp\n"
			    "source = proxy\n"
			    "target = server\n"
			    "purpose = LDAP\n"
			    "[flow extra]\n" /* line 18 */
			    "protocol = 89\n"
			    "source = client\n"
			    "target = proxy\n"
			    "optional = yes\n"
			    "[size 450]\n" /* line 23 */
			    "sessions = 150\n";

TEST(a_policy_is_shown_as_a_table)
{
	assert_shown(memory_policy(proxy,
			     "[host]\n"
			     "roles = proxy\n"
			     "size = 450\n"
			     "disable = ldap\n"
			     "[management]\n"
			     "from = 10.0.9.0/24\n"
			     "port = 22 2200-2210\n"
			     "[flow ssh]\n"
			     "port = 2222\n"
			     "[flow time]\n"
			     "port = 123\n"
			     "protocol = udp\n"
			     "source = this-host, client\n"
			     "target = client\n"
			     "initiator = either\n"
			     "[peer client]\n"
			     "address = 10.0.0.0/8, 192.0.2.1, 192.0.2.2, 192.0.2.4, 2001:db8::1, "
			     "2001:db8:1::/48\n"
			     "[peer server]\n"
			     "address = none\n"),
		"roles: proxy\n"
		"outbound: enforce (only flows may leave this host)\n"
		"management: tcp 22 2200-2210 from 10.0.9.0/24 (etc/rolewall.conf:5)\n"
		"sessions: at most 150 at once (size 450, roles/test.conf:23)\n"
		"\n"
		"FLOW  IN/OUT  PORT  PROTOCOL  "
		"PEER                                                            "
		"PURPOSE       FILE:LINE\n"
		"ssh   in      2222  tcp       "
		"client (10.0.0.0/8, 192.0.2.1, 192.0.2.2, 192.0.2.4, … 2 more)  "
		"SSH für alle  roles/test.conf:6 (port: etc/rolewall.conf:9)\n"
		"time  in      123   udp       "
		"client (10.0.0.0/8, 192.0.2.1, 192.0.2.2, 192.0.2.4, … 2 more)  "
		"              etc/rolewall.conf:10\n"
		"time  out     123   udp       "
		"client (10.0.0.0/8, 192.0.2.1, 192.0.2.2, 192.0.2.4, … 2 more)  "
		"              etc/rolewall.conf:10\n"
		"\n"
		"off ([host] enable = NAME turns an optional one on):\n"
		"ldap   disabled  389 636 50000-50100  tcp udp    LDAP  roles/test.conf:12\n"
		"extra  optional                       89               roles/test.conf:18\n");
}

TEST(notes_and_bundles_stand_below_the_table)
{
	static const char role[] = "[role]\nname = r\nplays = a\npeers = b\n"
				   "[flow x]\nprotocol = 89\nsource = a\ntarget = b\n"
				   "note = Read the article.\n"
				   "[flow y]\nprotocol = 90\nsource = a\ntarget = b\n"
				   "optional = yes\nbundle = more\nnote = And this.\n"
				   "[flow z]\nprotocol = 91\nsource = a\ntarget = b\n"
				   "optional = yes\nbundle = more\n"
				   "[flow others]\nprotocol = 92\nsource = b\ntarget = b\n"
				   "note = Not of this host.\n";
	static const char end[] = "\nnotes:\nx: Read the article.\ny: And this.\n";
	struct policy *p = memory_policy(role, "[host]\nroles = r\n[peer b]\naddress = any\n");
	struct text text = {0};
	show_flows(p, NULL, &text);
	char *found = finished(&text);
	assert_non_null(strstr(found, "roles/test.conf:17\nenable = more turns on y, z\n"));
	assert_string_equal(found + strlen(found) - strlen(end), end);
	free(found);
	policy_free(p);
}

TEST(a_host_without_anything_says_so)
{
	assert_shown(memory_policy(NULL, "[host]\noutbound = allow\n"),
		"roles:\n"
		"outbound: allow (everything may leave this host)\n"
		"management: none\n"
		"\n"
		"FLOW  IN/OUT  PORT  PROTOCOL  PEER  PURPOSE  FILE:LINE\n");
}

static char *addresses_of(const char *address, size_t most)
{
	char host[256];
	struct text text = {0};
	snprintf(host, sizeof(host),
		"[host]\n[flow f]\nport = 1\nprotocol = tcp\nsource = p\ntarget = this-host\n"
		"[peer p]\naddress = %s\n",
		address);
	struct policy *p = memory_policy(NULL, host);
	put_addresses(&p->host.peers[0], NULL, most, &text);
	policy_free(p);
	return finished(&text);
}

static void assert_addresses(const char *address, size_t most, const char *wanted)
{
	char *found = addresses_of(address, most);
	assert_string_equal(found, wanted);
	free(found);
}

TEST(addresses_are_abridged_when_there_are_more)
{
	assert_addresses("10.0.0.1 10.0.0.3", 2, "10.0.0.1, 10.0.0.3");
	assert_addresses("10.0.0.1 10.0.0.3", 3, "10.0.0.1, 10.0.0.3");
	assert_addresses("10.0.0.1 10.0.0.3 10.0.0.5", 2, "10.0.0.1, 10.0.0.3, … 1 more");
}

TEST(runs_come_before_hosts_and_ipv4_before_ipv6)
{
	assert_addresses("2001:db8::1, 2001:db8:1::/64, 10.0.0.1, 10.1.0.5-10.1.0.9", 9,
		"10.1.0.5-10.1.0.9, 10.0.0.1, 2001:db8:1::/64, 2001:db8::1");
}

TEST(what_was_learned_by_advertisement_is_said)
{
	struct peer p = {0};
	struct text text = {0};
	struct addr_range static_run, learned;
	char why[ADDR_FAULT_SIZE];
	assert_int_equal(addr_range_parse("10.0.0.0/8", 10, &static_run, why), 0);
	assert_int_equal(addr_range_parse("2001:db8::/64", 13, &learned, why), 0);
	assert_int_equal(addrset_add(&p.addresses, &static_run), 0);
	assert_int_equal(addrset_add(&p.addresses, &learned), 0);
	assert_int_equal(addrset_add(&p.learned, &learned), 0);
	put_addresses(&p, NULL, 9, &text);
	char *found = finished(&text);
	assert_string_equal(found,
		"10.0.0.0/8, 2001:db8::/64; learned by router advertisement: 2001:db8::/64");
	free(found);
	addrset_done(&p.addresses);
	addrset_done(&p.learned);
}

static void assert_named(const char *keys, const char *live, const char *retired,
	const char *wanted)
{
	char host[400];
	struct text text = {0};
	struct learned l = {0};
	struct addr a;
	snprintf(host, sizeof(host),
		"[host]\n[flow f]\nport = 1\nprotocol = tcp\nsource = p\ntarget = this-host\n"
		"[peer p]\n%s",
		keys);
	struct policy *p = memory_policy(NULL, host);
	if (live[0] && addr_parse(live, strlen(live), &a) == 0)
		assert_int_equal(learned_add(&l, 1, &a, false), 0);
	if (retired[0] && addr_parse(retired, strlen(retired), &a) == 0)
		assert_int_equal(learned_add(&l, 1, &a, true), 0);
	put_addresses(&p->host.peers[0], learned_of(&l, 1), 2, &text);
	char *found = finished(&text);
	assert_string_equal(found, wanted);
	free(found);
	learned_done(&l);
	policy_free(p);
}

TEST(names_are_said_with_what_is_learned_of_them)
{
	assert_named("name = a.example\n", "192.0.2.1", "", "a.example; learned: 192.0.2.1");
	assert_named("name = a.example\n", "", "",
		"a.example; waiting: nothing is learned of it yet");
	assert_named("name = a.example, b.example, c.example\naddress = 10.0.0.1\n", "192.0.2.1",
		"192.0.2.2",
		"a.example, b.example, … 1 more names, 10.0.0.1; learned: 192.0.2.1; retired: "
		"192.0.2.2");
	assert_named("srv = _x._tcp.example\n", "10.0.0.9", "",
		"service _x._tcp.example; learned: 10.0.0.9");
	assert_named("address = 10.0.0.1\n", "", "", "10.0.0.1");
	assert_named("address = any\nname = a.example\n", "", "", "any");
}

TEST(everybody_and_nobody_are_said_in_a_word)
{
	assert_addresses("any", 4, "any");
	assert_addresses("any 10.0.0.1", 4, "any");
	assert_addresses("none", 4, "none");
}

TEST(ports_and_protocols_are_lists)
{
	struct port_range ports[] = {{22, 22}, {1, 65535}};
	uint8_t protocols[] = {6, 17, 132, 255};
	const struct flow f = {
		.ports = ports, .n_ports = 2, .protocols = protocols, .n_protocols = 4};
	struct text text = {0};
	put_ports(&f, &text);
	text_put(&text, "|");
	put_protocols(&f, &text);
	char *found = finished(&text);
	assert_string_equal(found, "22 1-65535|tcp udp sctp 255");
	free(found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_is_shown_as_a_table),
		cmocka_unit_test(notes_and_bundles_stand_below_the_table),
		cmocka_unit_test(a_host_without_anything_says_so),
		cmocka_unit_test(addresses_are_abridged_when_there_are_more),
		cmocka_unit_test(runs_come_before_hosts_and_ipv4_before_ipv6),
		cmocka_unit_test(what_was_learned_by_advertisement_is_said),
		cmocka_unit_test(names_are_said_with_what_is_learned_of_them),
		cmocka_unit_test(everybody_and_nobody_are_said_in_a_word),
		cmocka_unit_test(ports_and_protocols_are_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
