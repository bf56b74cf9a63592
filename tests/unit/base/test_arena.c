/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An arena: zeroed, aligned memory that never moves, and no overflow in its sums. */
#include "testing.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static int setup(void **state)
{
	*state = arena_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void memory_is_zeroed_and_aligned(void **state)
{
	static const size_t sizes[] = {0, 1, 3, 15, 16, 17, 16 * 1024, 16 * 1024 + 1, 100000};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		unsigned char *p = arena_alloc(*state, sizes[i]);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(p[j], 0);
		memset(p, 0xff, sizes[i]);
	}
}

static void memory_never_moves_and_never_overlaps(void **state)
{
	enum { COUNT = 5000, SIZE = 24 };
	static unsigned char *parts[COUNT];
	for (size_t i = 0; i < COUNT; i++) {
		parts[i] = arena_alloc(*state, SIZE);
		assert_non_null(parts[i]);
		memset(parts[i], (int)(i % 251), SIZE);
	}
	for (size_t i = 0; i < COUNT; i++)
		for (size_t j = 0; j < SIZE; j++)
			assert_int_equal(parts[i][j], i % 251);
}

static void a_large_part_leaves_the_block_in_use_in_front(void **state)
{
	char *before = arena_alloc(*state, 1);
	assert_non_null(arena_alloc(*state, 1000 * 1000));
	char *after = arena_alloc(*state, 1);
	assert_ptr_equal(after, before + alignof(max_align_t));
}

static void a_large_part_may_be_the_first(void **state)
{
	char *large = arena_alloc(*state, 100000), *small = arena_alloc(*state, 8);
	assert_non_null(large);
	assert_non_null(small);
	assert_true(small < large || small >= large + 100000);
}

static void sizes_that_overflow_are_out_of_memory(void **state)
{
	assert_null(arena_alloc(*state, SIZE_MAX));
	assert_null(arena_alloc(*state, SIZE_MAX / 2 + 1));
	assert_null(arena_array(*state, SIZE_MAX / 4, 8));
	assert_null(arena_array(*state, SIZE_MAX, 2));
}

static void an_array_has_room_for_all_of_it(void **state)
{
	uint64_t *numbers = arena_array(*state, 3000, sizeof(*numbers));
	assert_non_null(numbers);
	for (size_t i = 0; i < 3000; i++)
		assert_int_equal(numbers[i], 0);
	numbers[2999] = 1;
	assert_non_null(arena_array(*state, 0, 8));
}

static void strndup_copies_the_length_and_ends_it(void **state)
{
	char *copy = arena_strndup(*state, "10.0.0.20", 8);
	assert_string_equal(copy, "10.0.0.2");
	assert_string_equal(arena_strndup(*state, "x", 0), "");
	assert_memory_equal(arena_strndup(*state, "a\0b", 3), "a\0b", 4);
}

static void printf_makes_room_for_any_length(void **state)
{
	assert_string_equal(arena_printf(*state, "%s/%s.conf", "roles", "proxy"),
		"roles/proxy.conf");
	char *wide = arena_printf(*state, "%50000d", 7);
	assert_int_equal(strlen(wide), 50000);
	assert_string_equal(wide + 49998, " 7");
}

TEST(freeing_nothing_is_fine)
{
	arena_free(NULL);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(memory_is_zeroed_and_aligned),
		CASE(memory_never_moves_and_never_overlaps),
		CASE(a_large_part_leaves_the_block_in_use_in_front),
		CASE(a_large_part_may_be_the_first),
		CASE(sizes_that_overflow_are_out_of_memory),
		CASE(an_array_has_room_for_all_of_it),
		CASE(strndup_copies_the_length_and_ends_it),
		CASE(printf_makes_room_for_any_length),
		cmocka_unit_test(freeing_nothing_is_fine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
