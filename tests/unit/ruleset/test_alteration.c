/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What edits change of a ruleset: found first, made then, and copies borrow it. */
#include "ruleset/alteration.h"

#include "ruleset/edited.h"
#include "ruleset/move.h"

#define HOST \
	"[host]\n[peer p]\naddress = 10.0.0.1 10.0.0.5\n" \
	"[flow a]\nport = 80\nprotocol = tcp\nsource = p\ntarget = this-host\n"
#define P "peer-p-hosts4"

static void expect_alteration(const struct alteration *a, const char *coming, const char *going)
{
	char *in = addresses_text(&a->coming, "+"), *out = addresses_text(&a->going, "-");
	assert_string_equal(in, coming);
	assert_string_equal(out, going);
	free(in);
	free(out);
}

TEST(what_is_so_already_is_no_alteration)
{
	struct policy *p = memory_policy(NULL, HOST);
	struct ruleset *r = compiled(p, false);
	struct edits e = edits_of(P " +10.0.0.1 -10.0.0.9");
	struct alterations a;
	edits_say(&e, "peer-gone-hosts4 +10.0.0.1");
	assert_int_equal(alterations_find(&e, r, &a), 0);
	assert_int_equal(a.count, 0);
	assert_int_equal(a.addresses, 0);
	assert_null(ruleset_set(r, P)->own); /* nor is anything copied for it */
	alterations_done(&a);
	ruleset_free(r);
	policy_free(p);
	edits_done(&e);
}

TEST(nothing_is_changed_before_it_is_made)
{
	struct policy *p = memory_policy(NULL, HOST);
	struct ruleset *r = compiled(p, false), *copy;
	struct edits e = edits_of(P " +10.0.0.1 +10.0.0.3 -10.0.0.5 -10.0.0.9");
	struct alterations a;
	assert_int_equal(alterations_find(&e, r, &a), 0);
	assert_int_equal(a.count, 1);
	assert_int_equal(a.addresses, 2);
	expect_alteration(&a.items[0], "+10.0.0.3", "-10.0.0.5");
	assert_int_equal(alteration_size(&a.items[0]), 2);
	expect_set(r, P, "10.0.0.1 10.0.0.5");
	alterations_make(&a);
	expect_set(r, P, "10.0.0.1 10.0.0.3");
	alterations_done(&a);
	/* a copy that edits are laid over has addresses of its own */
	assert_int_equal(ruleset_moved(r, 7, &copy), 0);
	expect_set(copy, P, "10.0.0.1 10.0.0.3");
	edits_say(&e, P " +10.0.0.7");
	assert_int_equal(edits_lay(&e, copy), 0);
	expect_set(copy, P, "10.0.0.1 10.0.0.3 10.0.0.7");
	expect_set(r, P, "10.0.0.1 10.0.0.3");
	assert_ptr_equal(set_compiled(ruleset_set(copy, P)), set_compiled(ruleset_set(r, P)));
	ruleset_free(copy);
	ruleset_free(r);
	policy_free(p);
	edits_done(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_so_already_is_no_alteration),
		cmocka_unit_test(nothing_is_changed_before_it_is_made),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
