/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between two compiled policies, and whether it takes anything away. */
#include "ruleset/changes.h"

#include "ruleset/memory_policy.h"
#include "ruleset/sound.h"

/* Two policies of a few flows and one peer each. */
struct pair {
	struct policy *policies[2];
	struct ruleset *old, *next;
};

static struct pair pair_of(const char *old, const char *next)
{
	struct pair p;
	p.policies[0] = memory_policy(NULL, old);
	p.policies[1] = memory_policy(NULL, next);
	p.old = compiled(p.policies[0], 1);
	p.next = compiled(p.policies[1], 1);
	return p;
}

static void done(struct pair *p)
{
	ruleset_free(p->old);
	ruleset_free(p->next);
	policy_free(p->policies[0]);
	policy_free(p->policies[1]);
}

static void assert_summary(const char *old, const char *next, bool any, bool restricts)
{
	struct pair p = pair_of(old, next);
	struct change_summary sum = changes_summarise(p.old, p.next);
	assert_int_equal(sum.any, any);
	assert_int_equal(sum.restricts, restricts);
	done(&p);
}

#define HOST "[host]\n"
#define PEER(addresses) "[peer p]\naddress = " addresses "\n"
#define FLOW(name, port) \
	"[flow " name "]\nport = " port "\nprotocol = tcp\nsource = p\ntarget = this-host\n"

static void a_policy_does_not_differ_from_itself(void **state)
{
	const char *same = HOST PEER("10.0.0.1, 10.1.0.0/16, 2001:db8::1") FLOW("a", "80 1-70");
	(void)state;
	assert_summary(same, same, false, false);
}

static void an_address_more_restricts_nothing_and_one_less_does(void **state)
{
	const char *one = HOST PEER("10.0.0.1") FLOW("a", "80");
	const char *two = HOST PEER("10.0.0.1, 10.0.0.2") FLOW("a", "80");
	const char *other = HOST PEER("10.0.0.2") FLOW("a", "80");
	(void)state;
	assert_summary(one, two, true, false);
	assert_summary(two, one, true, true);
	assert_summary(one, other, true, true);
}

static void a_run_that_grows_is_taken_for_one_that_went(void **state)
{
	(void)state;
	assert_summary(HOST PEER("10.0.0.0/24") FLOW("a", "80"),
		HOST PEER("10.0.0.0/16") FLOW("a", "80"), true, true);
}

static void a_flow_more_restricts_nothing_and_one_less_does(void **state)
{
	const char *one = HOST PEER("10.0.0.1") FLOW("a", "80");
	const char *two = HOST PEER("10.0.0.1") FLOW("a", "80") FLOW("b", "81");
	(void)state;
	assert_summary(one, two, true, false);
	assert_summary(two, one, true, true);
}

static void a_port_that_moves_restricts(void **state)
{
	(void)state;
	assert_summary(HOST PEER("10.0.0.1") FLOW("a", "80"), HOST PEER("10.0.0.1") FLOW("a", "81"),
		true, true);
}

static void a_flow_renamed_restricts(void **state)
{
	(void)state;
	assert_summary(HOST PEER("10.0.0.1") FLOW("a", "80"), HOST PEER("10.0.0.1") FLOW("b", "80"),
		true, true);
}

static void a_line_that_moves_changes_comments_and_restricts_nothing(void **state)
{
	(void)state;
	assert_summary(HOST PEER("10.0.0.1") FLOW("a", "80"),
		HOST "; a remark\n" PEER("10.0.0.1") FLOW("a", "80"), true, false);
}

static void outbound_allow_taken_back_restricts(void **state)
{
	(void)state;
	assert_summary(HOST "outbound = allow\n", HOST, true, true);
}

static void management_taken_back_restricts(void **state)
{
	(void)state;
	assert_summary(HOST "[management]\nfrom = 10.0.9.1\n", HOST, true, true);
	assert_summary(HOST "[management]\nfrom = 10.0.9.1, 10.0.9.2\n",
		HOST "[management]\nfrom = 10.0.9.1\n", true, true);
}

static void chains_are_compared_rule_by_rule(void **state)
{
	struct pair p = pair_of(HOST PEER("10.0.0.1") FLOW("a", "80") FLOW("b", "81"),
		HOST PEER("10.0.0.1") FLOW("a", "80") FLOW("c", "82"));
	(void)state;
	assert_int_equal(chain_change(ruleset_chain(p.old, "in-a"), ruleset_chain(p.next, "in-a")),
		CHANGE_NONE);
	assert_int_equal(chain_change(ruleset_chain(p.old, "in-b"), NULL), CHANGE_REMOVED);
	assert_int_equal(chain_change(NULL, ruleset_chain(p.next, "in-c")), CHANGE_ADDED);
	assert_int_equal(chain_change(ruleset_chain(p.old, "in-a"), ruleset_chain(p.next, "in-c")),
		CHANGE_UPDATED);
	assert_int_equal(
		chain_change(ruleset_chain(p.old, "input"), ruleset_chain(p.next, "output")),
		CHANGE_REPLACED);
	done(&p);
}

static int collect(void *context, bool added, const struct addr_range *range,
	const struct element *e)
{
	struct text *to = context;
	text_put(to, added ? "+" : "-");
	if (range)
		addr_range_print(range, to);
	else
		text_printf(to, "%u-%u>%s", e->first, e->last, e->chain ? e->chain : "");
	text_put(to, " ");
	return 0;
}

static void assert_differences(const struct pair *p, const char *set, const char *wanted)
{
	struct text text = {0};
	assert_int_equal(set_differences(ruleset_set(p->old, set), ruleset_set(p->next, set),
				 collect, &text),
		0);
	char *found = finished(&text);
	assert_string_equal(found, wanted);
	free(found);
}

static void differences_of_addresses_come_in_order(void **state)
{
	struct pair p = pair_of(HOST PEER("10.0.0.1 10.0.0.3 10.0.0.5 10.0.0.7") FLOW("a", "80"),
		HOST PEER("10.0.0.0 10.0.0.3 10.0.0.6 10.0.0.7 10.0.0.9") FLOW("a", "80"));
	(void)state;
	assert_differences(&p, "peer-p-hosts4", "+10.0.0.0 -10.0.0.1 -10.0.0.5 +10.0.0.6 +10.0.0.9 ");
	done(&p);
	p = pair_of(HOST PEER("10.0.0.0/16, 10.4.0.0/16") FLOW("a", "80"),
		HOST PEER("10.0.0.0/15, 10.4.0.0/16") FLOW("a", "80"));
	assert_differences(&p, "peer-p-ranges4", "-10.0.0.0/16 +10.0.0.0/15 ");
	done(&p);
}

static void an_element_of_another_verdict_goes_and_comes(void **state)
{
	struct pair p = pair_of(HOST PEER("10.0.0.1") FLOW("a", "80") FLOW("b", "81"),
		HOST PEER("10.0.0.1") FLOW("a", "81") FLOW("b", "80"));
	(void)state;
	assert_differences(&p, "inbound-tcp-ports",
		"-80-80>in-a +80-80>in-b -81-81>in-b +81-81>in-a ");
	done(&p);
}

static int stop(void *context, bool added, const struct addr_range *range, const struct element *e)
{
	(void)added;
	(void)range;
	(void)e;
	++*(int *)context;
	return 42;
}

static void walking_differences_stops_when_told(void **state)
{
	struct pair p = pair_of(HOST PEER("10.0.0.1 10.0.0.3") FLOW("a", "80"),
		HOST PEER("10.0.0.5 10.0.0.7") FLOW("a", "80"));
	int calls = 0;
	(void)state;
	assert_int_equal(set_differences(ruleset_set(p.old, "peer-p-hosts4"),
				 ruleset_set(p.next, "peer-p-hosts4"), stop, &calls),
		42);
	assert_int_equal(calls, 1);
	done(&p);
}

static void a_set_is_made_anew_when_it_outgrows_its_room(void **state)
{
	struct element elements[100];
	for (uint32_t i = 0; i < 100; i++)
		elements[i] = (struct element){.first = i, .last = i};
	struct set old = {
		.type = TYPE_MARK, .elements = elements, .n_elements = 10, .room = 19, .comment = "c"};
	struct set next = old;
	(void)state;
	next.n_elements = 19;
	assert_int_equal(set_change(&old, &next), CHANGE_UPDATED);
	next.n_elements = 20;
	assert_int_equal(set_change(&old, &next), CHANGE_REPLACED);
	/* runs are kept in a tree, which has no size */
	old.interval = next.interval = true;
	assert_int_equal(set_change(&old, &next), CHANGE_UPDATED);
}

static void a_set_of_another_definition_is_made_anew(void **state)
{
	struct element e = {.first = 1, .last = 1};
	const struct set old = {
		.type = TYPE_MARK, .elements = &e, .n_elements = 1, .room = 9, .comment = "c"};
	struct set next = old;
	(void)state;
	assert_int_equal(set_change(&old, &next), CHANGE_NONE);
	next.type = TYPE_INET_SERVICE;
	assert_int_equal(set_change(&old, &next), CHANGE_REPLACED);
	next = old;
	next.is_map = true;
	assert_int_equal(set_change(&old, &next), CHANGE_REPLACED);
	next = old;
	next.interval = true;
	assert_int_equal(set_change(&old, &next), CHANGE_REPLACED);
	next = old;
	next.dynamic = true;
	assert_int_equal(set_change(&old, &next), CHANGE_REPLACED);
	assert_int_equal(set_change(&old, NULL), CHANGE_REMOVED);
	assert_int_equal(set_change(NULL, &next), CHANGE_ADDED);
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
		cmocka_unit_test(management_taken_back_restricts),
		cmocka_unit_test(chains_are_compared_rule_by_rule),
		cmocka_unit_test(differences_of_addresses_come_in_order),
		cmocka_unit_test(an_element_of_another_verdict_goes_and_comes),
		cmocka_unit_test(walking_differences_stops_when_told),
		cmocka_unit_test(a_set_is_made_anew_when_it_outgrows_its_room),
		cmocka_unit_test(a_set_of_another_definition_is_made_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
