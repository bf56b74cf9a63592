/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a change of a compiled policy takes anything away. */
#include "ruleset/change_summary.h"

#include "ruleset/build.h"
#include "ruleset/pair.h"

static void assert_summary(const char *old, const char *next, bool any, bool restricts)
{
	struct pair p = pair_of(old, next);
	struct change_summary sum = changes_summarise(&p.d);
	assert_int_equal(sum.any, any);
	assert_int_equal(sum.restricts, restricts);
	pair_done(&p);
}

#define HOST            "[host]\n"
#define PEER(addresses) "[peer p]\naddress = " addresses "\n"
#define FLOW(name, port) \
	"[flow " name "]\nport = " port "\nprotocol = tcp\nsource = p\ntarget = this-host\n"

TEST(a_policy_does_not_differ_from_itself)
{
	const char *same = HOST PEER("10.0.0.1, 10.1.0.0/16, 2001:db8::1") FLOW("a", "80 1-70");
	assert_summary(same, same, false, false);
}

TEST(an_address_more_restricts_nothing_and_one_less_does)
{
	const char *one = HOST PEER("10.0.0.1") FLOW("a", "80");
	const char *two = HOST PEER("10.0.0.1, 10.0.0.2") FLOW("a", "80");
	const char *other = HOST PEER("10.0.0.2") FLOW("a", "80");
	assert_summary(one, two, true, false);
	assert_summary(two, one, true, true);
	assert_summary(one, other, true, true);
}

TEST(a_run_that_grows_is_taken_for_one_that_went)
{
	assert_summary(HOST PEER("10.0.0.0/24") FLOW("a", "80"),
		HOST PEER("10.0.0.0/16") FLOW("a", "80"), true, true);
}

TEST(a_flow_more_restricts_nothing_and_one_less_does)
{
	const char *one = HOST PEER("10.0.0.1") FLOW("a", "80");
	const char *two = HOST PEER("10.0.0.1") FLOW("a", "80") FLOW("b", "81");
	assert_summary(one, two, true, false);
	assert_summary(two, one, true, true);
}

TEST(a_port_that_moves_restricts)
{
	assert_summary(HOST PEER("10.0.0.1") FLOW("a", "80"), HOST PEER("10.0.0.1") FLOW("a", "81"),
		true, true);
}

TEST(a_flow_renamed_restricts)
{
	assert_summary(HOST PEER("10.0.0.1") FLOW("a", "80"), HOST PEER("10.0.0.1") FLOW("b", "80"),
		true, true);
}

TEST(a_line_that_moves_changes_comments_and_restricts_nothing)
{
	assert_summary(HOST PEER("10.0.0.1") FLOW("a", "80"),
		HOST "; a remark\n" PEER("10.0.0.1") FLOW("a", "80"), true, false);
}

TEST(outbound_allow_taken_back_restricts)
{
	assert_summary(HOST "outbound = allow\n", HOST, true, true);
}

/* It only says how to refuse: no live connection has to be judged again for it. */
TEST(a_trial_and_its_end_restrict_nothing)
{
	struct policy *p = memory_policy(NULL, HOST PEER("10.0.0.1") FLOW("a", "80"));
	struct ruleset *forms[2];
	for (int i = 0; i < 2; i++) {
		const struct form form = {.generation = 1, .on_trial = i == 1};
		assert_int_equal(compile_form(p, &form, &forms[i]), 0);
	}
	for (int i = 0; i < 2; i++) {
		struct differences d;
		assert_int_equal(differences_find(forms[i], forms[!i], NULL, &d), 0);
		struct change_summary sum = changes_summarise(&d);
		assert_true(sum.any);
		assert_false(sum.restricts);
		differences_done(&d);
	}
	ruleset_free(forms[0]);
	ruleset_free(forms[1]);
	policy_free(p);
}

/* A chain that begins with one of these, and then drops. */
enum first { FIRST_NOTHING, FIRST_COPY, FIRST_LONGER_COPY, FIRST_QUEUE, FIRST_ACCEPT };

static struct ruleset *chain_that_begins_with(enum first first)
{
	const struct place built_in = {0};
	struct ruleset *r;
	struct build b;
	build_start(&b, 1, 0xffff0000);
	chain(&b, built_in, "c", HOOK_NONE);
	rule(&b, built_in, "first");
	switch (first) {
	case FIRST_NOTHING:
		break;
	case FIRST_COPY:
		copy_packet(&b, 7, 512);
		break;
	case FIRST_LONGER_COPY:
		copy_packet(&b, 7, 1024);
		break;
	case FIRST_QUEUE:
		queue_packet(&b, 5);
		break;
	case FIRST_ACCEPT:
		accept_packet(&b);
		break;
	}
	rule(&b, built_in, "last");
	drop_packet(&b);
	assert_int_equal(build_finish(&b, &r), 0);
	return r;
}

static void assert_chain_summary(enum first old, enum first next, bool any, bool restricts)
{
	struct ruleset *from = chain_that_begins_with(old), *to = chain_that_begins_with(next);
	struct differences d;
	assert_int_equal(differences_find(from, to, NULL, &d), 0);
	struct change_summary sum = changes_summarise(&d);
	assert_int_equal(sum.any, any);
	assert_int_equal(sum.restricts, restricts);
	differences_done(&d);
	ruleset_free(from);
	ruleset_free(to);
}

TEST(a_copy_that_comes_or_goes_restricts_nothing)
{
	assert_chain_summary(FIRST_COPY, FIRST_COPY, false, false);
	assert_chain_summary(FIRST_COPY, FIRST_LONGER_COPY, true, false);
	assert_chain_summary(FIRST_NOTHING, FIRST_COPY, true, false);
	assert_chain_summary(FIRST_COPY, FIRST_NOTHING, true, false);
	assert_chain_summary(FIRST_ACCEPT, FIRST_COPY, true, true);
}

/* No packet comes out of a queue past the rules: it is judged again. */
TEST(a_queue_refuses_as_far_as_live_connections_go)
{
	assert_chain_summary(FIRST_QUEUE, FIRST_NOTHING, true, false);
	assert_chain_summary(FIRST_NOTHING, FIRST_QUEUE, true, false);
	assert_chain_summary(FIRST_ACCEPT, FIRST_QUEUE, true, true);
}

TEST(a_peer_more_restricts_nothing_though_it_is_answered_now)
{
	const char *one = HOST PEER("10.0.0.1") FLOW("a", "80");
	const char *two = HOST PEER("10.0.0.1") FLOW("a",
		"80") "[peer q]\naddress = 10.0.0.2\n"
		      "[flow b]\nport = 81\nprotocol = tcp\nsource = q\ntarget = this-host\n";
	assert_summary(one, two, true, false);
	assert_summary(two, one, true, true);
}

TEST(management_taken_back_restricts)
{
	assert_summary(HOST "[management]\nfrom = 10.0.9.1\n", HOST, true, true);
	assert_summary(HOST "[management]\nfrom = 10.0.9.1, 10.0.9.2\n",
		HOST "[management]\nfrom = 10.0.9.1\n", true, true);
}

TEST(a_map_restricts_by_what_it_holds_and_not_by_its_name)
{
	assert_summary(HOST PEER("10.0.0.1") FLOW("a", "80"),
		HOST PEER("10.0.0.1") FLOW("a", "80 81"), true, false);
	assert_summary(HOST PEER("10.0.0.1") FLOW("a", "80 81"),
		HOST PEER("10.0.0.1") FLOW("a", "80"), true, true);
	/* another flow takes the port over: connections of the first are judged again */
	assert_summary(HOST PEER("10.0.0.1") FLOW("a", "80 81") FLOW("b", "82"),
		HOST PEER("10.0.0.1") FLOW("a", "80") FLOW("b", "81 82"), true, true);
	assert_summary(HOST "[management]\nfrom = 10.0.9.1\n",
		HOST "[management]\nfrom = 10.0.9.1\nport = 22 2200-2300\n", true, false);
	assert_summary(HOST "[management]\nfrom = 10.0.9.1\nport = 22 2200-2300\n",
		HOST "[management]\nfrom = 10.0.9.1\nport = 22\n", true, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_does_not_differ_from_itself),
		cmocka_unit_test(an_address_more_restricts_nothing_and_one_less_does),
		cmocka_unit_test(a_run_that_grows_is_taken_for_one_that_went),
		cmocka_unit_test(a_flow_more_restricts_nothing_and_one_less_does),
		cmocka_unit_test(a_port_that_moves_restricts),
		cmocka_unit_test(a_flow_renamed_restricts),
		cmocka_unit_test(a_line_that_moves_changes_comments_and_restricts_nothing),
		cmocka_unit_test(outbound_allow_taken_back_restricts),
		cmocka_unit_test(a_trial_and_its_end_restrict_nothing),
		cmocka_unit_test(a_copy_that_comes_or_goes_restricts_nothing),
		cmocka_unit_test(a_queue_refuses_as_far_as_live_connections_go),
		cmocka_unit_test(a_peer_more_restricts_nothing_though_it_is_answered_now),
		cmocka_unit_test(management_taken_back_restricts),
		cmocka_unit_test(a_map_restricts_by_what_it_holds_and_not_by_its_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
