/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between two compiled policies, and whether it takes anything away. */
#include "ruleset/changes.h"

#include "ruleset/build.h"
#include "ruleset/failing_malloc.h"
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

static enum change change_of_chain(const struct pair *p, const char *name)
{
	for (size_t i = 0; i < p->d.n_chains; i++) {
		const struct chain_difference *c = &p->d.chains[i];
		if (strcmp((c->next ? c->next : c->old)->name, name) == 0)
			return c->change;
	}
	fail_msg("no chain %s", name);
	return CHANGE_NONE;
}

TEST(chains_are_compared_rule_by_rule)
{
	struct pair p = pair_of(HOST PEER("10.0.0.1") FLOW("a", "80") FLOW("b", "81"),
		HOST PEER("10.0.0.1, 10.1.0.0/16") FLOW("a", "80") FLOW("c", "82"));
	assert_int_equal(change_of_chain(&p, "input"), CHANGE_NONE);
	assert_int_equal(change_of_chain(&p, "accept-in-a"), CHANGE_NONE);
	assert_int_equal(change_of_chain(&p, "in-a"), CHANGE_UPDATED);
	assert_int_equal(change_of_chain(&p, "in-b"), CHANGE_REMOVED);
	assert_int_equal(change_of_chain(&p, "in-c"), CHANGE_ADDED);
	pair_done(&p);
}

TEST(a_chain_that_changes_its_hook_is_made_anew)
{
	struct chain here = {.name = "x", .hook = HOOK_INPUT}, there = {.name = "x"};
	const struct ruleset old = {.chains = &here}, next = {.chains = &there};
	struct differences d;
	assert_int_equal(differences_find(&old, &next, NULL, &d), 0);
	assert_int_equal(d.n_chains, 1);
	assert_int_equal(d.chains[0].change, CHANGE_REPLACED);
	differences_done(&d);
}

/* "-" what goes of a set, "+" what comes into it */
static void put_list(struct text *to, const char *sign, const struct set *s,
	const struct element_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		text_put(to, sign);
		if (s->addresses) {
			struct addr_range r = addrset_get(s->addresses, s->part, l->items[i]);
			addr_range_print(&r, to);
		} else {
			const struct element *e = &s->elements[l->items[i]];
			text_printf(to, "%u-%u>%s", e->first, e->last, e->chain);
		}
		text_put(to, " ");
	}
}

static void assert_set_difference(const struct set_difference *d, const char *wanted)
{
	struct text text = {0};
	put_list(&text, "-", d->old, &d->going);
	put_list(&text, "+", d->next, &d->coming);
	char *found = finished(&text);
	assert_string_equal(found, wanted);
	free(found);
}

static void assert_differences(const char *old, const char *next, const char *set,
	const char *wanted)
{
	struct pair p = pair_of(old, next);
	const struct set_difference *d = differences_of_set(&p.d, set);
	assert_non_null(d);
	assert_int_equal(d->change, *wanted ? CHANGE_UPDATED : CHANGE_NONE);
	assert_set_difference(d, wanted);
	pair_done(&p);
}

TEST(differences_of_addresses_are_listed_in_order)
{
	assert_differences(HOST PEER("10.0.0.1 10.0.0.3 10.0.0.5 10.0.0.7") FLOW("a", "80"),
		HOST PEER("10.0.0.0 10.0.0.3 10.0.0.6 10.0.0.7 10.0.0.9") FLOW("a", "80"),
		"peer-p-hosts4", "-10.0.0.1 -10.0.0.5 +10.0.0.0 +10.0.0.6 +10.0.0.9 ");
	assert_differences(HOST PEER("10.0.0.0/16, 10.4.0.0/16") FLOW("a", "80"),
		HOST PEER("10.0.0.0/15, 10.4.0.0/16") FLOW("a", "80"), "peer-p-ranges4",
		"-10.0.0.0/16 +10.0.0.0/15 ");
	assert_differences(HOST PEER("2001:db8::1 2001:db8::3") FLOW("a", "80"),
		HOST PEER("2001:db8::1 2001:db8::2") FLOW("a", "80"), "peer-p-hosts6",
		"-2001:db8::3 +2001:db8::2 ");
	assert_differences(HOST PEER("10.0.0.1") FLOW("a", "80"),
		HOST PEER("10.0.0.1") FLOW("a", "80"), "peer-p-hosts4", "");
}

/* Two long lists, of which every hundredth line differs: what is the same is passed over in
 * steps. */
TEST(few_differences_of_long_lists_are_found)
{
	enum { COUNT = 1000, EVERY = 100 };
	uint32_t x[COUNT], y[COUNT];
	for (uint32_t i = 0; i < COUNT; i++) {
		x[i] = 4 * i;
		y[i] = 4 * i + (i % EVERY == 7);
	}
	const struct addrset a = {.hosts4 = x, .count = {COUNT}},
			     b = {.hosts4 = y, .count = {COUNT}};
	struct set s = {.name = "s", .addresses = &a, .room = COUNT};
	struct set t = {.name = "s", .addresses = &b, .room = COUNT};
	const struct ruleset old = {.sets = &s}, next = {.sets = &t};
	struct differences d;
	assert_int_equal(differences_find(&old, &next, NULL, &d), 0);
	assert_int_equal(d.sets[0].going.count, COUNT / EVERY);
	assert_int_equal(d.sets[0].coming.count, COUNT / EVERY);
	for (uint32_t i = 0; i < COUNT / EVERY; i++) {
		assert_int_equal(d.sets[0].going.items[i], i * EVERY + 7);
		assert_int_equal(d.sets[0].coming.items[i], i * EVERY + 7);
	}
	differences_done(&d);
}

TEST(an_element_of_another_verdict_goes_and_comes)
{
	struct element x[] = {{80, 80, VERDICT_JUMP, "a"}, {81, 81, VERDICT_JUMP, "b"}};
	struct element y[] = {{80, 80, VERDICT_JUMP, "c"}, {81, 81, VERDICT_JUMP, "b"}};
	struct set s = {.name = "m", .is_map = true, .elements = x, .n_elements = 2, .room = 9};
	struct set t = s;
	const struct ruleset old = {.sets = &s}, next = {.sets = &t};
	struct differences d;
	t.elements = y;
	assert_int_equal(differences_find(&old, &next, NULL, &d), 0);
	assert_set_difference(&d.sets[0], "-80-80>a +80-80>c ");
	differences_done(&d);
}

TEST(what_is_known_of_the_same_addresses_is_taken_over)
{
	struct pair p = pair_of(HOST PEER("10.0.0.1 10.0.0.3") FLOW("a", "80"),
		HOST PEER("10.0.0.1 10.0.0.2") FLOW("a", "80"));
	struct ruleset *last = compiled(p.policies[1], 2);
	struct differences d;
	/* so that it shows */
	p.d.sets[1].going.items[0] = 0;
	assert_string_equal(p.d.sets[1].next->name, "peer-p-hosts4");
	assert_int_equal(differences_find(p.old, last, &p.d, &d), 0);
	assert_set_difference(differences_of_set(&d, "peer-p-hosts4"), "-10.0.0.1 +10.0.0.2 ");
	differences_done(&d);
	assert_int_equal(differences_find(p.old, last, NULL, &d), 0);
	assert_set_difference(differences_of_set(&d, "peer-p-hosts4"), "-10.0.0.3 +10.0.0.2 ");
	differences_done(&d);
	ruleset_free(last);
	pair_done(&p);
}

TEST(only_addresses_differ_as_long_as_no_set_comes_or_goes)
{
	static const struct {
		const char *next;
		bool only_addresses;
	} cases[] = {
		{HOST PEER("10.0.0.1, 10.1.0.0/16") FLOW("a", "80"), true},
		{HOST PEER("10.0.0.2, 10.2.0.0/15") FLOW("a", "80"), true},
		{HOST PEER("10.1.0.0/16") FLOW("a", "80"), false},
		{HOST PEER("10.0.0.1, 10.1.0.0/16") FLOW("a", "80 81"), false},
		{HOST "; a remark\n" PEER("10.0.0.1, 10.1.0.0/16") FLOW("a", "80"), false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pair p =
			pair_of(HOST PEER("10.0.0.1, 10.1.0.0/16") FLOW("a", "80"), cases[i].next);
		assert_int_equal(changes_only_addresses(&p.d), cases[i].only_addresses);
		pair_done(&p);
	}
}

static enum change change_of_set(const struct set *old, const struct set *next)
{
	struct set x = old ? *old : (struct set){0}, y = next ? *next : (struct set){0};
	const struct ruleset a = {.sets = old ? &x : NULL}, b = {.sets = next ? &y : NULL};
	struct differences d;
	x.name = y.name = "s";
	assert_int_equal(differences_find(&a, &b, NULL, &d), 0);
	assert_int_equal(d.n_sets, 1);
	enum change change = d.sets[0].change;
	differences_done(&d);
	return change;
}

TEST(a_set_is_made_anew_when_it_outgrows_its_room)
{
	struct element elements[100];
	for (uint32_t i = 0; i < 100; i++)
		elements[i] = (struct element){.first = i, .last = i};
	struct set old = {.type = TYPE_MARK,
		.elements = elements,
		.n_elements = 10,
		.room = 19,
		.comment = "c"};
	struct set next = old;
	next.n_elements = 19;
	assert_int_equal(change_of_set(&old, &next), CHANGE_UPDATED);
	next.n_elements = 20;
	assert_int_equal(change_of_set(&old, &next), CHANGE_REPLACED);
	/* runs are kept in a tree, which has no size */
	old.interval = next.interval = true;
	assert_int_equal(change_of_set(&old, &next), CHANGE_UPDATED);
}

TEST(a_set_of_another_definition_is_made_anew)
{
	struct element e = {.first = 1, .last = 1};
	const struct set old = {
		.type = TYPE_MARK, .elements = &e, .n_elements = 1, .room = 9, .comment = "c"};
	struct set next = old;
	assert_int_equal(change_of_set(&old, &next), CHANGE_NONE);
	next.type = TYPE_INET_SERVICE;
	assert_int_equal(change_of_set(&old, &next), CHANGE_REPLACED);
	next = old;
	next.is_map = true;
	assert_int_equal(change_of_set(&old, &next), CHANGE_REPLACED);
	next = old;
	next.interval = true;
	assert_int_equal(change_of_set(&old, &next), CHANGE_REPLACED);
	next = old;
	next.dynamic = true;
	assert_int_equal(change_of_set(&old, &next), CHANGE_REPLACED);
	next = old;
	next.comment = "d";
	assert_int_equal(change_of_set(&old, &next), CHANGE_REPLACED);
	assert_int_equal(change_of_set(&old, NULL), CHANGE_REMOVED);
	assert_int_equal(change_of_set(NULL, &next), CHANGE_ADDED);
}

/* A section that has moved to another file: not worth a million elements. */
TEST(addresses_are_not_sent_again_for_another_comment)
{
	uint32_t host = 1;
	const struct addrset a = {.hosts4 = &host, .count = {1}};
	const struct set old = {.type = TYPE_IPV4_ADDR, .addresses = &a, .room = 9, .comment = "c"};
	struct set next = old;
	next.comment = "d";
	assert_int_equal(change_of_set(&old, &next), CHANGE_NONE);
}

static int find_and_free(void *context)
{
	const struct pair *p = context;
	struct differences d;
	int r = differences_find(p->old, p->next, NULL, &d);
	if (r == 0)
		differences_done(&d);
	return r;
}

TEST(each_failing_allocation_is_reported_and_nothing_is_kept)
{
	struct pair p = pair_of(HOST PEER("10.0.0.1") FLOW("a", "80") FLOW("b", "81"),
		HOST PEER("10.0.0.2") FLOW("a", "80") FLOW("c", "82"));
	assert_survives_each_failure(find_and_free, &p);
	pair_done(&p);
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
		cmocka_unit_test(chains_are_compared_rule_by_rule),
		cmocka_unit_test(a_chain_that_changes_its_hook_is_made_anew),
		cmocka_unit_test(differences_of_addresses_are_listed_in_order),
		cmocka_unit_test(few_differences_of_long_lists_are_found),
		cmocka_unit_test(an_element_of_another_verdict_goes_and_comes),
		cmocka_unit_test(what_is_known_of_the_same_addresses_is_taken_over),
		cmocka_unit_test(only_addresses_differ_as_long_as_no_set_comes_or_goes),
		cmocka_unit_test(a_set_is_made_anew_when_it_outgrows_its_room),
		cmocka_unit_test(a_set_of_another_definition_is_made_anew),
		cmocka_unit_test(addresses_are_not_sent_again_for_another_comment),
		cmocka_unit_test(each_failing_allocation_is_reported_and_nothing_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
