/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom a DHCP client hears and speaks to, asked of the evaluator. */
#include "compile/dhcp.h"

#include <netinet/in.h>
#include <string.h>

#include "ruleset/evaluate.h"
#include "testing.h"

static const struct place nowhere = {0};

/* input and output with nothing but DHCP; the policy of a chain is drop */
static bool passes(enum hook hook, const char *source, uint16_t source_port,
	const char *destination, uint16_t destination_port)
{
	struct packet p = {
		.hook = hook,
		.protocol = IPPROTO_UDP,
		.source_port = source_port,
		.destination_port = destination_port,
	};
	struct build b;
	struct ruleset *r;
	build_start(&b, 1, 0xffff0000);
	dhcp_sets(&b);
	chain(&b, nowhere, "input", HOOK_INPUT);
	dhcp_rules(&b, SIDE_IN);
	chain(&b, nowhere, "output", HOOK_OUTPUT);
	dhcp_rules(&b, SIDE_OUT);
	assert_int_equal(build_finish(&b, &r), 0);
	assert_int_equal(addr_parse(source, strlen(source), &p.source), 0);
	assert_int_equal(addr_parse(destination, strlen(destination), &p.destination), 0);
	bool result = evaluate(r, &p).ending == ENDING_ACCEPT;
	ruleset_free(r);
	return result;
}

static bool heard(const char *server, const char *client)
{
	return passes(HOOK_INPUT, server, 67, client, 68);
}

static bool said(const char *client, const char *server)
{
	return passes(HOOK_OUTPUT, client, 68, server, 67);
}

TEST(answers_come_from_a_host_to_this_one_or_to_all)
{
	assert_true(heard("10.0.0.1", "255.255.255.255"));
	assert_true(heard("10.0.0.1", "10.0.0.77"));
	assert_true(heard("168.63.129.16", "10.0.0.77")); /* a cloud's */
	assert_true(heard("169.254.169.254", "10.0.0.77"));
	assert_true(heard("1.0.0.0", "223.255.255.255"));
	assert_false(heard("0.0.0.0", "255.255.255.255"));
	assert_false(heard("255.255.255.255", "10.0.0.77"));
	assert_false(heard("127.0.0.1", "10.0.0.77"));
	assert_false(heard("224.0.0.1", "10.0.0.77"));
	assert_false(heard("10.0.0.1", "224.0.0.1"));
	assert_false(heard("10.0.0.1", "0.0.0.0"));
	assert_false(heard("10.0.0.1", "255.255.255.254"));
}

TEST(a_client_may_have_no_address_yet)
{
	assert_true(said("0.0.0.0", "255.255.255.255"));
	assert_true(said("10.0.0.77", "255.255.255.255"));
	assert_true(said("10.0.0.77", "10.0.0.1"));
	assert_false(said("0.0.0.1", "255.255.255.255"));
	assert_false(said("10.0.0.77", "239.1.1.1"));
}

TEST(a_server_is_nobody_here_and_neither_is_another_port)
{
	assert_false(passes(HOOK_INPUT, "10.0.0.77", 68, "10.0.0.1", 67));
	assert_false(passes(HOOK_OUTPUT, "10.0.0.1", 67, "10.0.0.77", 68));
	assert_false(passes(HOOK_INPUT, "10.0.0.1", 67, "10.0.0.77", 69));
	assert_false(passes(HOOK_OUTPUT, "fe80::1", 547, "fe80::2", 546));
}

TEST(dhcpv4_is_for_ipv4_only)
{
	assert_false(heard("fe80::1", "fe80::2"));
	assert_false(heard("2001:db8::1", "2001:db8::2"));
	assert_false(said("fe80::2", "ff02::1"));
}

TEST(dhcpv6_passes_on_the_link_only)
{
	assert_true(passes(HOOK_INPUT, "fe80::1", 547, "fe80::2", 546));
	assert_true(passes(HOOK_INPUT, "febf::1", 547, "fe80::2", 546));
	assert_false(passes(HOOK_INPUT, "fec0::1", 547, "fe80::2", 546));
	assert_false(passes(HOOK_INPUT, "2001:db8::1", 547, "fe80::2", 546));
	assert_false(passes(HOOK_INPUT, "fe80::1", 547, "2001:db8::2", 546));
	assert_false(passes(HOOK_INPUT, "fe80::1", 547, "ff02::1", 546));
	assert_true(passes(HOOK_OUTPUT, "fe80::2", 546, "ff02::1:2", 547));
	assert_false(passes(HOOK_OUTPUT, "2001:db8::2", 546, "ff02::1:2", 547));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come_from_a_host_to_this_one_or_to_all),
		cmocka_unit_test(a_client_may_have_no_address_yet),
		cmocka_unit_test(a_server_is_nobody_here_and_neither_is_another_port),
		cmocka_unit_test(dhcpv4_is_for_ipv4_only),
		cmocka_unit_test(dhcpv6_passes_on_the_link_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
