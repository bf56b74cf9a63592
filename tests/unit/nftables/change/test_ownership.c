/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose a table may become; what the kernel makes of it is in tests/kernel/test_ownership.py. */
#include "nftables/change/ownership.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <errno.h>

#include "nftables/encode/emit.h"
#include "live/netns.h"

enum { DORMANT = 1, OWNED = 2, PERSISTS = 4 };

TEST(each_ownership_has_its_flags_and_name)
{
	assert_int_equal(ownership_flags(OWNERSHIP_NONE), 0);
	assert_int_equal(ownership_flags(OWNERSHIP_OWNER), OWNED);
	assert_int_equal(ownership_flags(OWNERSHIP_PERSIST), OWNED | PERSISTS);
	assert_string_equal(ownership_name(OWNERSHIP_NONE), "none");
	assert_string_equal(ownership_name(OWNERSHIP_OWNER), "owner");
	assert_string_equal(ownership_name(OWNERSHIP_PERSIST), "persist");
}

TEST(owner_is_tried_only_with_a_socket_in_keeping)
{
	assert_int_equal(ownership_after(OWNERSHIP_PERSIST, true), OWNERSHIP_OWNER);
	assert_int_equal(ownership_after(OWNERSHIP_PERSIST, false), OWNERSHIP_NONE);
	assert_int_equal(ownership_after(OWNERSHIP_OWNER, true), OWNERSHIP_NONE);
}

TEST(an_orphan_is_adopted_to_persist_again)
{
	assert_true(ownership_adopts(OWNERSHIP_PERSIST, PERSISTS));
	assert_true(ownership_adopts(OWNERSHIP_PERSIST, PERSISTS | OWNED));
	assert_true(ownership_adopts(OWNERSHIP_PERSIST, PERSISTS | DORMANT));
	assert_false(ownership_adopts(OWNERSHIP_PERSIST, 0));
	assert_false(ownership_adopts(OWNERSHIP_PERSIST, OWNED));
}

TEST(other_tables_are_kept_only_as_they_are)
{
	assert_true(ownership_adopts(OWNERSHIP_NONE, 0));
	assert_true(ownership_adopts(OWNERSHIP_NONE, DORMANT));
	assert_false(ownership_adopts(OWNERSHIP_NONE, PERSISTS));
	assert_true(ownership_adopts(OWNERSHIP_OWNER, OWNED));
	assert_false(ownership_adopts(OWNERSHIP_OWNER, 0));
	assert_false(ownership_adopts(OWNERSHIP_OWNER, OWNED | PERSISTS));
}

/* What the kernel says to a table with the flags of an ownership, made in earnest. */
static bool is_known(enum ownership o)
{
	struct nfsock s = opened();
	struct refusals refusals = {0};
	struct batch b;
	uint32_t genid;
	assert_int_equal(nfsock_genid(&s, &genid), 0);
	batch_start(&b, s.seq, genid);
	emit_table(&b, ownership_flags(o));
	assert_int_equal(batch_finish(&b), 0);
	int r = nfsock_send(&s, &b, &refusals);
	batch_done(&b);
	free(refusals.items);
	nfsock_close(&s);
	char *said = nft_output("delete table inet rolewall");
	free(said);
	assert_true(r == 0 || r == -EREMOTEIO);
	return r == 0;
}

TEST(the_best_that_the_kernel_knows_is_found_and_nothing_is_changed)
{
	need_netns();
	enum ownership owner = is_known(OWNERSHIP_OWNER) ? OWNERSHIP_OWNER : OWNERSHIP_NONE;
	bool persists = is_known(OWNERSHIP_PERSIST);
	struct nfsock s = opened();
	uint32_t before, after;
	enum ownership found = (enum ownership)99;
	assert_int_equal(nfsock_genid(&s, &before), 0);

	assert_int_equal(ownership_find(&s, before, OWNERSHIP_PERSIST, true, &found), 0);
	assert_int_equal(found, persists ? OWNERSHIP_PERSIST : owner);
	assert_int_equal(ownership_find(&s, before, OWNERSHIP_PERSIST, false, &found), 0);
	assert_int_equal(found, persists ? OWNERSHIP_PERSIST : OWNERSHIP_NONE);
	assert_int_equal(ownership_find(&s, before, OWNERSHIP_OWNER, true, &found), 0);
	assert_int_equal(found, owner);
	assert_int_equal(ownership_find(&s, before, OWNERSHIP_NONE, true, &found), 0);
	assert_int_equal(found, OWNERSHIP_NONE);

	char *tables = nft_output("list tables");
	assert_string_equal(tables, "");
	free(tables);
	assert_int_equal(nfsock_genid(&s, &after), 0);
	assert_int_equal(after, before);
	nfsock_close(&s);
}

TEST(a_ruleset_that_has_changed_is_told)
{
	need_netns();
	struct nfsock s = opened();
	enum ownership found = (enum ownership)99;
	uint32_t genid;
	assert_int_equal(nfsock_genid(&s, &genid), 0);
	assert_int_equal(ownership_find(&s, genid + 1, OWNERSHIP_PERSIST, true, &found), -ERESTART);
	assert_int_equal(found, 99);
	nfsock_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_ownership_has_its_flags_and_name),
		cmocka_unit_test(owner_is_tried_only_with_a_socket_in_keeping),
		cmocka_unit_test(an_orphan_is_adopted_to_persist_again),
		cmocka_unit_test(other_tables_are_kept_only_as_they_are),
		cmocka_unit_test(the_best_that_the_kernel_knows_is_found_and_nothing_is_changed),
		cmocka_unit_test(a_ruleset_that_has_changed_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
