/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What others have in the kernel, judged by what a policy allows, in one look. */
#include "others/others.h"

#include "live/netns.h"
#include "ruleset/failing_malloc.h"
#include "ruleset/memory_policy.h"

static const char host_file[] = "[host]\n[management]\nfrom = 10.0.9.0/24\n"
				"[peer p]\naddress = 10.0.0.1\n"
				"[flow web]\nport = 443\nprotocol = tcp\nsource = p\n"
				"target = this-host\n";

static int look(void *context)
{
	static const struct survey_host host;
	struct findings found;
	int r = others_look(context, &host, &found);
	if (r == 0)
		findings_done(&found);
	return r;
}

static void assert_defeat(const char *script, bool defeated)
{
	static const struct survey_host host;
	struct policy *p = memory_policy(NULL, host_file);
	struct findings found;
	need_netns();
	nft(script);
	assert_int_equal(others_look(p, &host, &found), 0);
	assert_int_equal(findings_have_defeat(&found), defeated);
	findings_done(&found);
	policy_free(p);
}

TEST(without_others_nothing_is_found)
{
	assert_defeat("table inet rolewall {\nchain c {\n"
		      "type filter hook input priority 1\ntcp dport 443 drop\n}\n}\n",
		false);
}

TEST(a_rule_that_drops_what_we_allow_is_found)
{
	assert_defeat("table inet a {\nchain c {\n"
		      "type filter hook input priority 1\ntcp dport 443 drop\n}\n}\n",
		true);
}

TEST(an_address_in_a_set_is_found_if_it_is_a_peers)
{
	assert_defeat("table inet a {\nset s {\ntype ipv4_addr\nelements = { 192.0.2.1 }\n}\n"
		      "chain c {\ntype filter hook input priority 1\n"
		      "ip saddr != @s tcp dport 443 drop\n}\n}\n",
		true);
	assert_defeat("table inet a {\nset s {\ntype ipv4_addr\nelements = { 10.0.0.1 }\n}\n"
		      "chain c {\ntype filter hook input priority 1\n"
		      "ip saddr != @s tcp dport 443 drop\n}\n}\n",
		false);
}

TEST(memory_may_run_out_anywhere)
{
	struct policy *p = memory_policy(NULL, host_file);
	need_netns();
	nft("table inet a {\nchain c {\n"
	    "type filter hook input priority 1\ntcp dport 443 drop\n}\n}\n");
	assert_survives_each_failure(look, p);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_others_nothing_is_found),
		cmocka_unit_test(a_rule_that_drops_what_we_allow_is_found),
		cmocka_unit_test(an_address_in_a_set_is_found_if_it_is_a_peers),
		cmocka_unit_test(memory_may_run_out_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
