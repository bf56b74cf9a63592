/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "testing.h"

struct thing {
	int ended;
};

static void thing_done(struct thing **t)
{
	(*t)->ended++;
}

static void thing_free(struct thing *t)
{
	if (t)
		t->ended++;
}

DEFINE_CLEANUP(drop_thing, struct thing, thing_free)

static int use_it(struct thing *thing, bool early)
{
	CLEANUP(thing_done) struct thing *held = thing;
	if (early)
		return held->ended;
	return held->ended + 10;
}

TEST(each_way_out_ends_it_once_and_after_the_value_of_return)
{
	struct thing thing = {0};
	assert_int_equal(use_it(&thing, true), 0);
	assert_int_equal(thing.ended, 1);
	assert_int_equal(use_it(&thing, false), 11);
	assert_int_equal(thing.ended, 2);
}

static struct thing *hand_on(struct thing *thing, bool take)
{
	CLEANUP(drop_thing) struct thing *held = thing;
	return take ? TAKE(held) : NULL;
}

TEST(what_is_taken_is_not_ended)
{
	struct thing thing = {0};
	assert_ptr_equal(hand_on(&thing, true), &thing);
	assert_int_equal(thing.ended, 0);
	assert_null(hand_on(&thing, false));
	assert_int_equal(thing.ended, 1);
	assert_null(hand_on(NULL, false));
}

static size_t length_of_copy(const char *s)
{
	CLEANUP(free_string) char *copy = s ? strdup(s) : NULL;
	return copy ? strlen(copy) : 0;
}

TEST(a_string_is_freed_also_if_it_is_none)
{
	assert_int_equal(length_of_copy("four"), 4);
	assert_int_equal(length_of_copy(NULL), 0);
}

static int open_and_leave(const char *path)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	errno = ERANGE;
	return fd;
}

TEST(a_file_is_closed_and_errno_stays)
{
	int fd = open_and_leave("/dev/null");
	assert_true(fd >= 0);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(open_and_leave("/nowhere/at/all"), -1);
	assert_int_equal(errno, ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_out_ends_it_once_and_after_the_value_of_return),
		cmocka_unit_test(what_is_taken_is_not_ended),
		cmocka_unit_test(a_string_is_freed_also_if_it_is_none),
		cmocka_unit_test(a_file_is_closed_and_errno_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
