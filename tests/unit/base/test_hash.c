/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The published test vectors of FNV-1a. */
#include "base/hash.h"

#include "testing.h"

static void known_hashes(void **state)
{
	(void)state;
	assert_true(hash_bytes(HASH_START, "", 0) == 0xcbf29ce484222325u);
	assert_true(hash_bytes(HASH_START, "a", 1) == 0xaf63dc4c8601ec8cu);
	assert_true(hash_bytes(HASH_START, "foobar", 6) == 0x85944171f73967e8u);
}

static void parts_hash_like_the_whole(void **state)
{
	(void)state;
	uint64_t parts = hash_bytes(hash_bytes(HASH_START, "foo", 3), "bar", 3);
	assert_true(parts == hash_bytes(HASH_START, "foobar", 6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_hashes),
		cmocka_unit_test(parts_hash_like_the_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
