/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules as expressions, read back from the bytes: name and attributes of each, numbers in
 * hexadecimal (linux/netfilter/nf_tables.h).  That nft makes the same of the same text is
 * shown by the golden tests. */
#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/rule.h>
#include <libnftnl/udata.h>

#include "live/decode.h"
#include "nftables/encode/emit.h"
#include "ruleset/build.h"
#include "ruleset/failing_malloc.h"

static const struct place somewhere = {"etc/rolewall.conf", 17, 3};

/* One expression a line: "cmp 1=00000001 2=00000000 3={1=06}". */
static char *expressions(const struct nlmsghdr *nlh)
{
	struct text text = {0};
	char *found = NULL;
	const struct nlattr *list = attribute(nlh, NFTA_RULE_EXPRESSIONS), *element;
	if (list)
		for (element = mnl_attr_get_payload(list); mnl_attr_ok(element,
			     (int)((const char *)list + list->nla_len - (const char *)element));
			element = mnl_attr_next(element)) {
			const struct nlattr *name = mnl_attr_get_payload(element);
			const struct nlattr *data = mnl_attr_next(name);
			assert_int_equal(mnl_attr_get_type(name), NFTA_EXPR_NAME);
			text_printf(&text, "%s ", mnl_attr_get_str(name));
			if (mnl_attr_get_type(data) == NFTA_EXPR_DATA)
				put_attributes(&text, mnl_attr_get_payload(data),
					mnl_attr_get_payload_len(data));
			text_put(&text, "\n");
		}
	assert_int_equal(text_finish(&text, &found), 0);
	return found;
}

static void begin(struct build *b)
{
	build_start(b, 1, 0xffff0000);
	chain(b, somewhere, "c", HOOK_NONE);
	rule(b, somewhere, NULL);
}

/* Ends the rule that was begun and demands its expressions. */
static void assert_expressions(struct build *build, const char *wanted)
{
	struct ruleset *r = NULL;
	struct batch b;
	assert_int_equal(build_finish(build, &r), 0);
	batch_start(&b, 1, 1);
	emit_rules(&b, ruleset_chain(r, "c"));
	assert_int_equal(batch_finish(&b), 0);
	char *found = expressions(message(&b, NFT_MSG_NEWRULE, 0));
	assert_string_equal(found, wanted);
	free(found);
	batch_done(&b);
	ruleset_free(r);
}

/* Numbers of the host's order, as bytes. */
#if __BYTE_ORDER == __LITTLE_ENDIAN
#define HOST32(a, b, c, d) #d #c #b #a
#else
#define HOST32(a, b, c, d) #a #b #c #d
#endif

#define LOAD_L4PROTO  "meta 1=00000001 2=00000010\n"
#define LOAD_NFPROTO  "meta 1=00000001 2=0000000f\n"
#define IS(value)     "cmp 1=00000001 2=00000000 3={1=" value "}\n"
#define IS_NOT(value) "cmp 1=00000001 2=00000001 3={1=" value "}\n"

TEST(a_number_is_loaded_and_compared)
{
	struct build b;
	begin(&b);
	match(&b, FIELD_L4PROTO, 6);
	assert_expressions(&b, LOAD_L4PROTO IS("06"));
	begin(&b);
	match(&b, FIELD_CT_DIRECTION, 1);
	assert_expressions(&b, "ct 1=00000001 2=00000001\n" IS("01"));
}

TEST(a_header_is_read_only_where_it_is)
{
	struct build b;
	begin(&b);
	match(&b, FIELD_TCP_DPORT, 0x1234);
	assert_expressions(&b,
		LOAD_L4PROTO IS("06") "payload 1=00000001 2=00000002 3=00000002 4=00000002\n" IS(
			"1234"));
	begin(&b);
	match(&b, FIELD_IP6_HOPLIMIT, 255);
	assert_expressions(&b,
		LOAD_NFPROTO IS("0a") "payload 1=00000001 2=00000001 3=00000007 4=00000001\n" IS(
			"ff"));
	begin(&b);
	match(&b, FIELD_ICMPV6_TYPE, 128);
	assert_expressions(&b,
		LOAD_NFPROTO IS("0a") LOAD_L4PROTO IS(
			"3a") "payload 1=00000001 2=00000002 3=00000000 4=00000001\n" IS("80"));
}

TEST(family_and_protocol_are_made_sure_of_once_in_a_rule)
{
	struct build b;
	begin(&b);
	lookup(&b, FIELD_TCP_DPORT, "p");
	lookup(&b, FIELD_IP_SADDR, "h");
	match(&b, FIELD_TCP_SPORT, 1);
	lookup(&b, FIELD_IP_DADDR, "h");
	assert_expressions(&b,
		LOAD_L4PROTO IS(
			"06") "payload 1=00000001 2=00000002 3=00000002 4=00000002\n"
			      "lookup 1=7000 2=00000001\n" LOAD_NFPROTO IS(
				      "02") "payload 1=00000001 2=00000001 3=0000000c 4=00000004\n"
					    "lookup 1=6800 2=00000001\n"
					    "payload 1=00000001 2=00000002 3=00000000 "
					    "4=00000002\n" IS(
						    "0001") "payload 1=00000001 2=00000001 "
							    "3=00000010 4=00000004\n"
							    "lookup 1=6800 2=00000001\n");
}

TEST(a_protocol_that_the_rule_matches_is_known)
{
	struct build b;
	begin(&b);
	match(&b, FIELD_L4PROTO, 6);
	match(&b, FIELD_TCP_DPORT, 22);
	assert_expressions(&b,
		LOAD_L4PROTO IS("06") "payload 1=00000001 2=00000002 3=00000002 4=00000002\n" IS(
			"0016"));
}

/* What a rule excludes it has not made sure of. */
TEST(a_protocol_that_the_rule_excludes_is_not_known)
{
	struct build b;
	begin(&b);
	match_not(&b, FIELD_L4PROTO, 17);
	match(&b, FIELD_TCP_DPORT, 22);
	assert_expressions(&b,
		LOAD_L4PROTO IS_NOT("11") LOAD_L4PROTO IS(
			"06") "payload 1=00000001 2=00000002 3=00000002 4=00000002\n" IS("0016"));
}

/* A rule must not read UDP where only TCP has been made sure of. */
TEST(another_protocol_is_made_sure_of_again)
{
	struct build b;
	begin(&b);
	match(&b, FIELD_L4PROTO, 6);
	match(&b, FIELD_UDP_PORTS, 0x00430044);
	assert_expressions(&b,
		LOAD_L4PROTO IS("06") LOAD_L4PROTO
			IS("11") "payload 1=00000001 2=00000002 3=00000000 4=00000004\n" IS(
				"00430044"));
}

TEST(bits_are_masked_and_compared)
{
	struct build b;
	begin(&b);
	match_any_bit(&b, FIELD_CT_STATE, 0x6);
	match_masked(&b, FIELD_CT_MARK, 0xffff0000, 0x00070000);
	assert_expressions(&b,
		"ct 1=00000001 2=00000000\n"
		"bitwise 1=00000001 2=00000001 3=00000004 4={1=" HOST32(00, 00, 00,
			06) "} 5={1=00000000} 6=00000000\n" IS_NOT("00000000") "ct 1=00000001 "
									       "2=00000003\n"
									       "bitwise 1=00000001 "
									       "2=00000001 "
									       "3=00000004 "
									       "4={1=" HOST32(ff,
										       ff, 00,
										       00) "} "
											   "5={1="
											   "0000000"
											   "0} "
											   "6="
											   "0000000"
											   "0\n" IS(HOST32(
												   00,
												   07,
												   00,
												   00)));
}

TEST(a_byte_of_flags_is_one_byte)
{
	struct build b;
	begin(&b);
	match_masked(&b, FIELD_TCP_FLAGS, 0x10, 0x10);
	assert_expressions(&b,
		LOAD_L4PROTO IS("06") "payload 1=00000001 2=00000002 3=0000000d 4=00000001\n"
				      "bitwise 1=00000001 2=00000001 3=00000001 "
				      "4={1=10} 5={1=00} 6=00000000\n" IS("10"));
}

TEST(an_interface_is_compared_by_all_sixteen_bytes)
{
	struct build b;
	begin(&b);
	match_name(&b, FIELD_IIFNAME, "lo");
	assert_expressions(&b,
		"meta 1=00000001 2=00000006\n" IS("6c6f0000000000000000000000000000"));
}

TEST(link_local_is_a_prefix_of_ten_bits)
{
	struct build b;
	begin(&b);
	match_link_local(&b, FIELD_IP6_SADDR);
	assert_expressions(&b,
		LOAD_NFPROTO IS("0a") "payload 1=00000001 2=00000001 3=00000008 4=00000010\n"
				      "bitwise 1=00000001 2=00000001 3=00000010 "
				      "4={1=ffc00000000000000000000000000000} "
				      "5={1=00000000000000000000000000000000} 6=00000000\n" IS(
					      "fe800000000000000000000000000000"));
}

/* A look-up by the connection's first packet says which direction it means. */
TEST(a_connections_field_is_read_of_the_original_direction)
{
	struct build b;
	begin(&b);
	lookup(&b, FIELD_CT_SADDR, "h");
	assert_expressions(&b, "ct 1=00000001 2=00000013 3=00\n"
			       "lookup 1=6800 2=00000001\n");
	begin(&b);
	dispatch(&b, FIELD_CT_PROTO_DST, "m");
	assert_expressions(&b, "ct 1=00000001 2=0000000c 3=00\n"
			       "lookup 1=6d00 2=00000001 3=00000000\n");
}

TEST(limits_are_packets_a_second)
{
	struct build b;
	begin(&b);
	limit(&b, 5, 10);
	limit_over(&b, 256, 512);
	assert_expressions(&b,
		"limit 1=0000000000000005 2=0000000000000001 3=0000000a 4=00000000 5=00000000\n"
		"limit 1=0000000000000100 2=0000000000000001 3=00000200 4=00000000 5=00000001\n");
}

TEST(sessions_are_counted_in_the_element_of_a_set)
{
	struct build b;
	begin(&b);
	count_over(&b, FIELD_L4PROTO, "s", 150);
	/* connlimit: the count, and "over" */
	assert_expressions(&b,
		LOAD_L4PROTO "dynset 1=7300 3=00000000 4=00000001 "
			     "7={1=636f6e6e6c696d697400 2={1=00000096 2=00000001}}\n");
}

TEST(a_stamp_keeps_the_bits_that_are_not_ours)
{
	struct build b;
	begin(&b);
	stamp(&b);
	assert_expressions(&b,
		"ct 1=00000001 2=00000003\n"
		"bitwise 1=00000001 2=00000001 3=00000004 4={1=" HOST32(00, 00, ff,
			ff) "} 5={1=" HOST32(00, 01, 00, 00) "} 6=00000000\n"
							     "ct 2=00000003 4=00000001\n");
}

TEST(counters_and_logs_are_named)
{
	struct build b;
	begin(&b);
	count(&b, "n");
	log_packet(&b, "p: ");
	assert_expressions(&b, "objref 1=00000001 2=6e\n"
			       "log 2=703a2000 5=00000006\n");
}

TEST(copies_are_bounded_and_sent_at_once)
{
	struct build b;
	begin(&b);
	copy_packet(&b, 7, 512);
	assert_expressions(&b, "log 1=0007 3=00000200 4=0001\n");
}

/* 3: flags; 1 would be bypass, which accepts past our rules when nobody listens. */
TEST(a_queue_is_one_and_never_bypassed)
{
	struct build b;
	begin(&b);
	queue_packet(&b, 5);
	assert_expressions(&b, "queue 1=0005 2=0001 3=0000\n");
}

TEST(the_user_of_a_socket_is_in_the_hosts_order)
{
	struct build b;
	begin(&b);
	match(&b, FIELD_SKUID, 0x01020304);
	assert_expressions(&b, "meta 1=00000001 2=0000000a\n" IS(HOST32(01, 02, 03, 04)));
}

TEST(rejects_say_how)
{
	struct build b;
	begin(&b);
	reject_tcp(&b);
	assert_expressions(&b, "reject 1=00000001 2=00\n");
	begin(&b);
	reject_any(&b);
	assert_expressions(&b, "reject 1=00000002 2=03\n");
}

TEST(verdicts_go_into_the_verdict_register)
{
	struct build b;
	begin(&b);
	accept_packet(&b);
	assert_expressions(&b, "immediate 1=00000000 2={2={1=00000001}}\n");
	begin(&b);
	drop_packet(&b);
	assert_expressions(&b, "immediate 1=00000000 2={2={1=00000000}}\n");
	begin(&b);
	jump_to(&b, "x");
	assert_expressions(&b, "immediate 1=00000000 2={2={1=fffffffd 2=7800}}\n");
	begin(&b);
	goto_chain(&b, "x");
	assert_expressions(&b, "immediate 1=00000000 2={2={1=fffffffc 2=7800}}\n");
}

static int take_comment(const struct nftnl_udata *a, void *context)
{
	if (nftnl_udata_type(a) == NFTNL_UDATA_RULE_COMMENT)
		snprintf(context, COMMENT_SIZE, "%s", (const char *)nftnl_udata_get(a));
	return 0;
}

TEST(rules_are_appended_in_order_with_their_comments)
{
	char path[COMMENT_SIZE * 2], comment[COMMENT_SIZE] = "";
	struct ruleset *r = NULL;
	struct build build;
	struct batch b;
	memset(path, 'p', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	build_start(&build, 1, 0xffff0000);
	chain(&build, somewhere, "c", HOOK_NONE);
	rule(&build, (struct place){0}, "first");
	accept_packet(&build);
	rule(&build, (struct place){path, 12345, 1}, NULL); /* the longest there is */
	drop_packet(&build);
	assert_int_equal(build_finish(&build, &r), 0);
	batch_start(&b, 1, 1);
	emit_rules(&b, r->chains);
	assert_int_equal(batch_finish(&b), 0);
	const struct rule *wanted = r->chains->first;
	for (size_t i = 0; i < 2; i++, wanted = wanted->next) {
		const struct nlmsghdr *nlh = message(&b, NFT_MSG_NEWRULE, i);
		assert_int_equal(nlh->nlmsg_flags & (NLM_F_CREATE | NLM_F_APPEND),
			NLM_F_CREATE | NLM_F_APPEND);
		assert_string_attribute(nlh, NFTA_RULE_TABLE, "rolewall");
		assert_string_attribute(nlh, NFTA_RULE_CHAIN, "c");
		const struct nlattr *data = attribute(nlh, NFTA_RULE_USERDATA);
		assert_true(nftnl_udata_parse(mnl_attr_get_payload(data),
				    mnl_attr_get_payload_len(data), take_comment, comment) >= 0);
		assert_string_equal(comment, wanted->comment);
		assert_ptr_equal(b.origins[1 + i].rule, wanted);
		assert_string_equal(b.origins[1 + i].what, "rule of chain");
		assert_string_equal(b.origins[1 + i].name, "c");
		assert_int_equal(b.origins[1 + i].at.line, wanted->at.line);
	}
	assert_int_equal(strlen(comment), COMMENT_SIZE - 1);
	batch_done(&b);
	ruleset_free(r);
}

static int emit_all(void *context)
{
	struct batch b;
	batch_start(&b, 1, 1);
	emit_rules(&b, context);
	int r = batch_finish(&b);
	batch_done(&b);
	return r;
}

TEST(each_failing_allocation_is_reported_and_nothing_is_kept)
{
	struct ruleset *r = NULL;
	struct build b;
	begin(&b);
	match_any_bit(&b, FIELD_CT_STATE, 0x6);
	match_name(&b, FIELD_IIFNAME, "lo");
	lookup(&b, FIELD_IP_SADDR, "h");
	limit(&b, 1, 1);
	jump_to(&b, "c");
	rule(&b, somewhere, NULL);
	match_link_local(&b, FIELD_IP6_SADDR);
	count_over(&b, FIELD_L4PROTO, "s", 1);
	stamp(&b);
	count(&b, "n");
	log_packet(&b, "p");
	reject_tcp(&b);
	rule(&b, somewhere, NULL);
	copy_packet(&b, 7, 512);
	queue_packet(&b, 5);
	assert_int_equal(build_finish(&b, &r), 0);
	assert_survives_each_failure(emit_all, r->chains);
	ruleset_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_loaded_and_compared),
		cmocka_unit_test(a_header_is_read_only_where_it_is),
		cmocka_unit_test(family_and_protocol_are_made_sure_of_once_in_a_rule),
		cmocka_unit_test(a_protocol_that_the_rule_matches_is_known),
		cmocka_unit_test(a_protocol_that_the_rule_excludes_is_not_known),
		cmocka_unit_test(another_protocol_is_made_sure_of_again),
		cmocka_unit_test(bits_are_masked_and_compared),
		cmocka_unit_test(a_byte_of_flags_is_one_byte),
		cmocka_unit_test(an_interface_is_compared_by_all_sixteen_bytes),
		cmocka_unit_test(link_local_is_a_prefix_of_ten_bits),
		cmocka_unit_test(a_connections_field_is_read_of_the_original_direction),
		cmocka_unit_test(limits_are_packets_a_second),
		cmocka_unit_test(sessions_are_counted_in_the_element_of_a_set),
		cmocka_unit_test(a_stamp_keeps_the_bits_that_are_not_ours),
		cmocka_unit_test(counters_and_logs_are_named),
		cmocka_unit_test(copies_are_bounded_and_sent_at_once),
		cmocka_unit_test(a_queue_is_one_and_never_bypassed),
		cmocka_unit_test(the_user_of_a_socket_is_in_the_hosts_order),
		cmocka_unit_test(rejects_say_how),
		cmocka_unit_test(verdicts_go_into_the_verdict_register),
		cmocka_unit_test(rules_are_appended_in_order_with_their_comments),
		cmocka_unit_test(each_failing_allocation_is_reported_and_nothing_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
