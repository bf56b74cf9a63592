/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A start that finds in the kernel what it would put there takes it, and goes on to the next
 * generation. */
#include "nftables/change/adopt.h"

#include "compile/compile.h"
#include "live/small.h"

/* Of a set and a counter: one that is made anew has another. */
static char *handles(void)
{
	return nft_output(
		"-a list set inet rolewall peer-p-hosts4; nft -a list counter inet rolewall in-a");
}

TEST(no_set_of_a_table_that_is_adopted_is_made_anew)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	/* more room than the addresses need that are left */
	const char *more = "[host]\n[management]\nfrom = 10.0.9.0/24\n" PEER("10.0.0.1 10.0.0.2")
		FLOW("a", "80");
	applied(&s, &now, more, APPLY_REPLACED);
	applied(&s, &now, small, APPLY_RESTRICTED);
	const size_t room = ruleset_set(now.ruleset, "peer-p-hosts4")->room;
	char *before = handles();
	restart(&now);
	applied(&s, &now, small, APPLY_REPLACED);
	char *after = handles();
	assert_string_equal(before, after);
	assert_true(room > set_room(1));
	assert_int_equal(ruleset_set(now.ruleset, "peer-p-hosts4")->room, room);
	free(before);
	free(after);
	applied_done(&now);
	nfsock_close(&s);
}

/* What adopt() says of the table that is there, for a host file. */
static int adopted(struct nfsock *s, const char *host, uint16_t generation)
{
	struct policy *p = memory_policy(NULL, host);
	struct inventory i;
	struct ruleset *next;
	assert_int_equal(compile(p, 1, &next), 0);
	assert_int_equal(inventory_read(s, &i), 0);
	const int r = adopt(s, &i, OWNERSHIP_NONE, generation, next);
	inventory_done(&i);
	ruleset_free(next);
	policy_free(p);
	return r;
}

TEST(a_table_that_holds_something_else_is_not_adopted)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	uint32_t before, after;
	assert_int_equal(adopted(&s, small, 7), 0); /* there is none */
	const uint16_t generation = applied(&s, &now, small, APPLY_REPLACED);
	assert_int_equal(nfsock_genid(&s, &before), 0);
	assert_int_equal(adopted(&s, "[host]\n" PEER("10.0.0.1") FLOW("a", "80"), 7), 0);
	assert_int_equal(nfsock_genid(&s, &after), 0);
	assert_int_equal(after, before);
	assert_int_equal(generation_in_kernel(&s), generation);
	assert_int_equal(adopted(&s, small, 7), 1);
	assert_int_equal(generation_in_kernel(&s), 7);
	nft("insert rule inet rolewall input tcp dport 23 accept\n");
	assert_int_equal(adopted(&s, small, 8), 0);
	applied_done(&now);
	nfsock_close(&s);
}

TEST(each_start_moves_the_generation_on_by_one)
{
	need_netns();
	struct nfsock s = opened();
	uint16_t last = 0;
	for (int i = 0; i < 3; i++) {
		struct applied now = anybodys(); /* as a process that has just started */
		uint16_t generation = applied(&s, &now, small, APPLY_REPLACED);
		if (i > 0)
			assert_int_equal(generation, last == 65535 ? 1 : last + 1);
		assert_int_equal(generation_in_kernel(&s), generation);
		last = generation;
		applied_done(&now);
	}
	nfsock_close(&s);
}

/* The best that there is: nobody else may change the table, and who comes after us may. */
TEST(a_table_of_our_own_is_closed_to_others_and_adopted_after_us)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = {.ownership = OWNERSHIP_PERSIST};
	uint16_t first = applied(&s, &now, small, APPLY_REPLACED);
	if (now.ownership != OWNERSHIP_PERSIST) {
		applied_done(&now);
		nfsock_close(&s);
		print_message("SKIPPED: needs Linux 6.9\n");
		skip();
	}
	char *said = nft_output("delete table inet rolewall");
	assert_non_null(strstr(said, "Operation not permitted"));
	free(said);
	applied_done(&now);
	nfsock_close(&s);

	s = opened();
	now = (struct applied){.ownership = OWNERSHIP_PERSIST};
	uint16_t second = applied(&s, &now, small, APPLY_REPLACED);
	assert_int_equal(second, first == 65535 ? 1 : first + 1);
	assert_int_equal(now.ownership, OWNERSHIP_PERSIST);
	applied_done(&now);
	nfsock_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_start_moves_the_generation_on_by_one),
		cmocka_unit_test(no_set_of_a_table_that_is_adopted_is_made_anew),
		cmocka_unit_test(a_table_that_holds_something_else_is_not_adopted),
		cmocka_unit_test(a_table_of_our_own_is_closed_to_others_and_adopted_after_us),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
