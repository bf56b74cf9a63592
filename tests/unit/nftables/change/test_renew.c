/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever somebody has put into our table, it is what it is to be after a start. */
#include "nftables/change/renew.h"

#include "live/small.h"

/* The kernel refuses a rule that counts into a set made to count otherwise, and the set has the
 * name and all else of ours: only with the table will it go. */
TEST(what_stands_in_the_way_goes_with_the_table)
{
	static const char role[] = "[role]\nname = r\nplays = r\npeers = p\nsession-flows = s\n"
				   "[flow s]\nport = 22\nprotocol = tcp\nsource = p\ntarget = r\n"
				   "[size 450]\nsessions = 5\n";
	static const char host[] = "[host]\nroles = r\nsize = 450\n" PEER("10.0.0.1");
	struct diags diags = {0};
	enum apply_outcome outcome;
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	assert_int_equal(apply_policy(&s, &now, memory_policy(role, host), &diags, &outcome), 0);
	const struct set *sessions = ruleset_set(now.ruleset, "sessions-5");
	assert_non_null(sessions);
	char script[512];
	snprintf(script, sizeof(script),
		"flush table inet rolewall; delete set inet rolewall sessions-5;"
		"add set inet rolewall sessions-5 { type %s; size %zu; flags dynamic; counter; }",
		type_spec(sessions->type)->name, sessions->room);
	nft(script);
	restart(&now);
	assert_int_equal(apply_policy(&s, &now, memory_policy(role, host), &diags, &outcome), 0);
	assert_int_equal(diags.errors, 0);
	char *found = table();
	assert_non_null(strstr(found, "ct count over 5"));
	free(found);
	diags_done(&diags);
	applied_done(&now);
	nfsock_close(&s);
}

/* In a transaction of its own: the kernel refuses a new base chain in one that wakes a table. */
TEST(a_dormant_table_without_a_base_chain_is_mended)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	applied(&s, &now, small, APPLY_REPLACED);
	restart(&now);
	nft("flush chain inet rolewall input; delete chain inet rolewall input");
	nft("add table inet rolewall { flags dormant; }");
	assert_int_equal(apply_protects(&s), 0);
	applied(&s, &now, small, APPLY_REPLACED);
	assert_int_equal(apply_protects(&s), 1);
	char *found = table();
	assert_null(strstr(found, "dormant"));
	free(found);
	applied_done(&now);
	nfsock_close(&s);
}

/* A table that another hand has filled, with every kind of thing in it. */
TEST(what_others_left_in_our_table_goes_at_the_start)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	applied(&s, &now, small, APPLY_REPLACED);
	restart(&now);
	nft("flush chain inet rolewall input\n"
	    "table inet rolewall {\n"
	    "map m { type inet_service : verdict; elements = { 1 : jump c } }\n"
	    "set d { type ipv4_addr; flags dynamic, timeout; timeout 1m; }\n"
	    "quota q { 1 mbytes }\n"
	    "chain c { tcp dport { 1, 2 } accept; quota name \"q\"; }\n"
	    "chain early { type filter hook input priority -10; policy accept; jump c; }\n"
	    "chain nat { type nat hook prerouting priority -100; tcp dport 2 redirect to :3; }\n"
	    "chain input { tcp dport vmap @m; accept; }\n"
	    "}\n");
	applied(&s, &now, small, APPLY_REPLACED);
	char *found = table();
	assert_null(strstr(found, "early"));
	assert_null(strstr(found, "redirect"));
	assert_null(strstr(found, "map m "));
	assert_null(strstr(found, "set d "));
	assert_null(strstr(found, "quota"));
	assert_null(strstr(found, "chain c "));
	free(found);
	applied_done(&now);
	nfsock_close(&s);
}

/* nft makes a chain without a name for a block behind a jump.  The kernel removes it with its
 * rule, and refuses to have it removed by name. */
TEST(a_block_that_others_left_in_our_table_goes_at_the_start)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	applied(&s, &now, small, APPLY_REPLACED);
	restart(&now);
	nft("insert rule inet rolewall input tcp dport 1 jump { accept; }\n");
	applied(&s, &now, small, APPLY_REPLACED);
	char *found = table();
	assert_null(strstr(found, "jump {"));
	free(found);
	applied_done(&now);
	nfsock_close(&s);
}

TEST(a_table_put_to_sleep_is_woken)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	applied(&s, &now, small, APPLY_REPLACED);
	restart(&now);
	nft("add table inet rolewall { flags dormant; }\n");
	applied(&s, &now, small, APPLY_REPLACED);
	char *found = table();
	assert_null(strstr(found, "dormant"));
	free(found);
	applied_done(&now);
	nfsock_close(&s);
}

TEST(a_base_chain_that_was_opened_is_closed)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	applied(&s, &now, small, APPLY_REPLACED);
	restart(&now);
	nft("add chain inet rolewall input { policy accept; }\n");
	applied(&s, &now, small, APPLY_REPLACED);
	char *found = table();
	assert_null(strstr(found, "policy accept"));
	free(found);
	applied_done(&now);
	nfsock_close(&s);
}

/* Somebody who changes a table of his own, again and again, while we change ours. */
TEST(changes_of_others_are_waited_out)
{
	need_netns();
	fflush(NULL);
	pid_t other = fork();
	assert_true(other >= 0);
	if (other == 0) {
		execlp("sh", "sh", "-c",
			"i=0; while [ $i -lt 200 ]; do nft add table inet other; "
			"nft delete table inet other; i=$((i+1)); done",
			(char *)NULL);
		_exit(1);
	}
	struct nfsock s = opened();
	for (int i = 0; i < 40; i++) {
		struct applied now = anybodys();
		applied(&s, &now, small, APPLY_REPLACED);
		applied_done(&now);
	}
	int status;
	assert_int_equal(waitpid(other, &status, 0), other);
	nfsock_close(&s);
}

TEST(the_last_generation_is_followed_by_the_first)
{
	need_netns();
	nft("table inet rolewall {\nset generation { type mark; elements = { 0xffff0000 } }\n}\n");
	struct nfsock s = opened();
	struct applied now = anybodys();
	assert_int_equal(applied(&s, &now, small, APPLY_REPLACED), 1);
	applied_done(&now);
	nfsock_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_stands_in_the_way_goes_with_the_table),
		cmocka_unit_test(a_dormant_table_without_a_base_chain_is_mended),
		cmocka_unit_test(what_others_left_in_our_table_goes_at_the_start),
		cmocka_unit_test(a_block_that_others_left_in_our_table_goes_at_the_start),
		cmocka_unit_test(a_table_put_to_sleep_is_woken),
		cmocka_unit_test(a_base_chain_that_was_opened_is_closed),
		cmocka_unit_test(changes_of_others_are_waited_out),
		cmocka_unit_test(the_last_generation_is_followed_by_the_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
