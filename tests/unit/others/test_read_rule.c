/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules as nft writes them, read back from the kernel: what is understood of each. */
#include "others/read_rule.h"

#include <stdio.h> /* libnftnl's headers want it */

#include <libnftnl/rule.h>

#include "live/netns.h"
#include "others/foreign_text.h"
#include "others/read.h"

static const struct foreign_chain *chain_named(const struct foreign *f, const char *name)
{
	const struct foreign_chain *c = f->first;
	while (c && strcmp(c->name, name) != 0)
		c = c->next;
	assert_non_null(c);
	return c;
}

static const struct {
	const char *rule;
	const char *wanted;
} cases[] = {
	{"counter", ""},
	{"log prefix \"x\" counter accept", "accept"},
	{"drop", "drop"},
	{"reject", "reject"},
	{"return", "return"},
	{"jump sub", "jump(sub)"},
	{"goto sub", "goto(sub)"},
	{"tcp dport 22 drop", "drop tcp dport 22"},
	{"tcp dport 100-200 reject with tcp reset", "reject tcp dport 100-200"},
	{"tcp dport != 100-200 drop", "drop tcp dport 0-99 or tcp dport 201-65535"},
	{"tcp dport { 22, 25 } drop", "drop tcp dport 22 or tcp dport 25"},
	{"tcp dport { 100-200, 443 } drop", "drop tcp dport 100-200 or tcp dport 443"},
	{"udp dport != { 22, 23 } drop", "drop udp dport 0-21 or udp dport 24-65535"},
	{"tcp dport @ports drop", "drop tcp dport 1 or tcp dport 2"},
	{"tcp dport vmap { 22 : drop, 80 : jump sub, 100-120 : accept }",
		"drop tcp dport 22 | jump(sub) tcp dport 80 | accept tcp dport 100-120"},
	{"meta l4proto . th dport { tcp . 22, udp . 53 } drop",
		"drop tcp dport 22 or udp dport 53"},
	{"meta l4proto . th dport { tcp . 22-30 } drop", "drop tcp dport 22-30"},
	{"ip saddr . tcp dport { 10.0.0.1 . 22 } drop", "drop tcp dport 22 saddr 10.0.0.1 ip4"},
	{"ip6 saddr . tcp dport { 2001:db8::1 . 22 } drop",
		"drop tcp dport 22 saddr 2001:db8::1 ip6"},
	{"th dport 53 drop", "drop dport 53"},
	{"tcp sport 1 tcp dport 2 drop", "drop tcp dport 2 sport 1"},
	{"meta l4proto { tcp, udp } drop", "drop tcp or udp"},
	{"meta l4proto tcp ct original proto-dst 22 drop", "drop tcp dialled 22"},
	{"tcp dport & 255 == 3 drop", "drop tcp some-by-port"},
	{"udp length 5 drop", "drop udp some"},
	{"tcp flags syn tcp dport 22 ct count over 3 drop", "drop tcp dport 22 some-by-port"},
	{"ip saddr @hosts drop", "drop saddr 10.9.9.9 ip4"},
	{"ip saddr vmap { 10.0.0.1 : drop }", "drop saddr 10.0.0.1 ip4"},
	{"ip protocol tcp drop", "drop tcp ip4"},
	{"ip6 nexthdr udp drop", "drop udp ip6"},
	{"meta nfproto ipv6 drop", "drop ip6"},
	{"ct state invalid drop", "drop state 1"},
	{"ct state established,related accept", "accept state 6"},
	{"ct state != invalid drop", "drop state fffffffe"},
	{"ct state vmap { invalid : drop, established : accept }", "drop state 1 | accept state 2"},
	{"ct mark 5 drop", "drop some"},
	{"iifname \"lo\" drop", ""},
	{"iif \"lo\" drop", ""},
	{"iifname != \"lo\" drop", "drop"},
	{"iifname \"eth0\" drop", "drop iif eth0"},
	{"iifname { \"lo\", \"eth0\" } drop", "drop iif eth0"},
	{"iifname \"veth*\" drop", "drop iif veth*"},
	{"oifname != \"eth0\" drop", "drop oif not eth0"},
	{"fib daddr type != local drop", "drop dtype 3 or dtype fff8"},
	{"fib daddr type { local, broadcast } drop", "drop dtype 4 or dtype 8"},
	{"fib daddr . iif type local drop", "drop some"},
	{"ip saddr 10.0.0.0/8 drop", "drop saddr 10.0.0.0/8 ip4"},
	{"ip saddr 10.16.0.0/12 drop", "drop saddr 10.16.0.0/12 ip4"},
	{"ip daddr != 10.0.0.0/8 drop",
		"drop daddr 0.0.0.0-9.255.255.255 ip4 or daddr 11.0.0.0-255.255.255.255 ip4"},
	{"ip saddr 10.0.0.1-10.0.0.5 drop", "drop saddr 10.0.0.1-10.0.0.5 ip4"},
	{"ip saddr { 10.0.0.0/8, 192.0.2.1 } drop",
		"drop saddr 10.0.0.0/8 ip4 or saddr 192.0.2.1 ip4"},
	{"ip saddr != { 10.0.0.0/8 } drop",
		"drop saddr 0.0.0.0-9.255.255.255 ip4 or saddr 11.0.0.0-255.255.255.255 ip4"},
	{"ip saddr 10.0.0.1 ip daddr 10.0.0.2 drop", "drop saddr 10.0.0.1 daddr 10.0.0.2 ip4"},
	{"ip6 saddr 2001:db8::/32 drop", "drop saddr 2001:db8::/32 ip6"},
	{"ip6 daddr { fe80::/10, 2001:db8::1 } drop",
		"drop daddr 2001:db8::1 ip6 or daddr fe80::/10 ip6"},
	{"ip saddr & 0.0.0.255 == 5 drop", "drop ip4 some"},
	{"ct status dnat accept", "accept dnated"},
	{"limit rate over 10/second drop", "drop some"},
	{"meta l4proto tcp fib saddr oif 0 drop", "drop tcp some"},
	/* what is loaded by an expression that we do not know is not what was there before */
	{"tcp dport 22 tcp option maxseg size 500 drop", "drop tcp dport 22 some-by-port"},
	{"meta mark set 5 drop", "drop"},
	{"counter name \"c\" drop", "drop"},
};

TEST(rules_of_nft_are_understood)
{
	static char script[16384];
	size_t n = 0, count = sizeof(cases) / sizeof(cases[0]);
	struct foreign f;
	need_netns();
	n += (size_t)snprintf(script, sizeof(script),
		"table inet other {\ncounter c { }\nchain sub { }\n"
		"set ports { type inet_service; elements = { 1, 2 } }\n"
		"set hosts { type ipv4_addr; elements = { 10.9.9.9 } }\n"
		"chain base { type filter hook input priority 0; }\n");
	for (size_t i = 0; i < count; i++)
		n += (size_t)snprintf(script + n, sizeof(script) - n, "chain c%zu { %s; }\n", i,
			cases[i].rule);
	assert_true(n < sizeof(script) - 2);
	memcpy(script + n, "}\n", 3);
	nft(script);
	assert_int_equal(foreign_read(NULL, &f), 0);
	assert_null(f.gaps);
	for (size_t i = 0; i < count; i++) {
		struct text text = {0};
		char name[16];
		snprintf(name, sizeof(name), "c%zu", i);
		put_rules(&text, chain_named(&f, name));
		assert_text(&text, cases[i].wanted, cases[i].rule);
	}
	foreign_done(&f);
}

TEST(what_leads_elsewhere_is_understood)
{
	static const char *const wanted =
		"accept(to 172.17.0.2:80) tcp dport 8080 ip4 | accept(to fd00::2:0) tcp dport 81 "
		"ip6 | "
		"accept(to here:22) tcp dport 2222 | accept(to ?) tcp dport 5 saddr 10.0.0.1 ip4";
	struct text text = {0};
	struct foreign f;
	need_netns();
	nft("table inet other {\nchain c {\ntype nat hook prerouting priority -100\n"
	    "tcp dport 8080 dnat ip to 172.17.0.2:80\n"
	    "tcp dport 81 dnat ip6 to fd00::2\n"
	    "tcp dport 2222 redirect to :22\n"
	    "tcp dport 5 dnat ip to ip saddr map { 10.0.0.1 : 10.0.0.2 }\n}\n}\n");
	assert_int_equal(foreign_read(NULL, &f), 0);
	put_rules(&text, f.first);
	assert_text(&text, wanted, "nat");
	foreign_done(&f);
}

TEST(what_changes_a_packet_or_connection_is_noticed)
{
	static const char *const changing[] = {
		"notrack", "ct mark set 5", "ip dscp set cs1", "ip daddr set 10.0.0.1"};
	static const char *const harmless[] = {"counter", "meta mark set 5", "ct mark 5 accept"};
	struct foreign f;
	char script[1024];
	for (size_t i = 0; i < 7; i++) {
		need_netns();
		snprintf(script, sizeof(script),
			"table inet other {\nchain c {\ntype filter hook input priority "
			"0\n%s\n}\n}\n",
			i < 4 ? changing[i] : harmless[i - 4]);
		nft(script);
		assert_int_equal(foreign_read(NULL, &f), 0);
		assert_int_equal(f.first->changes, i < 4);
		foreign_done(&f);
	}
}

/* As of a kernel that is newer than libnftnl. */
TEST(a_rule_that_cannot_be_read_to_its_end_may_do_anything)
{
	const struct foreign_chain c = {.table = "ip a", .name = "c", .families = FOREIGN_IPV4};
	struct foreign_source source = {nftnl_rule_alloc(), false};
	struct foreign_chain *chain;
	struct text text = {0};
	struct foreign f;
	assert_non_null(source.rule);
	assert_int_equal(foreign_init(&f), 0);
	assert_int_equal(foreign_add_chain(&f, &c, &chain), 0);
	nftnl_rule_set_u64(source.rule, NFTNL_RULE_HANDLE, 7);
	assert_int_equal(foreign_rule_take(&f, chain, &source, NULL), 0);
	put_rules(&text, chain);
	assert_text(&text, "unknown ip4 some", "rule");
	assert_string_equal(f.gaps->what, "table ip a, chain c: rule with handle 7 has an "
					  "expression that rolewall does not know");
	nftnl_rule_free(source.rule);
	foreign_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_of_nft_are_understood),
		cmocka_unit_test(a_rule_that_cannot_be_read_to_its_end_may_do_anything),
		cmocka_unit_test(what_leads_elsewhere_is_understood),
		cmocka_unit_test(what_changes_a_packet_or_connection_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
