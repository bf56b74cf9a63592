/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sets of a peer's addresses. */
#include "compile/peer_sets.h"

#include "ruleset/chain_text.h"
#include "ruleset/memory_policy.h"

static struct ruleset *make_sets(const struct policy *p, const struct learned *learned)
{
	const struct form form = {.generation = 1, .learned = learned};
	struct build b;
	struct ruleset *r;
	build_start(&b, 1, 0xffff0000);
	peer_sets(&b, p, &form);
	assert_int_equal(build_finish(&b, &r), 0);
	return r;
}

TEST(each_part_that_holds_any_has_a_set)
{
	struct policy *p = memory_policy(NULL,
		"[host]\n[peer p]\naddress = 10.0.0.1, 10.1.0.0/16, 2001:db8::1\n"
		"[flow f]\nport = 80\nprotocol = tcp\nsource = p\ntarget = this-host\n");
	struct ruleset *r = make_sets(p, NULL);
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
	struct ruleset *r = make_sets(p, NULL);
	assert_string_equal(r->sets->name, "management-hosts4");
	assert_null(r->sets->next);
	ruleset_free(r);
	policy_free(p);
}

static void learn(struct learned *l, uint32_t peer, const char *address, bool is_retired)
{
	struct addr a;
	assert_int_equal(addr_parse(address, strlen(address), &a), 0);
	assert_int_equal(learned_add(l, peer, &a, is_retired), 0);
}

#define FLOW_OF_P "[flow f]\nport = 80\nprotocol = tcp\nsource = p\ntarget = this-host\n"

TEST(a_peer_with_names_has_four_sets_whatever_is_known)
{
	struct policy *p = memory_policy(NULL,
		"[host]\nnames-most = 50\n[peer p]\nname = a.example, b.example\n" FLOW_OF_P);
	struct learned l = {0};
	learn(&l, 1, "192.0.2.9", false);
	learn(&l, 1, "192.0.2.7", true);
	learn(&l, 1, "192.0.2.8", false);
	learn(&l, 1, "2001:db8::1", true);
	learned_normalise(&l);
	struct ruleset *r = make_sets(p, &l), *nothing = make_sets(p, NULL);
	learned_done(&l); /* nothing borrows from it */
	assert_elements(r, "peer-p-named4", "192.0.2.8\n192.0.2.9\n");
	assert_elements(r, "peer-p-retired4", "192.0.2.7\n");
	assert_elements(r, "peer-p-named6", "");
	assert_elements(r, "peer-p-retired6", "2001:db8::1\n");
	assert_elements(nothing, "peer-p-named4", "");
	assert_elements(nothing, "peer-p-retired6", "");
	assert_int_equal(ruleset_set(r, "peer-p-named4")->room, 100);
	assert_int_equal(ruleset_set(nothing, "peer-p-named4")->room, 100);
	assert_int_equal(ruleset_set(r, "peer-p-retired4")->room, 400);
	assert_true(ruleset_set(r, "peer-p-named6")->is_learned);
	assert_null(ruleset_set(r, "peer-p-hosts4"));
	ruleset_free(nothing);
	ruleset_free(r);
	policy_free(p);
}

TEST(names_and_addresses_stand_beside_each_other_and_a_service_has_room_for_its_targets)
{
	struct policy *p =
		memory_policy(NULL, "[host]\n[management]\nfrom = 10.0.9.1\nname = ops.example\n"
				    "[peer p]\naddress = 10.0.0.1\nsrv = _x._tcp.example\nname = "
				    "a.example\n" FLOW_OF_P);
	struct learned l = {0};
	learn(&l, 0, "192.0.2.1", false);
	struct ruleset *r = make_sets(p, &l);
	struct peer_set sets[PEER_SETS_MOST];
	struct build b = {0};
	assert_elements(r, "management-hosts4", "10.0.9.1\n");
	assert_elements(r, "management-named4", "192.0.2.1\n");
	assert_elements(r, "peer-p-hosts4", "10.0.0.1\n");
	assert_elements(r, "peer-p-named4", "");
	assert_int_equal(ruleset_set(r, "peer-p-named4")->room, 11000);
	build_start(&b, 1, 0xffff0000);
	assert_int_equal(peer_sets_of(&b, p, &p->host.peers[0], sets), 5);
	assert_string_equal(sets[0].name, "peer-p-hosts4");
	assert_string_equal(sets[1].name, "peer-p-named4");
	assert_string_equal(sets[2].name, "peer-p-named6");
	assert_string_equal(sets[3].name, "peer-p-retired4");
	assert_string_equal(sets[4].name, "peer-p-retired6");
	assert_false(sets[2].is_retired);
	assert_true(sets[3].is_retired);
	ruleset_free(b.ruleset);
	learned_done(&l);
	ruleset_free(r);
	policy_free(p);
}

TEST(more_addresses_than_there_may_be_have_room_too)
{
	struct policy *p = memory_policy(NULL,
		"[host]\nnames-most = 1\n[peer p]\nname = a.example\n" FLOW_OF_P);
	struct learned l = {0};
	char text[32];
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "192.0.2.%d", i);
		learn(&l, 1, text, false);
	}
	learned_normalise(&l);
	struct ruleset *r = make_sets(p, &l);
	assert_true(ruleset_set(r, "peer-p-named4")->room >= 100);
	learned_done(&l);
	ruleset_free(r);
	policy_free(p);
}

TEST(names_of_anybody_and_of_peers_that_no_flow_uses_need_no_sets)
{
	struct policy *p = memory_policy(NULL,
		"[host]\n[peer p]\naddress = any\nname = a.example\n[peer q]\nname = "
		"b.example\n" FLOW_OF_P
		"[flow g]\nport = 81\nprotocol = tcp\nsource = q\ntarget = this-host\n"
		"optional = yes\n");
	struct ruleset *r = make_sets(p, NULL);
	assert_null(r->sets);
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
		cmocka_unit_test(a_peer_with_names_has_four_sets_whatever_is_known),
		cmocka_unit_test(
			names_and_addresses_stand_beside_each_other_and_a_service_has_room_for_its_targets),
		cmocka_unit_test(more_addresses_than_there_may_be_have_room_too),
		cmocka_unit_test(names_of_anybody_and_of_peers_that_no_flow_uses_need_no_sets),
		cmocka_unit_test(a_part_is_looked_up_in_fields_of_its_family),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
