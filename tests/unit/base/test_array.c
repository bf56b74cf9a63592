/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays that grow: by doubling, with what is in them, and unharmed when they cannot. */
#include "testing.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"

TEST(room_is_doubled_until_it_is_enough)
{
	static const struct {
		size_t need, room;
	} steps[] = {{1, 8}, {8, 8}, {9, 16}, {10, 16}, {17, 32}, {1000, 1024}, {3, 1024}};
	int *data = NULL;
	size_t allocated = 0;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(array_reserve(&data, &allocated, steps[i].need), 0);
		assert_int_equal(allocated, steps[i].room);
		data[allocated - 1] = 1; /* the sanitizer looks */
	}
	free(data);
}

TEST(what_is_in_it_stays)
{
	uint32_t *data = NULL;
	size_t allocated = 0;
	for (uint32_t i = 0; i < 10000; i++) {
		assert_int_equal(array_reserve(&data, &allocated, i + 1), 0);
		data[i] = i;
	}
	for (uint32_t i = 0; i < 10000; i++)
		assert_int_equal(data[i], i);
	free(data);
}

TEST(needing_nothing_allocates_nothing)
{
	int *data = NULL;
	size_t allocated = 0;
	assert_int_equal(array_reserve(&data, &allocated, 0), 0);
	assert_null(data);
	assert_int_equal(allocated, 0);
}

TEST(too_much_leaves_everything_as_it_was)
{
	char *data = NULL;
	size_t allocated = 0;
	assert_int_equal(array_reserve(&data, &allocated, 5), 0);
	char *before = data;
	data[4] = 'x';
	assert_int_equal(array_reserve(&data, &allocated, SIZE_MAX), -ENOMEM);
	assert_ptr_equal(data, before);
	assert_int_equal(allocated, 8);
	assert_int_equal(data[4], 'x');
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(room_is_doubled_until_it_is_enough),
		cmocka_unit_test(what_is_in_it_stays),
		cmocka_unit_test(needing_nothing_allocates_nothing),
		cmocka_unit_test(too_much_leaves_everything_as_it_was),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
