/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's rules say of every packet what the ruleset says that they were made from. */
#include "kernel/inforce.h"

#include <errno.h>

#include "kernel/put.h"

static const char host[] =
	"[host]\nsize = 450\n[size 450]\nsessions = 10\n"
	"[management]\nfrom = 10.0.9.0/24, 2001:db8:9::5\nport = 22 2200-2300\n"
	"[flow web]\nport = 443 8000-8100\nprotocol = tcp udp\nsource = client\n"
	"target = this-host\n"
	"[flow same]\nport = 443\nprotocol = tcp\nsource = server\ntarget = this-host\n"
	"[flow dns]\nport = 53\nprotocol = udp\nsource = this-host\ntarget = server\n"
	"[flow esp]\nprotocol = 50\nsource = client\ntarget = this-host\n"
	"initiator = either\n"
	"[peer client]\naddress = 10.1.0.5, 10.1.0.20-10.1.0.30, 2001:db8:1::5, "
	"2001:db8:2::/48, 250.0.0.0-255.255.255.255\n"
	"[peer server]\naddress = 10.2.0.53, 2001:db8:53::/64\n";

static const char *const addresses[] = {"10.0.0.1", "10.1.0.5", "10.1.0.4", "10.1.0.19",
	"10.1.0.20", "10.1.0.25", "10.1.0.30", "10.1.0.31", "10.2.0.53", "10.0.9.0", "10.0.9.255",
	"10.0.10.0", "249.255.255.255", "250.0.0.0", "255.255.255.255", "2001:db8::1",
	"2001:db8:1::5", "2001:db8:2::", "2001:db8:2:ffff::1", "2001:db8:3::", "2001:db8:53::1",
	"2001:db8:9::5", "fe80::1"};
static const uint16_t ports[] = {
	22, 53, 67, 68, 443, 546, 547, 2250, 7999, 8000, 8100, 8101, 50000};
static const uint8_t protocols[] = {
	IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6, 50, 132};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct comparing {
	struct inforce *rules;
	const struct ruleset *ruleset;
	size_t accepted, refused;
};

static void compare(struct comparing *c, const struct packet *p)
{
	enum ending said = evaluate(c->ruleset, p).ending;
	int found = inforce_accepts(c->rules, p, NULL);
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
	addr_print(&p->source, from);
	addr_print(&p->destination, to);
	if (found != (said == ENDING_ACCEPT))
		fail_msg("hook %d protocol %u %s:%u -> %s:%u live %d mark %x dnat %d: %d, not %d",
			p->hook, p->protocol, from, p->source_port, to, p->destination_port,
			p->is_live, p->mark, p->is_dnated, found, said);
	*(found ? &c->accepted : &c->refused) += 1;
}

/* One packet in all its variants. */
static void compare_variants(struct comparing *c, struct packet p)
{
	static const enum hook hooks[] = {HOOK_INPUT, HOOK_FORWARD, HOOK_OUTPUT};
	uint32_t mark = mark_of_generation(c->ruleset->mark_mask, c->ruleset->generation);
	for (size_t h = 0; h < COUNT(hooks); h++) {
		p.hook = hooks[h];
		p.is_live = p.is_dnated = p.loopback = false;
		p.mark = 0;
		compare(c, &p);
		p.is_live = true;
		compare(c, &p);
		p.is_dnated = true;
		p.dialled = p.destination;
		p.dialled_port = 443;
		compare(c, &p);
		p.mark = mark | 0x1234;
		compare(c, &p);
		p.mark = 0;
		p.loopback = true;
		compare(c, &p);
	}
}

static void compare_all(struct comparing *c)
{
	for (size_t i = 0; i < COUNT(addresses) * COUNT(addresses); i++) {
		struct packet p = {0};
		const char *from = addresses[i % COUNT(addresses)],
			   *to = addresses[i / COUNT(addresses)];
		addr_parse(from, strlen(from), &p.source);
		addr_parse(to, strlen(to), &p.destination);
		if (p.source.family != p.destination.family)
			continue;
		/* a sample that differs from pair to pair, so that all meet all in the end */
		for (size_t j = 0; j < 12; j++) {
			size_t k = i * 12 + j;
			p.protocol = protocols[j < 6 ? j % 2 : k % COUNT(protocols)];
			p.source_port = ports[(k / 7) % COUNT(ports)];
			p.destination_port = ports[k % COUNT(ports)];
			p.icmp_type = (uint8_t)(k % 150);
			compare_variants(c, p);
		}
	}
}

static void the_kernels_rules_and_the_ruleset_agree_on_every_packet(void **state)
{
	(void)state;
	need_netns();
	struct nfsock s = opened();
	struct applied now = put(&s, host);
	struct comparing c = {.ruleset = now.ruleset};
	assert_int_equal(inforce_read(&s, &c.rules), 0);
	compare_all(&c);
	assert_true(c.accepted > 1000);
	assert_true(c.refused > 1000);
	inforce_free(c.rules);
	applied_done(&now);
	nfsock_close(&s);
}

static struct packet web(const char *from)
{
	static const char us[] = "10.0.0.1";
	struct packet p = {.hook = HOOK_INPUT,
		.protocol = IPPROTO_TCP,
		.source_port = 50000,
		.destination_port = 443};
	addr_parse(from, strlen(from), &p.source);
	addr_parse(us, strlen(us), &p.destination);
	return p;
}

static void what_accepts_is_told_by_its_counter(void **state)
{
	struct packet client = web("10.1.0.5"), server = web("10.2.0.53"), ssh = web("10.0.9.5");
	struct inforce *rules;
	const char *counter;
	(void)state;
	need_netns();
	struct nfsock s = opened();
	struct applied now = put(&s, host);
	ssh.destination_port = 22;
	assert_int_equal(inforce_read(&s, &rules), 0);
	assert_int_equal(inforce_accepts(rules, &client, &counter), 1);
	assert_string_equal(counter, "in-web");
	assert_int_equal(inforce_accepts(rules, &server, &counter), 1);
	assert_string_equal(counter, "in-same");
	assert_int_equal(inforce_accepts(rules, &ssh, &counter), 1);
	assert_string_equal(counter, "management-in");
	inforce_free(rules);
	applied_done(&now);
	nfsock_close(&s);
}

/* Puts the host into the kernel and lets nft change it; then asks for one packet. */
static int after(const char *script, struct packet p)
{
	struct inforce *rules;
	need_netns();
	struct nfsock s = opened();
	struct applied now = put(&s, host);
	nft(script);
	assert_int_equal(inforce_read(&s, &rules), 0);
	int r = inforce_accepts(rules, &p, NULL);
	inforce_free(rules);
	applied_done(&now);
	nfsock_close(&s);
	return r;
}

static void foreign_rules_count_as_far_as_they_are_understood(void **state)
{
	struct packet client = web("10.1.0.5"), stranger = web("192.0.2.1");
	(void)state;
	assert_int_equal(after("insert rule inet rolewall input tcp dport 443 drop", client), 0);
	assert_int_equal(after("insert rule inet rolewall input tcp dport != 443 drop", client), 1);
	assert_int_equal(after("insert rule inet rolewall input tcp dport { 443, 444 } accept",
				 stranger),
		1);
	assert_int_equal(after("insert rule inet rolewall input ip saddr != { 10.1.0.5 } accept",
				 stranger),
		1);
	assert_int_equal(after("insert rule inet rolewall input tcp dport vmap { 443 : accept }",
				 stranger),
		1);
	assert_int_equal(after("insert rule inet rolewall input tcp dport 443 jump { accept; }",
				 stranger),
		1);
	assert_int_equal(after("flush chain inet rolewall input", client), 0);
	assert_int_equal(after("insert rule inet rolewall input meta cpu 0-100 accept", stranger),
		-ENOTSUP);
	assert_int_equal(after("insert rule inet rolewall input ip saddr . tcp dport "
			       "{ 192.0.2.1 . 443 } accept",
				 stranger),
		-ENOTSUP);
	/* in another table they are none of ours */
	assert_int_equal(after("table inet other {\n chain input {\n drop\n }\n }", client), 1);
}

static void an_element_that_somebody_took_away_is_not_there(void **state)
{
	(void)state;
	assert_int_equal(after("delete element inet rolewall peer-client-hosts4 { 10.1.0.5 }",
				 web("10.1.0.5")),
		0);
	assert_int_equal(after("add element inet rolewall peer-client-ranges4 { 10.9.0.0/16 }",
				 web("10.9.3.3")),
		1);
}

static void a_goto_does_not_come_back_to_its_chain(void **state)
{
	static const char script[] = "table inet rolewall {\n chain a {\n return\n }\n"
				     "chain b {\n jump a\n goto a\n accept\n }\n }\n"
				     "insert rule inet rolewall input jump b\n";
	(void)state;
	assert_int_equal(after(script, web("10.1.0.5")), 1);
	assert_int_equal(after(script, web("192.0.2.1")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernels_rules_and_the_ruleset_agree_on_every_packet),
		cmocka_unit_test(what_accepts_is_told_by_its_counter),
		cmocka_unit_test(foreign_rules_count_as_far_as_they_are_understood),
		cmocka_unit_test(an_element_that_somebody_took_away_is_not_there),
		cmocka_unit_test(a_goto_does_not_come_back_to_its_chain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
