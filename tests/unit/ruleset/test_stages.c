/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stages between two rulesets: what is there before it is needed, and what stays until after. */
#include "ruleset/stages.h"

#include "memory_policy.h"
#include "ruleset/compile.h"
#include "ruleset/show_nft.h"
#include "testing.h"

#define HOST "[host]\n[management]\nfrom = 10.0.9.0/24\n"
#define FLOW(ports) \
	"[flow f]\nport = " ports "\nprotocol = tcp\nsource = p\ntarget = this-host\n" \
	"[peer p]\naddress = "

struct pair {
	struct policy *policies[2];
	struct ruleset *old, *next;
};

static struct pair pair(const char *old, const char *next)
{
	struct pair p = {{memory_policy(NULL, old), memory_policy(NULL, next)}, NULL, NULL};
	assert_int_equal(compile(p.policies[0], 1, &p.old), 0);
	assert_int_equal(compile(p.policies[1], 1, &p.next), 0);
	return p;
}

static void pair_done(struct pair *p)
{
	ruleset_free(p->old);
	ruleset_free(p->next);
	policy_free(p->policies[0]);
	policy_free(p->policies[1]);
}

static bool shows(const struct ruleset *r, const char *line)
{
	struct text text = {0};
	char *out;
	show_nft(r, &text);
	assert_int_equal(text_finish(&text, &out), 0);
	bool found = strstr(out, line);
	free(out);
	return found;
}

static size_t size_of(const struct ruleset *r, const char *set)
{
	const struct set *s = ruleset_set(r, set);
	return s ? set_size(s) : 0;
}

static void the_same_needs_no_stages(void **state)
{
	struct pair p = pair(HOST FLOW("80") "10.0.0.1\n", HOST FLOW("80") "10.0.0.1\n");
	struct ruleset *stage;
	(void)state;
	assert_int_equal(stages_prepare(p.old, p.next, &stage), 0);
	assert_null(stage);
	assert_int_equal(stages_hold(p.old, p.next, &stage), 0);
	assert_null(stage);
	pair_done(&p);
}

static void a_new_set_is_prepared_and_nothing_leads_to_it(void **state)
{
	struct pair p =
		pair(HOST FLOW("80") "10.0.0.1\n", HOST FLOW("80") "10.0.0.1, 10.1.0.0/16\n");
	struct ruleset *stage;
	(void)state;
	assert_int_equal(stages_prepare(p.old, p.next, &stage), 0);
	assert_non_null(stage);
	assert_int_equal(size_of(stage, "peer-p-ranges4"), 1);
	assert_false(shows(stage, "@peer-p-ranges4"));
	assert_true(shows(stage, "@peer-p-hosts4"));
	ruleset_free(stage);
	pair_done(&p);
}

static void a_new_flow_is_prepared_with_its_rules(void **state)
{
	static const char more[] =
		"[flow g]\nport = 81\nprotocol = tcp\nsource = p\ntarget = this-host\n";
	char next[512];
	snprintf(next, sizeof(next), "%s%s", HOST FLOW("80") "10.0.0.1\n", more);
	struct pair p = pair(HOST FLOW("80") "10.0.0.1\n", next);
	struct ruleset *stage;
	(void)state;
	assert_int_equal(stages_prepare(p.old, p.next, &stage), 0);
	assert_non_null(stage);
	assert_non_null(ruleset_chain(stage, "accept-in-g")->first);
	assert_non_null(ruleset_counter(stage, "in-g"));
	assert_false(shows(stage, "81 : jump"));
	ruleset_free(stage);
	pair_done(&p);
}

static void a_host_that_a_run_swallows_is_held(void **state)
{
	struct pair p = pair(HOST FLOW("80") "10.0.0.1, 10.0.0.9, 10.9.0.0/16\n",
		HOST FLOW("80") "10.0.0.7, 10.0.0.0/30, 10.9.0.0/16\n");
	struct ruleset *stage;
	(void)state;
	assert_int_equal(size_of(p.next, "peer-p-hosts4"), 1);
	assert_int_equal(stages_hold(p.old, p.next, &stage), 0);
	assert_non_null(stage);
	/* .1 lies in the run and is held, .9 is no longer allowed and is not */
	assert_int_equal(size_of(stage, "peer-p-hosts4"), 2);
	assert_true(shows(stage, "10.0.0.1,\n"));
	assert_false(shows(stage, "10.0.0.9"));
	ruleset_free(stage);
	pair_done(&p);
}

static void hosts_whose_set_is_gone_are_held_with_their_rule(void **state)
{
	struct pair p = pair(HOST FLOW("80") "2001:db8::1, 2001:db8:9::/48\n",
		HOST FLOW("80") "2001:db8::/64, 2001:db8:9::/48\n");
	struct ruleset *stage;
	(void)state;
	assert_null(ruleset_set(p.next, "peer-p-hosts6"));
	assert_int_equal(stages_hold(p.old, p.next, &stage), 0);
	assert_non_null(stage);
	assert_int_equal(size_of(stage, "peer-p-hosts6"), 1);
	assert_true(shows(stage, "ct original ip6 saddr @peer-p-hosts6 goto accept-in-f"));
	ruleset_free(stage);
	pair_done(&p);
}

static void a_set_that_goes_is_held_without_its_rule(void **state)
{
	struct pair p =
		pair(HOST FLOW("80") "10.0.0.1, 10.9.0.0/16\n", HOST FLOW("80") "10.9.0.0/16\n");
	struct ruleset *stage;
	(void)state;
	assert_int_equal(stages_hold(p.old, p.next, &stage), 0);
	assert_non_null(stage);
	assert_int_equal(size_of(stage, "peer-p-hosts4"), 1);
	assert_false(shows(stage, "@peer-p-hosts4"));
	ruleset_free(stage);
	pair_done(&p);
}

static void a_port_that_a_range_swallows_is_held(void **state)
{
	struct pair p = pair(HOST FLOW("80 443 9000-9900") "10.0.0.1\n",
		HOST FLOW("100-1000 22 9000-9900") "10.0.0.1\n");
	struct ruleset *stage;
	(void)state;
	assert_int_equal(stages_hold(p.old, p.next, &stage), 0);
	assert_non_null(stage);
	assert_true(shows(stage, "443 : jump in-f"));
	assert_false(shows(stage, "80 : jump in-f"));
	assert_true(shows(stage, "22 : jump in-f"));
	ruleset_free(stage);
	pair_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_needs_no_stages),
		cmocka_unit_test(a_new_set_is_prepared_and_nothing_leads_to_it),
		cmocka_unit_test(a_new_flow_is_prepared_with_its_rules),
		cmocka_unit_test(a_host_that_a_run_swallows_is_held),
		cmocka_unit_test(hosts_whose_set_is_gone_are_held_with_their_rule),
		cmocka_unit_test(a_set_that_goes_is_held_without_its_rule),
		cmocka_unit_test(a_port_that_a_range_swallows_is_held),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
