/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Room for the recordings of a day. */
#include "ask/recordings.h"

#include <errno.h>

#include "ruleset/memory_policy.h"

#define GB ((uint64_t)1 << 30)

static const struct recordings day_of_450 = {"/srv/rec", 21 * GB, 450};

static void assert_lacks(const struct recordings *r, const struct space *s, const char *wanted)
{
	struct text text = {0};
	bool lacks = recordings_lack(r, s, &text);
	assert_int_equal(lacks, wanted != NULL);
	if (wanted)
		assert_string_equal(text.data, wanted);
	text_done(&text);
}

TEST(room_for_a_day_is_enough)
{
	assert_lacks(&day_of_450, &(struct space){.available = 21 * GB, .total = 100 * GB}, NULL);
}

TEST(less_than_a_day_is_told_with_what_is_there)
{
	assert_lacks(&day_of_450, &(struct space){.available = 21 * GB - 1, .total = 100 * GB},
		"/srv/rec, where recordings go, has 21.0 GB left of 100.0 GB, and a day of size "
		"450 may need 21 GB; make room, or record elsewhere");
}

TEST(a_directory_that_is_not_there_is_told)
{
	const struct space space = recordings_look("/no/such/directory");
	assert_int_equal(space.error, -ENOENT);
	assert_lacks(&day_of_450, &space,
		"cannot look at /srv/rec, where recordings go: No such file or directory; make "
		"the directory, mount what has it, or correct recordings =");
}

TEST(a_disk_is_looked_at)
{
	const struct space space = recordings_look("/");
	assert_int_equal(space.error, 0);
	assert_true(space.total > 0 && space.available <= space.total);
}

TEST(who_records_nowhere_lacks_nothing)
{
	assert_lacks(&(struct recordings){0}, &(struct space){0}, NULL);
}

TEST(the_day_is_that_of_the_size)
{
	static const char role[] = "[role]\nname = r\nplays = r\n[size 450]\nsessions = 150\n"
				   "disk = 21 GB\n";
	struct policy *p = memory_policy(role, "[host]\nsize = 450\nrecordings = /srv/my rec\n");
	const struct recordings r = recordings_of(p);
	assert_string_equal(r.directory, "/srv/my rec");
	assert_int_equal(r.day, 21 * GB);
	assert_int_equal(r.administrators, 450);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(room_for_a_day_is_enough),
		cmocka_unit_test(less_than_a_day_is_told_with_what_is_there),
		cmocka_unit_test(a_directory_that_is_not_there_is_told),
		cmocka_unit_test(a_disk_is_looked_at),
		cmocka_unit_test(who_records_nowhere_lacks_nothing),
		cmocka_unit_test(the_day_is_that_of_the_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
