/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Edits: what was said last counts, rulesets have it, and the files have the last word. */
#include "ruleset/edits.h"

#include "ruleset/change_summary.h"
#include "ruleset/edited.h"
#include "ruleset/failing_malloc.h"

#define FLOW(name, port, peer) \
	"[flow " name "]\nport = " port "\nprotocol = tcp\nsource = " peer "\ntarget = " \
									   "this-host\n"
#define HOSTS(p, q) \
	"[host]\n[peer p]\naddress = " p "\n[peer q]\naddress = " q "\n" FLOW("a", "80", "p") \
		FLOW("b", "81", "q")

#define P  "peer-p-hosts4"
#define Q  "peer-q-hosts4"
#define P6 "peer-p-hosts6"

TEST(what_was_said_last_counts)
{
	struct edits e = edits_of("s +10.0.0.1 +10.0.0.2 -10.0.0.1 -10.0.0.3 +10.0.0.3 -fd00::1");
	expect_edits(&e, "s +10.0.0.2 +10.0.0.3 -10.0.0.1 -fd00::1");
	assert_int_equal(edits_addresses(&e), 4);
	edits_say(&e, "a +10.0.0.9");
	edits_say(&e, "z +10.0.0.9");
	edits_forget(&e, "s");
	edits_forget(&e, "none");
	expect_edits(&e, "a +10.0.0.9 | z +10.0.0.9");
	edits_done(&e);
	expect_edits(&e, "");
}

TEST(more_edits_are_merged_over_those_that_are_there)
{
	struct edits e = edits_of("s +10.0.0.1 +10.0.0.2 -10.0.0.3"), copy = {0};
	struct edits more = edits_of("s -10.0.0.1 +10.0.0.3 +10.0.0.4");
	edits_say(&more, "t +fd00::1");
	assert_int_equal(edits_copy(&e, &copy), 0);
	assert_int_equal(edits_reserve(&e, &more), 0);
	edits_merge(&e, &more);
	expect_edits(&e, "s +10.0.0.2 +10.0.0.3 +10.0.0.4 -10.0.0.1 | t +fd00::1");
	expect_edits(&copy, "s +10.0.0.1 +10.0.0.2 -10.0.0.3");
	edits_done(&copy);
	edits_done(&more);
	edits_done(&e);
}

TEST(a_ruleset_has_what_was_laid_over_it_and_its_policy_has_not)
{
	struct policy *p = memory_policy(NULL, HOSTS("10.0.0.1 10.0.0.5 fd00::1", "10.0.0.7"));
	struct ruleset *plain = compiled(p, false), *r = compiled(p, false);
	struct edits e = edits_of(P " +10.0.0.3 -10.0.0.5 +10.0.0.1 -10.0.0.9");
	edits_say(&e, P6 " -fd00::1");
	edits_say(&e, "peer-gone-hosts4 +10.0.0.1");
	assert_int_equal(edits_lay(&e, r), 0);
	expect_set(r, P, "10.0.0.1 10.0.0.3");
	expect_set(r, P6, "");
	expect_set(r, Q, "10.0.0.7");
	expect_set(plain, P, "10.0.0.1 10.0.0.5");
	/* the policy owns what nothing was said of */
	assert_ptr_equal(ruleset_set(r, Q)->addresses, ruleset_set(plain, Q)->addresses);
	assert_int_equal(edits_lay(&e, r), 0); /* once more changes nothing */
	expect_set(r, P, "10.0.0.1 10.0.0.3");
	ruleset_free(r);
	ruleset_free(plain);
	policy_free(p);
	edits_done(&e);
}

TEST(a_set_that_outgrows_its_room_gets_more)
{
	struct policy *p = memory_policy(NULL, HOSTS("10.0.0.1", "10.0.0.7"));
	struct ruleset *r = compiled(p, false);
	struct edits e = {0};
	const size_t room = ruleset_set(r, P)->room;
	for (size_t i = 0; i < room; i++) {
		struct addr a = edited_address("10.1.0.0");
		a.bytes[3] = (uint8_t)i;
		assert_int_equal(edits_put(&e, P, &a, true), 0);
	}
	assert_int_equal(edits_lay(&e, r), 0);
	assert_int_equal(set_size(ruleset_set(r, P)), room + 1);
	assert_int_equal(ruleset_set(r, P)->room, set_room(room + 1));
	ruleset_free(r);
	policy_free(p);
	edits_done(&e);
}

TEST(the_files_have_the_last_word)
{
	struct policy *p = memory_policy(NULL, HOSTS("10.0.0.1 10.0.0.2", "10.0.0.7"));
	struct ruleset *r = compiled(p, false);
	struct edits e = edits_of(P " +10.0.0.1 +10.0.0.3 -10.0.0.2 -10.0.0.4");
	edits_say(&e, "peer-gone-hosts4 +10.0.0.1");
	edits_say(&e, Q " +10.0.0.7");
	edits_prune(&e, r, NULL);
	expect_edits(&e, P " +10.0.0.3 -10.0.0.2");
	/* the same of a ruleset that has them */
	assert_int_equal(edits_lay(&e, r), 0);
	edits_prune(&e, r, NULL);
	expect_edits(&e, P " +10.0.0.3 -10.0.0.2");
	/* of some sets only */
	struct edits only = edits_of(P " +10.0.0.9");
	edits_say(&only, "none +10.0.0.9");
	edits_say(&e, P " +10.0.0.1");
	edits_say(&e, Q " +10.0.0.7");
	edits_prune(&e, r, &only);
	expect_edits(&e, P " +10.0.0.3 -10.0.0.2 | " Q " +10.0.0.7");
	ruleset_free(r);
	policy_free(p);
	edits_done(&only);
	edits_done(&e);
}

static bool fits(const struct ruleset *r, const char *words)
{
	struct edits e = edits_of(words);
	const bool fit = edits_fit(&e, r);
	edits_done(&e);
	return fit;
}

TEST(edits_fit_sets_of_single_addresses_of_their_family)
{
	struct policy *p = memory_policy(NULL, HOSTS("10.0.0.1 10.1.0.0/16 fd00::1", "10.0.0.7"));
	struct ruleset *r = compiled(p, false);
	assert_true(fits(r, P " +10.0.0.1"));
	assert_true(fits(r, P6 " -fd00::1"));
	assert_false(fits(r, P6 " +10.0.0.1"));
	assert_false(fits(r, P " -fd00::1"));
	assert_false(fits(r, "peer-p-ranges4 +10.0.0.1"));
	assert_false(fits(r, "peer-gone-hosts4 +10.0.0.1"));
	assert_false(fits(r, GENERATION_SET " +10.0.0.1"));
	ruleset_free(r);
	policy_free(p);
}

/* What a compile for the files gives, changed as the edits say. */
TEST(random_edits_agree_with_a_list_of_booleans)
{
	enum { NUMBERS = 24, STEPS = 3000 };
	static const char *files[] = {HOSTS("10.0.0.1 10.0.0.2 10.0.0.9", "10.0.0.7"),
		HOSTS("10.0.0.2 10.0.0.3 10.0.0.12", "10.0.0.7"), HOSTS("10.0.0.5", "10.0.0.7")};
	static const char *known[] = {"\1\2\11", "\2\3\14", "\5"};
	unsigned x = 12345;
	struct policy *policies[3];
	signed char said[NUMBERS] = {0}; /* 1: in, -1: out */
	struct edits e = {0};
	for (int i = 0; i < 3; i++)
		policies[i] = memory_policy(NULL, files[i]);
	for (int step = 0; step < STEPS; step++) {
		const unsigned which = (x = x * 1103515245 + 12345) >> 16;
		const unsigned number = 1 + which % (NUMBERS - 1);
		struct addr a = edited_address("10.0.0.0");
		a.bytes[3] = (uint8_t)number;
		assert_int_equal(edits_put(&e, P, &a, which & 1024), 0);
		said[number] = which & 1024 ? 1 : -1;
		if (step % 5)
			continue;
		const int file = (int)(which >> 5) % 3;
		struct ruleset *r = compiled(policies[file], false);
		assert_int_equal(edits_lay(&e, r), 0);
		for (unsigned i = 1; i < NUMBERS; i++) {
			const bool by_itself = strchr(known[file], (int)i) != NULL;
			a.bytes[3] = (uint8_t)i;
			assert_int_equal(addrset_contains(ruleset_set(r, P)->addresses, &a),
				said[i] ? said[i] > 0 : by_itself);
			if (step % 50 == 0 && said[i] && (said[i] > 0) == by_itself)
				said[i] = 0;
		}
		if (step % 50 == 0)
			edits_prune(&e, r, NULL);
		ruleset_free(r);
	}
	for (int i = 0; i < 3; i++)
		policy_free(policies[i]);
	edits_done(&e);
}

/* As they are compared: a ruleset with edits differs from one without by just these. */
TEST(edits_are_a_difference_of_addresses_alone)
{
	struct policy *p = memory_policy(NULL, HOSTS("10.0.0.1 10.0.0.5", "10.0.0.7"));
	struct ruleset *plain = compiled(p, false), *r = compiled(p, false), *again;
	struct edits e = edits_of(P " +10.0.0.3 -10.0.0.5");
	struct differences d;
	assert_int_equal(edits_lay(&e, r), 0);
	assert_int_equal(differences_find(plain, r, NULL, &d), 0);
	assert_true(changes_only_addresses(&d));
	assert_int_equal(changes_elements(&d), 2);
	differences_done(&d);
	again = compiled(p, false);
	assert_int_equal(edits_lay(&e, again), 0);
	assert_int_equal(differences_find(r, again, NULL, &d), 0);
	assert_false(changes_summarise(&d).any);
	differences_done(&d);
	ruleset_free(again);
	ruleset_free(plain);
	ruleset_free(r);
	policy_free(p);
	edits_done(&e);
}

static int edit_without_memory(void *context)
{
	struct policy *p = context;
	struct edits e = {0}, copy = {0};
	struct ruleset *ruleset = NULL;
	const struct addr a = {.family = 2, .bytes = {10, 0, 0, 3}};
	const struct form form = {.generation = 1};
	int r = edits_put(&e, Q, &a, true);
	if (r == 0)
		r = edits_put(&e, P, &a, true);
	if (r == 0)
		r = edits_copy(&e, &copy);
	if (r == 0)
		r = compile_form(p, &form, &ruleset);
	if (r == 0)
		r = edits_lay(&copy, ruleset);
	ruleset_free(ruleset);
	edits_done(&e);
	edits_done(&copy);
	return r;
}

TEST(each_failed_allocation_is_told)
{
	struct policy *p = memory_policy(NULL, HOSTS("10.0.0.1", "10.0.0.7"));
	assert_survives_each_failure(edit_without_memory, p);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_said_last_counts),
		cmocka_unit_test(more_edits_are_merged_over_those_that_are_there),
		cmocka_unit_test(a_ruleset_has_what_was_laid_over_it_and_its_policy_has_not),
		cmocka_unit_test(a_set_that_outgrows_its_room_gets_more),
		cmocka_unit_test(the_files_have_the_last_word),
		cmocka_unit_test(edits_fit_sets_of_single_addresses_of_their_family),
		cmocka_unit_test(random_edits_agree_with_a_list_of_booleans),
		cmocka_unit_test(edits_are_a_difference_of_addresses_alone),
		cmocka_unit_test(each_failed_allocation_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
