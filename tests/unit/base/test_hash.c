/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/hash.h"

#include "testing.h"

static uint64_t of(const char *bytes, size_t length)
{
	return hash_bytes(HASH_START, bytes, length);
}

/* from the page of FNV's authors */
TEST(known_bytes_have_the_known_number)
{
	assert_int_equal(of("", 0), 0xcbf29ce484222325u);
	assert_int_equal(of("a", 1), 0xaf63dc4c8601ec8cu);
	assert_int_equal(of("foobar", 6), 0x85944171f73967e8u);
}

TEST(what_was_folded_before_counts)
{
	assert_int_equal(hash_bytes(of("foo", 3), "bar", 3), of("foobar", 6));
	assert_true(hash_number(hash_number(HASH_START, 1), 2) !=
		    hash_number(hash_number(HASH_START, 2), 1));
}

TEST(a_number_is_folded_lowest_byte_first)
{
	assert_int_equal(hash_number(HASH_START, 0x64636261), of("abcd", 4));
}

TEST(texts_keep_their_ends)
{
	assert_true(hash_text(hash_text(HASH_START, "a"), "bc") !=
		    hash_text(hash_text(HASH_START, "ab"), "c"));
	assert_true(hash_text(HASH_START, NULL) != hash_text(HASH_START, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_bytes_have_the_known_number),
		cmocka_unit_test(what_was_folded_before_counts),
		cmocka_unit_test(a_number_is_folded_lowest_byte_first),
		cmocka_unit_test(texts_keep_their_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
