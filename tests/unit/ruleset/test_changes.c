/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between two compiled policies. */
#include "ruleset/changes.h"

#include "ruleset/failing_malloc.h"
#include "ruleset/pair.h"

#define HOST            "[host]\n"
#define PEER(addresses) "[peer p]\naddress = " addresses "\n"
#define FLOW(name, port) \
	"[flow " name "]\nport = " port "\nprotocol = tcp\nsource = p\ntarget = this-host\n"

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
