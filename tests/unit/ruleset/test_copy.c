/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ruleset under other names says the same. */
#include "ruleset/copy.h"

#include "ruleset/change_summary.h"
#include "ruleset/failing_malloc.h"
#include "ruleset/pair.h"
#include "ruleset/sound.h"

static const char host[] =
	"[host]\n[management]\nfrom = 10.0.9.0/24\n"
	"[flow f]\nport = 80 8000-9000\nprotocol = tcp\nsource = p\ntarget = this-host\n"
	"[peer p]\naddress = 10.0.0.1, 10.1.0.0/16, 2001:db8::1\n";

TEST(sets_of_addresses_have_the_suffix_and_rules_find_them)
{
	struct policy *p = memory_policy(NULL, host);
	struct ruleset *r = compiled(p, 7), *shadow;
	assert_int_equal(ruleset_shadow(r, "-new", &shadow), 0);
	assert_sound(shadow, 7);
	assert_null(ruleset_set(shadow, "peer-p-hosts4"));
	assert_elements(shadow, "peer-p-hosts4-new", "10.0.0.1\n");
	assert_elements(shadow, "management-ranges4-new", "10.0.9.0/24\n");
	assert_chain(shadow, "in-f",
		"ct original ip saddr @peer-p-hosts4-new goto accept-in-f\n"
		"ct original ip saddr @peer-p-ranges4-new goto accept-in-f\n"
		"ct original ip6 saddr @peer-p-hosts6-new goto accept-in-f\n");
	assert_chain(r, "in-f",
		"ct original ip saddr @peer-p-hosts4 goto accept-in-f\n"
		"ct original ip saddr @peer-p-ranges4 goto accept-in-f\n"
		"ct original ip6 saddr @peer-p-hosts6 goto accept-in-f\n");
	ruleset_free(shadow);
	ruleset_free(r);
	policy_free(p);
}

TEST(nothing_else_is_different)
{
	struct policy *p = memory_policy(NULL, host);
	struct ruleset *r = compiled(p, 7), *shadow;
	struct differences d;
	assert_int_equal(ruleset_shadow(r, "", &shadow), 0);
	assert_int_equal(differences_find(r, shadow, NULL, &d), 0);
	assert_false(changes_summarise(&d).any);
	differences_done(&d);
	ruleset_free(shadow);
	assert_int_equal(ruleset_shadow(r, "-new", &shadow), 0);
	for (const struct set *s = r->sets; s; s = s->next)
		assert_int_equal(!ruleset_set(shadow, s->name), s->addresses != NULL);
	ruleset_free(shadow);
	ruleset_free(r);
	policy_free(p);
}

static int put_aside_and_free(void *context)
{
	struct ruleset *shadow;
	int r = ruleset_shadow(context, "-new", &shadow);
	if (r == 0)
		ruleset_free(shadow);
	return r;
}

TEST(each_failing_allocation_is_reported_and_nothing_is_kept)
{
	struct policy *p = memory_policy(NULL, host);
	struct ruleset *r = compiled(p, 7);
	assert_survives_each_failure(put_aside_and_free, r);
	ruleset_free(r);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_of_addresses_have_the_suffix_and_rules_find_them),
		cmocka_unit_test(nothing_else_is_different),
		cmocka_unit_test(each_failing_allocation_is_reported_and_nothing_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
