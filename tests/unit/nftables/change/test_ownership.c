/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose a table may become; what the kernel makes of it is in tests/kernel/test_ownership.py. */
#include "nftables/change/ownership.h"

#include "testing.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_ownership_has_its_flags_and_name),
		cmocka_unit_test(owner_is_tried_only_with_a_socket_in_keeping),
		cmocka_unit_test(an_orphan_is_adopted_to_persist_again),
		cmocka_unit_test(other_tables_are_kept_only_as_they_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
