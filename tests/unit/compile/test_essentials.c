/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ICMP by type and multicast memberships: which packets pass whatever the flows say, asked of the
 * evaluator. */
#include "compile/essentials.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include "ruleset/evaluate.h"
#include "ruleset/memory_policy.h"

static const struct place nowhere = {0};

/* input and output with nothing but the essentials; the policy of a chain is drop */
static struct ruleset *essentials(void)
{
	struct policy *policy = memory_policy(NULL, "[host]\n");
	struct build b;
	struct ruleset *r;
	build_start(&b, 1, 0xffff0000);
	essential_chains(&b, policy);
	chain(&b, nowhere, "input", HOOK_INPUT);
	essential_rules(&b, SIDE_IN);
	chain(&b, nowhere, "output", HOOK_OUTPUT);
	essential_rules(&b, SIDE_OUT);
	assert_int_equal(build_finish(&b, &r), 0);
	policy_free(policy);
	return r;
}

static bool passes(const struct packet *p)
{
	struct ruleset *r = essentials();
	bool result = evaluate(r, p).ending == ENDING_ACCEPT;
	ruleset_free(r);
	return result;
}

static bool icmp_passes(sa_family_t family, uint8_t protocol, uint8_t type)
{
	struct packet p = {
		.hook = HOOK_INPUT,
		.protocol = protocol,
		.source.family = family,
		.destination.family = family,
		.icmp_type = type,
	};
	return passes(&p);
}

TEST(errors_and_echo_pass)
{
	assert_true(icmp_passes(AF_INET, IPPROTO_ICMP, ICMP_DEST_UNREACH));
	assert_true(icmp_passes(AF_INET, IPPROTO_ICMP, ICMP_TIME_EXCEEDED));
	assert_true(icmp_passes(AF_INET, IPPROTO_ICMP, ICMP_PARAMETERPROB));
	assert_true(icmp_passes(AF_INET, IPPROTO_ICMP, ICMP_ECHO));
	/* an answer passes with the echo that it answers; by itself it is the first of nothing */
	assert_false(icmp_passes(AF_INET, IPPROTO_ICMP, ICMP_ECHOREPLY));
	assert_true(icmp_passes(AF_INET6, IPPROTO_ICMPV6, ICMP6_PACKET_TOO_BIG));
	assert_true(icmp_passes(AF_INET6, IPPROTO_ICMPV6, ICMP6_ECHO_REQUEST));
}

TEST(redirects_and_timestamps_do_not)
{
	assert_false(icmp_passes(AF_INET, IPPROTO_ICMP, ICMP_REDIRECT));
	assert_false(icmp_passes(AF_INET, IPPROTO_ICMP, ICMP_TIMESTAMP));
	assert_false(icmp_passes(AF_INET6, IPPROTO_ICMPV6, ND_REDIRECT));
	assert_false(icmp_passes(AF_INET6, IPPROTO_ICMPV6, 139)); /* node information */
}

TEST(the_families_do_not_mix)
{
	assert_false(icmp_passes(AF_INET6, IPPROTO_ICMP, ICMP_ECHO));
	assert_false(icmp_passes(AF_INET, IPPROTO_ICMPV6, ICMP6_ECHO_REQUEST));
}

TEST(neighbour_discovery_from_afar_does_not_pass)
{
	/* the evaluator's packets have a hop limit of 64 */
	assert_false(icmp_passes(AF_INET6, IPPROTO_ICMPV6, ND_NEIGHBOR_SOLICIT));
	assert_false(icmp_passes(AF_INET6, IPPROTO_ICMPV6, ND_ROUTER_ADVERT));
	assert_false(icmp_passes(AF_INET6, IPPROTO_ICMPV6, MLD_LISTENER_QUERY));
}

static bool igmp_passes(enum hook hook, const char *to)
{
	struct packet p = {.hook = hook, .protocol = IPPROTO_IGMP, .source = {AF_INET, {10}}};
	assert_int_equal(addr_parse(to, strlen(to), &p.destination), 0);
	return passes(&p);
}

TEST(memberships_are_told_to_groups_both_ways)
{
	assert_true(igmp_passes(HOOK_INPUT, "224.0.0.1"));
	assert_true(igmp_passes(HOOK_OUTPUT, "224.0.0.22"));
	assert_true(igmp_passes(HOOK_OUTPUT, "239.255.255.255"));
	assert_false(igmp_passes(HOOK_INPUT, "10.0.0.1"));
	assert_false(igmp_passes(HOOK_INPUT, "223.255.255.255"));
	assert_false(igmp_passes(HOOK_OUTPUT, "240.0.0.1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_and_echo_pass),
		cmocka_unit_test(redirects_and_timestamps_do_not),
		cmocka_unit_test(the_families_do_not_mix),
		cmocka_unit_test(neighbour_discovery_from_afar_does_not_pass),
		cmocka_unit_test(memberships_are_told_to_groups_both_ways),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
