/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/index.h"

#include <errno.h>
#include <stdio.h>

#include "testing.h"

enum { MANY = 5000 };

TEST(what_was_put_is_found_by_its_name)
{
	static int things[MANY];
	struct arena *arena = arena_new();
	struct index x = {0};
	assert_null(index_get(&x, "0"));
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(index_put(&x, arena, arena_printf(arena, "%zu", i), &things[i]),
			0);
	assert_int_equal(x.count, MANY);
	for (size_t i = 0; i < MANY; i++) {
		char name[16];
		snprintf(name, sizeof(name), "%zu", i);
		assert_ptr_equal(index_get(&x, name), &things[i]);
	}
	assert_null(index_get(&x, "5000"));
	assert_null(index_get(&x, ""));
	arena_free(arena);
}

TEST(the_last_of_a_name_is_found)
{
	struct arena *arena = arena_new();
	struct index x = {0};
	int first, last;
	assert_int_equal(index_put(&x, arena, "name", &first), 0);
	assert_int_equal(index_put(&x, arena, "name", &last), 0);
	assert_ptr_equal(index_get(&x, "name"), &last);
	assert_int_equal(x.count, 1);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_is_found_by_its_name),
		cmocka_unit_test(the_last_of_a_name_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
