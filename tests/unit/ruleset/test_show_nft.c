/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole script, letter by letter, and the spelling of each statement. */
#include "ruleset/show_nft.h"

#include "ruleset/build.h"
#include "ruleset/failing_malloc.h"
#include "ruleset/memory_policy.h"
#include "ruleset/sound.h"

static const struct place built_in = {0};
static const struct place somewhere = {"etc/rolewall.conf", 17, 3};

static void assert_rule(const struct statement *statements, size_t n, const char *wanted)
{
	struct rule r = {.comment = "not shown", .n_statements = n};
	struct text text = {0};
	memcpy(r.statements, statements, n * sizeof(*statements));
	show_nft_rule(&r, &text);
	char *found = finished(&text);
	assert_string_equal(found, wanted);
	free(found);
}

#define assert_statement(wanted, ...) \
	do { \
		const struct statement s_ = {__VA_ARGS__}; \
		assert_rule(&s_, 1, wanted); \
	} while (0)

TEST(values_are_shown_by_name_where_nft_has_one)
{
	assert_statement("meta l4proto tcp", STATEMENT_EQUAL, FIELD_L4PROTO, 6);
	assert_statement("meta l4proto 89", STATEMENT_EQUAL, FIELD_L4PROTO, 89);
	assert_statement("ct direction reply", STATEMENT_EQUAL, FIELD_CT_DIRECTION, 1);
	assert_statement("ip saddr 10.0.200.1", STATEMENT_EQUAL, FIELD_IP_SADDR, 0x0a00c801);
	assert_statement("ip6 hoplimit 255", STATEMENT_EQUAL, FIELD_IP6_HOPLIMIT, 255);
	assert_statement("tcp dport 22", STATEMENT_EQUAL, FIELD_TCP_DPORT, 22);
	assert_statement("meta l4proto != icmp", STATEMENT_UNEQUAL, FIELD_L4PROTO, 1);
}

TEST(a_pair_of_ports_is_shown_as_two_matches)
{
	assert_statement("udp sport 65535 udp dport 1", STATEMENT_EQUAL, FIELD_UDP_PORTS,
		0xffff0001);
}

TEST(bits_are_shown_one_by_one)
{
	assert_statement("ct state established,related", STATEMENT_ANY_BIT, FIELD_CT_STATE, 0x6);
	assert_statement("ct state untracked", STATEMENT_ANY_BIT, FIELD_CT_STATE, 0x40);
	assert_statement("ct status dnat", STATEMENT_ANY_BIT, FIELD_CT_STATUS, 0x20);
	/* for nft a mark alone is a number to be equal to */
	assert_statement("ct mark & 0x80000000 != 0x00000000", STATEMENT_ANY_BIT, FIELD_CT_MARK,
		0x80000000);
}

TEST(masks_are_shown_in_eight_digits)
{
	assert_statement("ct mark & 0xffff0000 == 0x00010000", STATEMENT_MASKED, FIELD_CT_MARK,
		.mask = 0xffff0000, .value = 0x00010000);
	assert_statement("ip daddr & 240.0.0.0 == 224.0.0.0", STATEMENT_MASKED, FIELD_IP_DADDR,
		.mask = 0xf0000000, .value = 0xe0000000);
}

TEST(copies_and_queues_are_numbered_and_a_queue_is_never_bypassed)
{
	assert_statement("log group 7 snaplen 512 queue-threshold 1", STATEMENT_COPY, .value = 7,
		.length = 512);
	assert_statement("queue num 65535", STATEMENT_QUEUE, .value = 65535);
	assert_statement("meta skuid 998", STATEMENT_EQUAL, FIELD_SKUID, 998);
}

TEST(a_rule_of_no_statements_is_empty)
{
	assert_rule((const struct statement[]){{0}}, 0, "");
}

TEST(statements_stand_a_blank_apart_and_the_comment_is_left_out)
{
	const struct statement statements[] = {
		{.kind = STATEMENT_NAME, .field = FIELD_OIFNAME, .name = "lo"},
		{.kind = STATEMENT_VERDICT, .verdict = VERDICT_GOTO, .name = "x"},
	};
	assert_rule(statements, 2, "oifname \"lo\" goto x");
}

TEST(a_ruleset_is_shown_as_a_script_that_replaces_the_table)
{
	static const struct element ports[] = {{22, 22, 0, NULL}, {2200, 2210, 0, NULL}};
	static const struct element map[] = {
		{6, 6, VERDICT_JUMP, "other"}, {17, 17, VERDICT_ACCEPT, NULL}};
	struct addrset addresses = {0};
	struct addr_range range;
	char why[ADDR_FAULT_SIZE];
	struct text text = {0};
	struct ruleset *r;
	struct build b;
	assert_int_equal(addr_range_parse("10.0.0.5-10.0.0.9", 17, &range, why), 0);
	assert_int_equal(addrset_add(&addresses, &range), 0);
	assert_int_equal(addr_range_parse("10.1.0.0/16", 11, &range, why), 0);
	assert_int_equal(addrset_add(&addresses, &range), 0);
	assert_int_equal(addr_range_parse("2001:db8::7", 11, &range, why), 0);
	assert_int_equal(addrset_add(&addresses, &range), 0);
	build_start(&b, 1, 0xffff0000);
	counter(&b, built_in, "refused");
	number_set(&b, built_in, "ports", TYPE_INET_SERVICE, false, ports, 2);
	number_set(&b, somewhere, "map", TYPE_INET_PROTO, true, map, 2);
	address_set(&b, somewhere, "ranges", &addresses, ADDRSET_RANGES4);
	address_set(&b, somewhere, "hosts6", &addresses, ADDRSET_HOSTS6);
	dynamic_set(&b, somewhere, "sessions-5", TYPE_INET_PROTO, 2, 0);
	chain(&b, built_in, "other", HOOK_NONE);
	chain(&b, built_in, "input", HOOK_INPUT);
	rule(&b, built_in, "all");
	count(&b, "refused");
	drop_packet(&b);
	assert_int_equal(build_finish(&b, &r), 0);
	show_nft(r, &text);
	char *found = finished(&text);
	assert_string_equal(found,
		"table inet rolewall\n"
		"delete table inet rolewall\n"
		"table inet rolewall {\n"
		"\tcounter refused {\n\t}\n"
		"\tset ports-a046a647 {\n"
		"\t\ttype inet_service\n"
		"\t\tflags interval\n"
		"\t\tcomment \"built-in\"\n"
		"\t\telements = {\n"
		"\t\t\t22,\n"
		"\t\t\t2200-2210\n"
		"\t\t}\n"
		"\t}\n"
		"\tmap map-29d948ba {\n"
		"\t\ttype inet_proto : verdict\n"
		"\t\tsize 10\n"
		"\t\tcomment \"etc/rolewall.conf\"\n"
		"\t\telements = {\n"
		"\t\t\ttcp : jump other,\n"
		"\t\t\tudp : accept\n"
		"\t\t}\n"
		"\t}\n"
		"\tset ranges {\n"
		"\t\ttype ipv4_addr\n"
		"\t\tflags interval\n"
		"\t\tcomment \"etc/rolewall.conf\"\n"
		"\t\telements = {\n"
		"\t\t\t10.0.0.5-10.0.0.9,\n"
		"\t\t\t10.1.0.0/16\n"
		"\t\t}\n"
		"\t}\n"
		"\tset hosts6 {\n"
		"\t\ttype ipv6_addr\n"
		"\t\tsize 9\n"
		"\t\tcomment \"etc/rolewall.conf\"\n"
		"\t\telements = {\n"
		"\t\t\t2001:db8::7\n"
		"\t\t}\n"
		"\t}\n"
		"\tset sessions-5 {\n"
		"\t\ttype inet_proto\n"
		"\t\tsize 2\n"
		"\t\tflags dynamic\n"
		"\t\tcomment \"etc/rolewall.conf\"\n"
		"\t}\n"
		"\tchain other {\n"
		"\t}\n"
		"\tchain input {\n"
		"\t\ttype filter hook input priority filter; policy drop;\n"
		"\t\tcounter name \"refused\" drop comment \"built-in: all\"\n"
		"\t}\n"
		"}\n");
	free(found);
	ruleset_free(r);
	addrset_done(&addresses);
}

static int show_and_free(void *context)
{
	struct text text = {0};
	char *s;
	show_nft(context, &text);
	int r = text_finish(&text, &s);
	if (r == 0)
		free(s);
	return r;
}

TEST(each_failing_allocation_is_reported_and_nothing_is_kept)
{
	struct text host = {0};
	/* enough of a script that its text moves many times */
	text_put(&host, "[host]\n[peer p]\naddress =");
	for (unsigned i = 0; i < 1000; i++)
		text_printf(&host, " 10.%u.%u.1\n\t", i / 100, i % 100);
	text_put(&host, " 10.0.0.7\n"
			"[flow f]\nport = 1\nprotocol = tcp\nsource = p\ntarget = this-host\n");
	char *s = finished(&host);
	struct policy *p = memory_policy(NULL, s);
	struct ruleset *r = compiled(p, 1);
	assert_survives_each_failure(show_and_free, r);
	ruleset_free(r);
	policy_free(p);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_shown_by_name_where_nft_has_one),
		cmocka_unit_test(a_pair_of_ports_is_shown_as_two_matches),
		cmocka_unit_test(bits_are_shown_one_by_one),
		cmocka_unit_test(masks_are_shown_in_eight_digits),
		cmocka_unit_test(copies_and_queues_are_numbered_and_a_queue_is_never_bypassed),
		cmocka_unit_test(a_rule_of_no_statements_is_empty),
		cmocka_unit_test(statements_stand_a_blank_apart_and_the_comment_is_left_out),
		cmocka_unit_test(a_ruleset_is_shown_as_a_script_that_replaces_the_table),
		cmocka_unit_test(each_failing_allocation_is_reported_and_nothing_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
