/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody has done to the kernel's table. */
#include "nftables/read/disturbance.h"

#include "live/put.h"

static const char host[] = "[host]\n[management]\nfrom = 10.0.9.0/24\n[peer p]\naddress = 10.0.0.1\n"
			   "[flow f]\nport = 80\nprotocol = tcp\nsource = p\ntarget = this-host\n";

/* Demands one disturbance at most: its sign and subject, or "". */
static void expect(const char *script, const char *wanted)
{
	static const char signs[] = {[DIFFERENCE_ADDED] = '+',
		[DIFFERENCE_REMOVED] = '-',
		[DIFFERENCE_CHANGED] = '~'};
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_touched_is_not_disturbed),
		cmocka_unit_test(what_others_did_would_be_undone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
