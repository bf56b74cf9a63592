/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody has done to the kernel's table. */
#include "nftables/read/disturbance.h"

#include "live/put.h"

static const char host[] =
	"[host]\n[management]\nfrom = 10.0.9.0/24\n[peer p]\naddress = 10.0.0.1\n"
	"[flow f]\nport = 80\nprotocol = tcp\nsource = p\ntarget = this-host\n";

/* Demands one disturbance at most: its sign and subject, or "". */
static void expect(const char *script, const char *wanted)
{
	static const char signs[] = {
		[DIFFERENCE_ADDED] = '+', [DIFFERENCE_REMOVED] = '-', [DIFFERENCE_CHANGED] = '~'};
	struct difference_list list;
	char said[64] = "";
	need_netns();
	struct nfsock s = opened();
	struct applied now = put(&s, host);
	if (script)
		nft(script);
	assert_int_equal(disturbance_read(&s, now.ruleset, &list), 0);
	if (list.first) {
		snprintf(said, sizeof(said), "%c%d %s", signs[list.first->kind],
			list.first->subject.kind, list.first->subject.name);
		assert_null(list.first->next);
	}
	assert_string_equal(said, wanted);
	difference_list_done(&list);
	applied_done(&now);
	nfsock_close(&s);
}

TEST(what_nobody_touched_is_not_disturbed)
{
	expect(NULL, "");
}

TEST(what_others_did_would_be_undone)
{
	expect("add rule inet rolewall echo-answer drop", "~8 echo-answer");
	expect("add chain inet rolewall theirs", "-8 theirs");
	expect("add element inet rolewall peer-p-hosts4 { 192.0.2.1 }", "~1 p");
	expect("add set inet rolewall peer-x-hosts4 { type ipv4_addr; }", "-1 x");
	expect("flush chain inet rolewall in-f", "~0 f");
}

TEST(what_is_learned_of_names_is_no_disturbance_where_it_is_not_known)
{
	static const char named[] =
		"[host]\n[peer p]\nname = a.example\naddress = 10.0.0.1\n"
		"[flow f]\nport = 80\nprotocol = tcp\nsource = p\ntarget = this-host\n";
	struct policy *p = memory_policy(NULL, named);
	struct difference_list list;
	struct ruleset *elsewhere;
	need_netns();
	struct nfsock s = opened();
	struct applied now = put(&s, named);
	const struct form form = {.generation = now.ruleset->generation,
		.lacks_timeouts = now.lacks_timeouts,
		.learns_elsewhere = true};
	assert_int_equal(compile_form(p, &form, &elsewhere), 0);
	nft("add element inet rolewall peer-p-named4 { 192.0.2.1 }");
	assert_int_equal(disturbance_read(&s, elsewhere, &list), 0);
	assert_null(list.first);
	difference_list_done(&list);
	/* who knows sees it */
	assert_int_equal(disturbance_read(&s, now.ruleset, &list), 0);
	assert_non_null(list.first);
	difference_list_done(&list);
	/* and other sets are looked at all the same */
	nft("add element inet rolewall peer-p-hosts4 { 192.0.2.1 }");
	assert_int_equal(disturbance_read(&s, elsewhere, &list), 0);
	assert_non_null(list.first);
	difference_list_done(&list);
	applied_done(&now);
	ruleset_free(elsewhere);
	policy_free(p);
	nfsock_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_touched_is_not_disturbed),
		cmocka_unit_test(what_others_did_would_be_undone),
		cmocka_unit_test(what_is_learned_of_names_is_no_disturbance_where_it_is_not_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
