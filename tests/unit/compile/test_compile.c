/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From small policies to rulesets: what must hold of all of them, and the rules of each kind
 * of flow, word by word. */
#include "compile/compile.h"

#include "ruleset/failing_malloc.h"
#include "ruleset/memory_policy.h"
#include "ruleset/sound.h"

static const char proxy[] = "[role]\n"
			    "name = proxy\n"
			    "plays = proxy\n"
			    "peers = client, server\n"
			    "session-flows = ssh, agent\n"
			    "[flow ssh]\n" /* line 6 */
			    "port = 4422\n"
			    "protocol = tcp\n"
			    "source = client\n"
			    "target = proxy\n"
			    "[flow ldap]\n" /* line 11 */
			    "port = 389 636\n"
			    "protocol = tcp udp\n"
			    "source = proxy\n"
			    "target = server\n"
			    "[flow agent]\n" /* line 16 */
			    "port = 6000-6999\n"
			    "protocol = tcp\n"
			    "source = proxy\n"
			    "target = server\n"
			    "initiator = either\n"
			    "[flow extra]\n"
			    "port = 9000\n"
			    "protocol = tcp\n"
			    "source = client\n"
			    "target = proxy\n"
			    "optional = yes\n"
			    "[size 450]\n" /* line 28 */
			    "sessions = 150\n";

static const char peers[] = "[peer client]\n"
			    "address = 10.0.0.7, 10.1.0.0/16, 2001:db8::7, 2001:db8:1::/64\n"
			    "[peer server]\n"
			    "address = 10.2.0.5\n";

static struct policy *proxy_policy(const char *host)
{
	char text[2048];
	snprintf(text, sizeof(text), "[host]\nroles = proxy\n%s%s", host, peers);
	return memory_policy(proxy, text);
}

static const char site_host[] = "[host]\n" /* line 1 */
				"outbound = enforce\n"
				"[management]\n" /* line 3 */
				"from = 10.0.9.0/24, 10.0.8.1, 2001:db8:9::/64\n"
				"port = 22 2200-2210\n"
				"[flow web]\n" /* line 6 */
				"port = 443\n"
				"protocol = tcp\n"
				"source = world\n"
				"target = this-host\n"
				"[flow routing]\n" /* line 11 */
				"protocol = 89 47\n"
				"source = router\n"
				"target = this-host\n"
				"initiator = either\n"
				"[peer world]\n"
				"address = any\n"
				"[peer router]\n"
				"address = 10.3.0.1\n";

static struct policy *site_policy(void)
{
	return memory_policy(NULL, site_host);
}

TEST(every_ruleset_is_sound)
{
	struct policy *policies[] = {
		memory_policy(NULL, "[host]\n"),
		memory_policy(NULL, "[host]\noutbound = allow\n"),
		site_policy(),
		proxy_policy(""),
		proxy_policy("size = 450\nenable = extra\noutbound = allow\n"),
	};
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		struct ruleset *r = compiled(policies[i], 5);
		assert_sound(r, 5);
		ruleset_free(r);
		policy_free(policies[i]);
	}
}

TEST(inbound_flows_may_be_held_to_interfaces)
{
	struct policy *p = memory_policy(NULL,
		"[host]\ninterface = eth0, not-yet\n[management]\nfrom = 10.0.9.1\n"
		"[flow web]\nport = 443\nprotocol = tcp\nsource = world\ntarget = this-host\n"
		"[peer world]\naddress = any\n");
	struct ruleset *r = compiled(p, 5);
	assert_sound(r, 5);
	/* answers too: they stamp what they pass for */
	assert_chain(r, "published-here",
		"iifname \"eth0\" ct direction original ct state established,new jump inbound\n"
		"iifname \"not-yet\" ct direction original ct state established,new jump inbound\n"
		"oifname \"eth0\" ct direction reply ct state established,new jump inbound\n"
		"oifname \"not-yet\" ct direction reply ct state established,new jump inbound\n"
		"jump refused-inbound\n"
		"drop\n");
	assert_chain(r, "input",
		"ct state established ct mark & 0xffff0000 == 0x00050000 accept\n"
		"iifname \"lo\" accept\n"
		"icmp type vmap @icmp-types\n"
		"icmpv6 type vmap @icmpv6-types\n"
		"meta l4proto 2 ip daddr & 240.0.0.0 == 224.0.0.0 ip ttl 1 accept\n"
		"udp sport 67 udp dport 68 ip saddr @dhcp-servers ip daddr @dhcp-targets accept\n"
		"udp sport 547 udp dport 546 ip6 saddr fe80::/10 ip6 daddr fe80::/10 accept\n"
		"ct state related ct mark & 0xffff0000 == 0x00050000 jump related\n"
		"tcp dport @management-ports ip saddr @management-hosts4 "
		"counter name \"management-in\" accept\n"
		"ct state invalid counter name \"invalid\" drop\n"
		"iifname \"eth0\" ct direction original ct state established,new jump inbound\n"
		"iifname \"not-yet\" ct direction original ct state established,new jump inbound\n"
		"ct direction reply ct state established,new jump outbound\n"
		"tcp flags rst,ack ct state established,new ct direction original ct mark & "
		"0xffff0000 == 0x00000000 jump reversed-outbound\n"
		"iifname \"eth0\" tcp flags rst,ack ct state established,new ct direction reply ct "
		"mark & "
		"0xffff0000 == 0x00000000 jump reversed-inbound\n"
		"iifname \"not-yet\" tcp flags rst,ack ct state established,new ct direction reply "
		"ct mark & "
		"0xffff0000 == 0x00000000 jump reversed-inbound\n"
		"jump refused-inbound\n"
		"drop\n");
	ruleset_free(r);
	policy_free(p);
}

TEST(the_first_and_the_last_generation_are_stamped_and_recognised)
{
	static const struct {
		uint16_t generation;
		const char *element, *live, *stamping;
	} wanted[] = {
		{1, "65536\n", "0x00010000 accept",
			"ct mark set ct mark & 0x0000ffff | 0x00010000 counter name \"out-ldap\" "
			"accept\n"},
		{65535, "4294901760\n", "0xffff0000 accept",
			"ct mark set ct mark & 0x0000ffff | 0xffff0000 counter name \"out-ldap\" "
			"accept\n"},
	};
	struct policy *p = proxy_policy("");
	for (size_t i = 0; i < 2; i++) {
		struct ruleset *r = compiled(p, wanted[i].generation);
		struct text live = {0};
		assert_sound(r, wanted[i].generation);
		assert_elements(r, "generation", wanted[i].element);
		assert_chain(r, "accept-out-ldap", wanted[i].stamping);
		show_nft_rule(ruleset_chain(r, "output")->first, &live);
		char *line = finished(&live);
		assert_non_null(strstr(line, "ct mark & 0xffff0000 == "));
		assert_string_equal(strstr(line, "== ") + 3, wanted[i].live);
		free(line);
		ruleset_free(r);
	}
	policy_free(p);
}

TEST(a_flow_looks_its_peers_up_by_the_tuple_of_the_first_packet)
{
	struct policy *p = proxy_policy("");
	struct ruleset *r = compiled(p, 1);
	assert_chain(r, "in-ssh",
		"ct original ip saddr @peer-client-hosts4 goto accept-in-ssh\n"
		"ct original ip saddr @peer-client-ranges4 goto accept-in-ssh\n"
		"ct original ip6 saddr @peer-client-hosts6 goto accept-in-ssh\n"
		"ct original ip6 saddr @peer-client-ranges6 goto accept-in-ssh\n");
	assert_chain(r, "out-ldap",
		"ct original ip daddr @peer-server-hosts4 goto accept-out-ldap\n");
	assert_elements(r, "peer-client-hosts4", "10.0.0.7\n");
	assert_elements(r, "peer-client-ranges4", "10.1.0.0/16\n");
	assert_elements(r, "peer-client-hosts6", "2001:db8::7\n");
	assert_elements(r, "peer-client-ranges6", "2001:db8:1::/64\n");
	assert_null(ruleset_set(r, "peer-server-ranges4"));
	assert_string_equal(ruleset_chain(r, "in-ssh")->first->comment, "roles/test.conf:6");
	assert_string_equal(ruleset_chain(r, "in-ssh")->first->flow, "ssh");
	assert_string_equal(ruleset_set(r, "peer-client-hosts4")->comment, "etc/rolewall.conf");
	assert_int_equal(ruleset_set(r, "peer-client-hosts4")->at.line, 3);
	ruleset_free(r);
	policy_free(p);
}

TEST(a_flow_is_on_the_side_of_who_opens_it)
{
	struct policy *p = proxy_policy("");
	struct ruleset *r = compiled(p, 1);
	assert_null(ruleset_chain(r, "out-ssh"));
	assert_null(ruleset_chain(r, "in-ldap"));
	assert_non_null(ruleset_chain(r, "in-agent"));
	assert_non_null(ruleset_chain(r, "out-agent"));
	assert_true(has_counter(r, "in-agent"));
	assert_true(has_counter(r, "out-agent"));
	ruleset_free(r);
	policy_free(p);
}

TEST(a_flow_that_is_off_leaves_nothing)
{
	struct policy *p = proxy_policy("disable = ssh\n");
	struct ruleset *r = compiled(p, 1);
	assert_null(ruleset_chain(r, "in-ssh"));
	assert_null(ruleset_chain(r, "accept-in-ssh"));
	assert_null(ruleset_chain(r, "in-extra"));
	assert_false(has_counter(r, "in-ssh"));
	/* nothing else is between us and the client, so we do not know it either */
	assert_null(ruleset_set(r, "peer-client-hosts4"));
	ruleset_free(r);
	policy_free(p);
}

TEST(an_optional_flow_that_is_enabled_is_there)
{
	struct policy *p = proxy_policy("enable = extra\n");
	struct ruleset *r = compiled(p, 1);
	assert_non_null(ruleset_chain(r, "in-extra"));
	ruleset_free(r);
	policy_free(p);
}

TEST(everybody_needs_no_look_up)
{
	struct policy *p = site_policy();
	struct ruleset *r = compiled(p, 1);
	assert_chain(r, "in-web", "goto accept-in-web\n");
	for (const struct set *s = r->sets; s; s = s->next)
		assert_null(strstr(s->name, "world"));
	ruleset_free(r);
	policy_free(p);
}

/* A flow open to everybody must not make us answer unknown hosts. */
TEST(everybody_is_not_known)
{
	struct policy *p = memory_policy(NULL, "[host]\n"
					       "[flow web]\n"
					       "port = 443\n"
					       "protocol = tcp\n"
					       "source = world\n"
					       "target = this-host\n"
					       "[peer world]\n"
					       "address = any, 10.0.0.1\n");
	struct ruleset *r = compiled(p, 1);
	assert_chain(r, "refused-inbound",
		"counter name \"refused-inbound\"\n"
		"limit rate 5/second burst 10 packets "
		"log prefix \"rolewall: refused inbound: \" level info\n"
		"drop\n");
	ruleset_free(r);
	policy_free(p);
}

TEST(a_peer_that_is_nobody_opens_nothing)
{
	struct policy *p = memory_policy(NULL, "[host]\n"
					       "[flow web]\n"
					       "port = 443\n"
					       "protocol = tcp\n"
					       "source = nobody\n"
					       "target = this-host\n"
					       "[peer nobody]\n"
					       "address = none\n");
	struct ruleset *r = compiled(p, 1);
	assert_sound(r, 1);
	assert_null(ruleset_chain(r, "in-web"));
	assert_chain(r, "inbound", "");
	ruleset_free(r);
	policy_free(p);
}

TEST(nobody_beside_somebody_leaves_somebody)
{
	struct policy *p = memory_policy(NULL, "[host]\n"
					       "[flow web]\n"
					       "port = 443\n"
					       "protocol = tcp\n"
					       "source = nobody, somebody\n"
					       "target = this-host\n"
					       "[peer nobody]\n"
					       "address = none\n"
					       "[peer somebody]\n"
					       "address = 10.0.0.1\n");
	struct ruleset *r = compiled(p, 1);
	assert_chain(r, "in-web",
		"ct original ip saddr @peer-somebody-hosts4 goto accept-in-web\n");
	ruleset_free(r);
	policy_free(p);
}

TEST(protocols_without_ports_lead_straight_to_the_flow)
{
	struct policy *p = site_policy();
	struct ruleset *r = compiled(p, 1);
	assert_chain(r, "inbound", "meta l4proto vmap @inbound-protocols\n");
	assert_elements(r, "inbound-protocols",
		"6 > inbound-tcp\n47 > in-routing\n89 > in-routing\n");
	assert_elements(r, "outbound-protocols", "47 > out-routing\n89 > out-routing\n");
	ruleset_free(r);
	policy_free(p);
}

TEST(a_host_without_flows_judges_nothing)
{
	struct policy *p = memory_policy(NULL, "[host]\n");
	struct ruleset *r = compiled(p, 1);
	assert_chain(r, "inbound", "");
	assert_chain(r, "outbound", "");
	assert_null(set_called(r, "inbound-protocols"));
	ruleset_free(r);
	policy_free(p);
}

TEST(input_is_judged_in_this_order)
{
	struct policy *p = site_policy();
	struct ruleset *r = compiled(p, 3);
	assert_chain(r, "input",
		"ct state established ct mark & 0xffff0000 == 0x00030000 accept\n"
		"iifname \"lo\" accept\n"
		"icmp type vmap @icmp-types\n"
		"icmpv6 type vmap @icmpv6-types\n"
		"meta l4proto 2 ip daddr & 240.0.0.0 == 224.0.0.0 ip ttl 1 accept\n"
		"udp sport 67 udp dport 68 ip saddr @dhcp-servers ip daddr @dhcp-targets accept\n"
		"udp sport 547 udp dport 546 ip6 saddr fe80::/10 ip6 daddr fe80::/10 accept\n"
		"ct state related ct mark & 0xffff0000 == 0x00030000 jump related\n"
		"tcp dport @management-ports ip saddr @management-hosts4 "
		"counter name \"management-in\" accept\n"
		"tcp dport @management-ports ip saddr @management-ranges4 "
		"counter name \"management-in\" accept\n"
		"tcp dport @management-ports ip6 saddr @management-ranges6 "
		"counter name \"management-in\" accept\n"
		"ct state invalid counter name \"invalid\" drop\n"
		"ct direction original ct state established,new jump inbound\n"
		"ct direction reply ct state established,new jump outbound\n"
		"tcp flags rst,ack ct state established,new ct direction original ct mark & "
		"0xffff0000 == 0x00000000 jump reversed-outbound\n"
		"tcp flags rst,ack ct state established,new ct direction reply ct mark & "
		"0xffff0000 == 0x00000000 jump reversed-inbound\n"
		"jump refused-inbound\n"
		"drop\n");
	assert_elements(r, "management-ports", "22\n2200-2210\n");
	ruleset_free(r);
	policy_free(p);
}

TEST(output_is_judged_in_this_order)
{
	struct policy *p = site_policy();
	struct ruleset *r = compiled(p, 3);
	assert_chain(r, "output",
		"ct state established ct mark & 0xffff0000 == 0x00030000 accept\n"
		"oifname \"lo\" accept\n"
		"icmp type vmap @icmp-types-out\n"
		"icmpv6 type vmap @icmpv6-types-out\n"
		"meta l4proto 2 ip daddr & 240.0.0.0 == 224.0.0.0 ip ttl 1 accept\n"
		"udp sport 68 udp dport 67 ip saddr @dhcp-clients ip daddr @dhcp-targets accept\n"
		"udp sport 546 udp dport 547 ip6 saddr fe80::/10 accept\n"
		"ct state related ct mark & 0xffff0000 == 0x00030000 jump related\n"
		"tcp sport @management-ports tcp flags rst,ack "
		"ip daddr @management-hosts4 counter name \"management-out\" accept\n"
		"tcp sport @management-ports tcp flags rst,ack "
		"ip daddr @management-ranges4 counter name \"management-out\" accept\n"
		"tcp sport @management-ports tcp flags rst,ack "
		"ip6 daddr @management-ranges6 counter name \"management-out\" accept\n"
		"ct state related tcp flags & 0x00000004 == 0x00000004 accept\n"
		"ct state invalid counter name \"invalid\" drop\n"
		"ct direction original ct state established,new jump outbound\n"
		"ct direction reply ct state established,new jump inbound\n"
		"tcp flags rst,ack ct state established,new ct direction original ct mark & "
		"0xffff0000 == 0x00000000 jump reversed-inbound\n"
		"tcp flags rst,ack ct state established,new ct direction reply ct mark & "
		"0xffff0000 == 0x00000000 jump reversed-outbound\n"
		"jump refused-outbound\n"
		"drop\n");
	ruleset_free(r);
	policy_free(p);
}

TEST(only_what_dnat_led_here_is_judged_in_forward)
{
	struct policy *p = site_policy();
	struct ruleset *r = compiled(p, 3);
	assert_chain(r, "forward", "ct status dnat goto published\naccept\ndrop\n");
	assert_chain(r, "published",
		"ct state established ct mark & 0xffff0000 == 0x00030000 accept\n"
		"ct state related ct mark & 0xffff0000 == 0x00030000 jump related\n"
		"ct state invalid counter name \"invalid\" drop\n"
		"goto published-here\n");
	assert_chain(r, "published-here",
		"ct state established,new jump inbound\n"
		"jump refused-inbound\n"
		"drop\n");
	ruleset_free(r);
	policy_free(p);
}

TEST(who_we_know_is_answered_and_an_unknown_host_is_not)
{
	struct policy *p = site_policy();
	struct ruleset *r = compiled(p, 1);
	assert_chain(r, "refused-inbound",
		"counter name \"refused-inbound\"\n"
		"limit rate 5/second burst 10 packets "
		"log prefix \"rolewall: refused inbound: \" level info\n"
		"ip saddr @management-hosts4 goto rejection\n"
		"ip saddr @management-ranges4 goto rejection\n"
		"ip6 saddr @management-ranges6 goto rejection\n"
		"ip saddr @peer-router-hosts4 goto rejection\n"
		"drop\n");
	assert_chain(r, "refused-outbound",
		"counter name \"refused-outbound\"\n"
		"limit rate 5/second burst 10 packets "
		"log prefix \"rolewall: refused outbound: \" level info\n"
		"goto rejection\n");
	assert_chain(r, "rejection",
		"ct state new tcp flags rst,ack drop\n"
		"limit rate over 100/second burst 200 packets drop\n"
		"meta l4proto tcp reject with tcp reset\n"
		"reject with icmpx admin-prohibited\n");
	ruleset_free(r);
	policy_free(p);
}

TEST(on_trial_only_what_opens_a_connection_is_answered)
{
	const struct form form = {.generation = 1, .on_trial = true};
	struct policy *p = site_policy();
	struct ruleset *r;
	assert_int_equal(compile_form(p, &form, &r), 0);
	assert_chain(r, "rejection",
		"ct state new ct mark & 0xffff0000 == 0x00000000 "
		"tcp flags & 0x00000017 == 0x00000002 goto trial-answers\n"
		"meta l4proto tcp drop\n"
		"ct state new ct mark & 0xffff0000 == 0x00000000 goto trial-answers\n"
		"drop\n");
	assert_chain(r, "trial-answers",
		"limit rate over 100/second burst 200 packets drop\n"
		"meta l4proto tcp reject with tcp reset\n"
		"reject with icmpx admin-prohibited\n");
	ruleset_free(r);
	policy_free(p);
}

TEST(outbound_allow_lets_everything_out_behind_the_flows)
{
	struct policy *p = proxy_policy("outbound = allow\n");
	struct ruleset *r = compiled(p, 2);
	assert_chain(r, "outbound",
		"meta l4proto vmap @outbound-protocols\n"
		"goto outbound-any\n");
	assert_chain(r, "outbound-any",
		"meta l4proto tcp goto outbound-any-tcp\n"
		"goto accept-outbound-any\n");
	assert_chain(r, "accept-outbound-any",
		"ct mark set ct mark & 0x0000ffff | 0x00020000 counter name \"outbound-any\" "
		"accept\n");
	assert_true(has_counter(r, "outbound-any"));
	assert_string_equal(ruleset_chain(r, "outbound")->last->comment, "etc/rolewall.conf:1");
	const struct rule *untracked = ruleset_chain(r, "output")->first;
	while (untracked && untracked->statements[0].value != 0x40)
		untracked = untracked->next;
	assert_non_null(untracked);
	/* and nothing more comes in */
	assert_chain(r, "inbound", "meta l4proto vmap @inbound-protocols\n");
	ruleset_free(r);
	policy_free(p);
}

TEST(outbound_enforce_lets_only_flows_out)
{
	struct policy *p = proxy_policy("outbound = enforce\n");
	struct ruleset *r = compiled(p, 2);
	assert_chain(r, "outbound", "meta l4proto vmap @outbound-protocols\n");
	assert_false(has_counter(r, "outbound-any"));
	ruleset_free(r);
	policy_free(p);
}

TEST(session_flows_are_capped_inbound_at_the_size)
{
	struct policy *p = proxy_policy("size = 450\n");
	struct ruleset *r = compiled(p, 1);
	const char *stamping = "ct mark set ct mark & 0x0000ffff | 0x00010000 ";
	char wanted[200];
	assert_sound(r, 1);
	snprintf(wanted, sizeof(wanted), "jump session-cap\n%scounter name \"in-ssh\" accept\n",
		stamping);
	assert_chain(r, "accept-in-ssh", wanted);
	snprintf(wanted, sizeof(wanted), "jump session-cap\n%scounter name \"in-agent\" accept\n",
		stamping);
	assert_chain(r, "accept-in-agent", wanted);
	snprintf(wanted, sizeof(wanted), "%scounter name \"out-agent\" accept\n", stamping);
	assert_chain(r, "accept-out-agent", wanted);
	snprintf(wanted, sizeof(wanted), "%scounter name \"out-ldap\" accept\n", stamping);
	assert_chain(r, "accept-out-ldap", wanted);
	assert_string_equal(ruleset_chain(r, "accept-in-ssh")->first->comment,
		"roles/test.conf:28");
	assert_true(has_counter(r, "refused-sessions"));
	ruleset_free(r);
	policy_free(p);
}

TEST(without_a_size_there_is_no_cap)
{
	struct policy *p = proxy_policy("");
	struct ruleset *r = compiled(p, 1);
	assert_null(ruleset_chain(r, "session-cap"));
	assert_chain(r, "accept-in-ssh",
		"ct mark set ct mark & 0x0000ffff | 0x00010000 counter name \"in-ssh\" accept\n");
	assert_false(has_counter(r, "refused-sessions"));
	ruleset_free(r);
	policy_free(p);
}

/* Each protocol has its own element in the set of counts: one that finds no room there is not
 * counted, and would not be capped. */
TEST(the_session_cap_holds_for_every_protocol_of_a_session_flow)
{
	struct policy *p = memory_policy("[role]\n"
					 "name = x\n"
					 "plays = x\n"
					 "peers = client\n"
					 "session-flows = media\n"
					 "[flow media]\n"
					 "port = 4433\n"
					 "protocol = tcp udp\n"
					 "source = client\n"
					 "target = x\n"
					 "[size 1]\n"
					 "sessions = 10\n",
		"[host]\nroles = x\nsize = 1\n[peer client]\naddress = 10.0.0.1\n");
	struct ruleset *r = compiled(p, 1);
	const struct set *s = ruleset_set(r, "sessions-10");
	assert_non_null(s);
	assert_in_range(s->room, 2, 256);
	ruleset_free(r);
	policy_free(p);
}

TEST(the_longest_names_stay_apart)
{
	char text[1024];
	const char *name = "a23456789-123456789-123456789-123456789-12345678";
	assert_int_equal(strlen(name), NAME_MAX_LENGTH);
	snprintf(text, sizeof(text),
		"[host]\n"
		"[flow %s]\nport = 1\nprotocol = sctp\nsource = %s\ntarget = this-host\n"
		"initiator = either\n"
		"[flow %.47s9]\nport = 1-65535\nprotocol = sctp\nsource = %s\ntarget = "
		"this-host\n"
		"[peer %s]\naddress = 10.0.0.1, 10.1.0.0/16\n",
		name, name, name, name, name);
	struct policy *p = memory_policy(NULL, text);
	struct ruleset *r = compiled(p, 1);
	assert_sound(r, 1);
	snprintf(text, sizeof(text), "in-%s", name);
	assert_non_null(ruleset_chain(r, text));
	snprintf(text, sizeof(text), "accept-in-%.47s9", name);
	assert_non_null(ruleset_chain(r, text));
	ruleset_free(r);
	policy_free(p);
}

/* Flows and peers may be named like what is built in. */
TEST(names_of_the_admin_do_not_clash_with_built_in_ones)
{
	static const char *const names[] = {"put", "bound", "ssh", "in-ssh", "echo", "tcp",
		"bound-tcp", "any", "refused-inbound", "hosts4"};
	struct text text = {0};
	text_put(&text, "[host]\noutbound = allow\n[management]\nfrom = 10.9.9.9\n");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		text_printf(&text,
			"[flow %s]\nport = %zu\nprotocol = tcp\nsource = %s\ntarget = this-host\n"
			"initiator = either\n[peer %s]\naddress = 10.0.0.%zu\n",
			names[i], i + 1, names[i], names[i], i + 1);
	char *host = finished(&text);
	struct policy *p = memory_policy(NULL, host);
	struct ruleset *r = compiled(p, 1);
	assert_sound(r, 1);
	ruleset_free(r);
	policy_free(p);
	free(host);
}

static int compile_and_free(void *context)
{
	struct ruleset *r;
	int result = compile(context, 1, &r);
	if (result == 0)
		ruleset_free(r);
	return result;
}

TEST(each_failing_allocation_is_reported_and_nothing_is_kept)
{
	struct policy *p = proxy_policy("size = 450\nenable = extra\n"
					"[management]\nfrom = 10.0.9.0/24\n");
	assert_survives_each_failure(compile_and_free, p);
	policy_free(p);
}

TEST(a_failing_allocation_is_reported_where_everything_may_leave)
{
	struct policy *p = proxy_policy("outbound = allow\n");
	assert_survives_each_failure(compile_and_free, p);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_ruleset_is_sound),
		cmocka_unit_test(the_first_and_the_last_generation_are_stamped_and_recognised),
		cmocka_unit_test(a_flow_looks_its_peers_up_by_the_tuple_of_the_first_packet),
		cmocka_unit_test(a_flow_is_on_the_side_of_who_opens_it),
		cmocka_unit_test(a_flow_that_is_off_leaves_nothing),
		cmocka_unit_test(an_optional_flow_that_is_enabled_is_there),
		cmocka_unit_test(everybody_needs_no_look_up),
		cmocka_unit_test(everybody_is_not_known),
		cmocka_unit_test(a_peer_that_is_nobody_opens_nothing),
		cmocka_unit_test(nobody_beside_somebody_leaves_somebody),
		cmocka_unit_test(protocols_without_ports_lead_straight_to_the_flow),
		cmocka_unit_test(a_host_without_flows_judges_nothing),
		cmocka_unit_test(input_is_judged_in_this_order),
		cmocka_unit_test(inbound_flows_may_be_held_to_interfaces),
		cmocka_unit_test(output_is_judged_in_this_order),
		cmocka_unit_test(only_what_dnat_led_here_is_judged_in_forward),
		cmocka_unit_test(who_we_know_is_answered_and_an_unknown_host_is_not),
		cmocka_unit_test(on_trial_only_what_opens_a_connection_is_answered),
		cmocka_unit_test(outbound_allow_lets_everything_out_behind_the_flows),
		cmocka_unit_test(outbound_enforce_lets_only_flows_out),
		cmocka_unit_test(session_flows_are_capped_inbound_at_the_size),
		cmocka_unit_test(without_a_size_there_is_no_cap),
		cmocka_unit_test(the_session_cap_holds_for_every_protocol_of_a_session_flow),
		cmocka_unit_test(the_longest_names_stay_apart),
		cmocka_unit_test(names_of_the_admin_do_not_clash_with_built_in_ones),
		cmocka_unit_test(each_failing_allocation_is_reported_and_nothing_is_kept),
		cmocka_unit_test(a_failing_allocation_is_reported_where_everything_may_leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
