/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What DNAT has led elsewhere, and containers: what of it is ours to judge. */
#include "compile/published.h"

#include <netinet/in.h>

#include "ruleset/chain_text.h"
#include "ruleset/evaluate.h"
#include "ruleset/memory_policy.h"
#include "ruleset/sound.h"

#define HOST \
	"[host]\n[flow web]\nport = 8080\nprotocol = tcp\nsource = client\ntarget = this-host\n" \
	"[peer client]\naddress = 10.2.0.7\n"

static const char us[] = "10.0.0.1", client[] = "10.2.0.7", unknown[] = "192.0.2.1",
		  web[] = "172.17.0.2", other[] = "172.17.0.3", third[] = "10.3.0.1",
		  vip[] = "10.88.0.1";

static struct addr address(const char *s)
{
	struct addr a;
	assert_int_equal(addr_parse(s, strlen(s), &a), 0);
	return a;
}

/* A policy of a host that has an address, and a bridge with containers. */
static struct policy *policy_of_host(const char *text)
{
	static struct name docker0 = {.text = "docker0"};
	const struct addr_range own[] = {{address(us), address(us)},
		{address("172.17.0.1"), address("172.17.0.1")},
		{address("2001:db8::1"), address("2001:db8::1")}};
	const struct addr_range networks[] = {{address("172.17.0.0"), address("172.17.255.255")},
		{address("fd00:17::"), address("fd00:17::ffff:ffff:ffff:ffff")}};
	struct policy *p = memory_policy(NULL, text);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(addrset_add(&p->host.own, &own[i]), 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(addrset_add(&p->host.container_networks, &networks[i]), 0);
	addrset_normalise(&p->host.own);
	addrset_normalise(&p->host.container_networks);
	p->host.containers = (struct names){&docker0, 1};
	return p;
}

/* TCP that DNAT leads to port 80. */
static struct packet led(const char *from, const char *in, const char *dialled, uint16_t port,
	const char *to, const char *out)
{
	return (struct packet){
		.hook = HOOK_FORWARD,
		.interface = in,
		.out_interface = out,
		.protocol = IPPROTO_TCP,
		.source = address(from),
		.source_port = 50000,
		.destination = address(to),
		.destination_port = 80,
		.is_dnated = true,
		.dialled = address(dialled),
		.dialled_port = port,
	};
}

static bool policy_lets(const struct policy *policy, struct packet p)
{
	struct ruleset *r = compiled(policy, 1);
	assert_sound(r, 1);
	bool accepted = evaluate(r, &p).ending == ENDING_ACCEPT;
	ruleset_free(r);
	return accepted;
}

static bool lets(struct packet p)
{
	struct policy *policy = policy_of_host(HOST);
	bool accepted = policy_lets(policy, p);
	policy_free(policy);
	return accepted;
}

TEST(what_comes_from_outside_for_this_host_is_judged)
{
	assert_true(lets(led(client, "eth0", us, 8080, web, "docker0")));
	assert_false(lets(led(unknown, "eth0", us, 8080, web, "docker0")));
	assert_false(lets(led(client, "eth0", us, 8081, web, "docker0")));
	assert_false(lets(led(unknown, "eth0", us, 8080, third, "eth0")));
	assert_false(lets(led(unknown, "eth0", "2001:db8::1", 8080, "2001:db8::5", "eth0")));
	assert_false(lets(led("fe80::9", "eth0", "fe80::1", 8080, "2001:db8::5", "eth0")));
	/* an address alone does not make a container */
	assert_false(lets(led(other, "eth0", us, 8080, web, "docker0")));
}

TEST(what_is_led_to_a_container_is_judged_whatever_was_dialled)
{
	assert_false(lets(led(unknown, "eth0", vip, 8080, web, "docker0")));
	assert_true(lets(led(client, "eth0", vip, 8080, web, "docker0")));
	/* by which interface it will leave is not known */
	assert_false(lets(led(unknown, "eth0", vip, 8080, web, NULL)));
}

TEST(what_comes_from_a_container_is_not_judged)
{
	assert_true(lets(led(other, "docker0", vip, 443, third, "eth0")));
	assert_true(lets(led(other, "docker0", us, 8081, web, "docker0")));
}

TEST(what_is_routed_only_is_not_judged)
{
	assert_true(lets(led(unknown, "eth0", vip, 443, third, "eth0")));
}

TEST(where_nobody_knows_our_addresses_all_from_outside_is_judged)
{
	struct policy *p = memory_policy(NULL, HOST);
	assert_false(policy_lets(p, led(unknown, "eth0", vip, 443, third, "eth0")));
	assert_true(policy_lets(p, led(client, "eth0", us, 8080, web, "docker0")));
	policy_free(p);
}

static struct packet said(const char *to, uint16_t port, uint8_t protocol)
{
	return (struct packet){
		.hook = HOOK_OUTPUT,
		.protocol = protocol,
		.source = address(us),
		.source_port = 50000,
		.destination = address(to),
		.destination_port = port,
	};
}

TEST(this_host_calls_its_containers_and_nobody_else)
{
	struct policy *none = policy_of_host(HOST);
	assert_true(lets(said(web, 80, IPPROTO_TCP)));
	assert_true(lets(said(web, 53, IPPROTO_UDP)));
	assert_false(lets(said(third, 80, IPPROTO_TCP)));
	addrset_done(&none->host.container_networks);
	assert_false(policy_lets(none, said(web, 80, IPPROTO_TCP)));
	policy_free(none);
}

/* A container's session from before the start, whose first packet seen is the answer. */
TEST(a_containers_session_to_a_served_port_does_not_count_as_ours)
{
	struct packet p = said(web, 40000, IPPROTO_TCP);
	p.is_live = true;
	assert_true(lets(p));
	p.source_port = 22;
	assert_false(lets(p));
}

TEST(an_answer_to_a_call_of_our_own_published_port_is_let_in)
{
	struct policy *p = policy_of_host(HOST);
	struct ruleset *r = compiled(p, 1);
	struct text input = {0};
	for (const struct rule *rule = ruleset_chain(r, "input")->first; rule; rule = rule->next) {
		show_nft_rule(rule, &input);
		text_put(&input, "\n");
	}
	char *found = finished(&input);
	assert_non_null(strstr(found,
		"\nct direction reply ct state established,new ct status dnat "
		"ct original ip daddr @own-hosts4 goto accept-own\n"));
	free(found);
	assert_chain(r, "accept-own", "ct mark set ct mark & 0x0000ffff | 0x00010000 accept\n");
	ruleset_free(r);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_from_outside_for_this_host_is_judged),
		cmocka_unit_test(what_is_led_to_a_container_is_judged_whatever_was_dialled),
		cmocka_unit_test(what_comes_from_a_container_is_not_judged),
		cmocka_unit_test(what_is_routed_only_is_not_judged),
		cmocka_unit_test(where_nobody_knows_our_addresses_all_from_outside_is_judged),
		cmocka_unit_test(this_host_calls_its_containers_and_nobody_else),
		cmocka_unit_test(a_containers_session_to_a_served_port_does_not_count_as_ours),
		cmocka_unit_test(an_answer_to_a_call_of_our_own_published_port_is_let_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
