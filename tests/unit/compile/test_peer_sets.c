/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sets of a peer's addresses. */
#include "compile/peer_sets.h"

#include "ruleset/chain_text.h"
#include "ruleset/memory_policy.h"

TEST(each_part_that_holds_any_has_a_set)
{
	struct policy *p = memory_policy(NULL,
		"[host]\n[peer p]\naddress = 10.0.0.1, 10.1.0.0/16, 2001:db8::1\n"
		"[flow f]\nport = 80\nprotocol = tcp\nsource = p\ntarget = this-host\n");
	struct build b;
	struct ruleset *r;
	build_start(&b, 1, 0xffff0000);
	peer_sets(&b, p, &p->host.peers[0]);
	assert_int_equal(build_finish(&b, &r), 0);
	assert_elements(r, "peer-p-hosts4", "10.0.0.1\n");
	assert_elements(r, "peer-p-ranges4", "10.1.0.0/16\n");
	assert_elements(r, "peer-p-hosts6", "2001:db8::1\n");
	assert_null(ruleset_set(r, "peer-p-ranges6"));
	ruleset_free(r);
	policy_free(p);
}

TEST(anybody_needs_no_set_and_management_has_its_own_name)
{
	struct policy *p = memory_policy(NULL,
		"[host]\n[management]\nfrom = 10.0.9.1\n[peer p]\naddress = any\n"
		"[flow f]\nport = 80\nprotocol = tcp\nsource = p\ntarget = this-host\n");
	struct build b;
	struct ruleset *r;
	build_start(&b, 1, 0xffff0000);
	peer_sets(&b, p, &p->host.peers[0]);
	peer_sets(&b, p, &p->host.management);
	assert_int_equal(build_finish(&b, &r), 0);
	assert_string_equal(r->sets->name, "management-hosts4");
	assert_null(r->sets->next);
	ruleset_free(r);
	policy_free(p);
}

TEST(a_part_is_looked_up_in_fields_of_its_family)
{
	for (enum addrset_part i = 0; i < ADDRSET_PARTS; i++) {
		bool is4 = i == ADDRSET_HOSTS4 || i == ADDRSET_RANGES4;
		enum data_type type = is4 ? TYPE_IPV4_ADDR : TYPE_IPV6_ADDR;
		const struct peer_part *p = peer_part(i);
		assert_int_equal(field_spec(p->source)->type, type);
		assert_int_equal(field_spec(p->destination)->type, type);
		assert_int_equal(field_spec(p->first_source)->type, type);
		assert_int_equal(field_spec(p->first_destination)->type, type);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_part_that_holds_any_has_a_set),
		cmocka_unit_test(anybody_needs_no_set_and_management_has_its_own_name),
		cmocka_unit_test(a_part_is_looked_up_in_fields_of_its_family),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
