/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose echo requests are counted against which share. */
#include "compile/echo.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include "ruleset/evaluate.h"
#include "ruleset/memory_policy.h"
#include "ruleset/sound.h"

static const char host[] = "[host]\n"
			   "[management]\nfrom = 10.0.9.0/24, 10.0.8.1\n"
			   "[flow web]\nport = 443\nprotocol = tcp\nsource = client\n"
			   "target = this-host\n"
			   "[flow all]\nport = 80\nprotocol = tcp\nsource = anybody\n"
			   "target = this-host\n"
			   "[peer client]\naddress = 10.1.0.5, 2001:db8:1::/64\n"
			   "[peer anybody]\naddress = any\n";

TEST(each_family_has_shares_of_its_own)
{
	struct policy *p = memory_policy(NULL, host);
	struct ruleset *r = compiled(p, 1);
	assert_sound(r, 1);
	assert_chain(r, "echo-v4",
		"ip saddr @management-hosts4 goto echo-management-v4\n"
		"ip saddr @management-ranges4 goto echo-management-v4\n"
		"ip saddr @peer-client-hosts4 goto echo-peers-v4\n"
		"limit rate 50/second burst 100 packets accept\n");
	assert_chain(r, "echo-v6",
		"ip6 saddr @peer-client-ranges6 goto echo-peers-v6\n"
		"limit rate 50/second burst 100 packets accept\n");
	assert_chain(r, "echo-management-v4", "limit rate 200/second burst 400 packets accept\n");
	assert_chain(r, "echo-peers-v4", "limit rate 200/second burst 400 packets accept\n");
	assert_chain(r, "echo-peers-v6", "limit rate 200/second burst 400 packets accept\n");
	assert_null(ruleset_chain(r, "echo-management-v6"));
	ruleset_free(r);
	policy_free(p);
}

TEST(a_host_that_knows_nobody_has_one_share)
{
	struct policy *p = memory_policy(NULL, "[host]\n");
	struct ruleset *r = compiled(p, 1);
	assert_chain(r, "echo-v4", "limit rate 50/second burst 100 packets accept\n");
	assert_chain(r, "echo-v6", "limit rate 50/second burst 100 packets accept\n");
	ruleset_free(r);
	policy_free(p);
}

TEST(where_anybody_manages_all_have_the_share_of_management)
{
	struct policy *p = memory_policy(NULL, "[host]\n[management]\nfrom = any\n");
	struct ruleset *r = compiled(p, 1);
	assert_chain(r, "echo-v4",
		"goto echo-management-v4\n"
		"limit rate 50/second burst 100 packets accept\n");
	ruleset_free(r);
	policy_free(p);
}

/* The rule that decides a request; with a hook of output, one of our own. */
static const char *decides(const struct ruleset *r, enum hook hook, const char *source)
{
	struct packet p = {.hook = hook};
	assert_int_equal(addr_parse(source, strlen(source), &p.source), 0);
	p.destination.family = p.source.family;
	p.protocol = p.source.family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	p.icmp_type = p.source.family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	struct outcome o = evaluate(r, &p);
	assert_int_equal(o.ending, ENDING_ACCEPT);
	return o.rule->comment;
}

TEST(the_rule_that_decides_says_how_many_a_second)
{
	struct policy *p = memory_policy(NULL, host);
	struct ruleset *r = compiled(p, 1);
	assert_string_equal(decides(r, HOOK_INPUT, "10.0.9.77"),
		"built-in: echo from management, up to 200 a second");
	assert_string_equal(decides(r, HOOK_INPUT, "10.0.8.1"),
		"built-in: echo from management, up to 200 a second");
	assert_string_equal(decides(r, HOOK_INPUT, "2001:db8:1::7"),
		"built-in: echo from peers of this host, up to 200 a second");
	assert_string_equal(decides(r, HOOK_INPUT, "192.0.2.1"),
		"built-in: echo from everybody else, up to 50 a second");
	assert_string_equal(decides(r, HOOK_OUTPUT, "10.0.0.1"),
		"built-in: echo from this host, not limited");
	assert_string_equal(decides(r, HOOK_OUTPUT, "2001:db8::1"),
		"built-in: echo from this host, not limited");
	ruleset_free(r);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_family_has_shares_of_its_own),
		cmocka_unit_test(a_host_that_knows_nobody_has_one_share),
		cmocka_unit_test(where_anybody_manages_all_have_the_share_of_management),
		cmocka_unit_test(the_rule_that_decides_says_how_many_a_second),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
