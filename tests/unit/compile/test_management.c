/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may manage, at which ports, and what is let out to them. */
#include "compile/management.h"

#include "ruleset/memory_policy.h"
#include "ruleset/sound.h"

TEST(management_is_stamped_where_sessions_are_kept)
{
	static const char stamped[] =
		"ip saddr @management-hosts4 ct mark set ct mark & 0x0000ffff | 0x00050000 counter";
	for (int keep = 0; keep < 2; keep++) {
		char text[256];
		snprintf(text, sizeof(text), "[host]\nrevoke = %s\n[management]\nfrom = 10.0.9.1\n",
			keep ? "keep" : "cut");
		struct policy *p = memory_policy(NULL, text);
		struct ruleset *r = compiled(p, 5);
		struct text nft = {0};
		assert_sound(r, 5);
		show_nft(r, &nft);
		assert_int_equal(strstr(nft.data, stamped) != NULL, keep);
		text_done(&nft);
		ruleset_free(r);
		policy_free(p);
	}
}

TEST(management_from_everywhere_is_one_rule_without_a_look_up)
{
	struct policy *p = memory_policy(NULL, "[host]\n[management]\nfrom = any\n");
	struct ruleset *r = compiled(p, 1);
	size_t rules = 0;
	assert_sound(r, 1);
	for (const struct rule *rule = ruleset_chain(r, "input")->first; rule; rule = rule->next)
		if (rule->at.file) {
			struct text text = {0};
			show_nft_rule(rule, &text);
			char *line = finished(&text);
			cut_hashes(line);
			assert_string_equal(line,
				"tcp dport @management-ports counter name \"management-in\" "
				"accept");
			free(line);
			rules++;
		}
	assert_int_equal(rules, 1);
	assert_elements(r, "management-ports", "22\n");
	ruleset_free(r);
	policy_free(p);
}

TEST(without_management_nothing_is_said_of_it)
{
	struct policy *p = memory_policy(NULL, "[host]\n");
	struct ruleset *r = compiled(p, 1);
	for (const struct set *s = r->sets; s; s = s->next)
		assert_null(strstr(s->name, "management"));
	assert_false(has_counter(r, "management-in"));
	assert_false(has_counter(r, "management-out"));
	ruleset_free(r);
	policy_free(p);
}

TEST(from_a_single_address_who_manages_comes_in_and_is_answered)
{
	struct policy *p = memory_policy(NULL, "[host]\n[management]\nfrom = 10.0.9.1\n");
	struct ruleset *r = compiled(p, 1);
	struct text nft = {0};
	assert_sound(r, 1);
	show_nft(r, &nft);
	cut_hashes(nft.data);
	assert_non_null(strstr(nft.data, "tcp dport @management-ports ip saddr @management-hosts4 "
					 "counter name \"management-in\" accept"));
	assert_non_null(strstr(nft.data,
		"tcp sport @management-ports tcp flags rst,ack "
		"ip daddr @management-hosts4 counter name \"management-out\" accept"));
	text_done(&nft);
	ruleset_free(r);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(management_is_stamped_where_sessions_are_kept),
		cmocka_unit_test(management_from_everywhere_is_one_rule_without_a_look_up),
		cmocka_unit_test(without_management_nothing_is_said_of_it),
		cmocka_unit_test(from_a_single_address_who_manages_comes_in_and_is_answered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
