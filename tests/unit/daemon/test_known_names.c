/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a daemon finds of names after it was killed, after the machine lost its power, and after an
 * orderly end. */
#include "known_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testing.h"

#define NAME "login.example.com"

enum { SECOND = 1000000, SOON = 5 * SECOND };

static const uint64_t start = (uint64_t)1000 * SECOND;

struct life {
	char runtime[32], state[32];
	struct known_names known;
	struct answers *answers;
};

static int set_up(void **state)
{
	struct life *l = calloc(1, sizeof(*l));
	assert_non_null(l);
	strcpy(l->runtime, "/tmp/rolewall-unit-XXXXXX");
	strcpy(l->state, "/tmp/rolewall-unit-XXXXXX");
	assert_non_null(mkdtemp(l->runtime));
	assert_non_null(mkdtemp(l->state));
	*state = l;
	return 0;
}

static char *path_of(const char *directory)
{
	static char path[64];
	snprintf(path, sizeof(path), "%s/names", directory);
	return path;
}

static bool is_there(const char *directory)
{
	return access(path_of(directory), F_OK) == 0;
}

static int tear_down(void **state)
{
	struct life *l = *state;
	unlink(path_of(l->runtime));
	unlink(path_of(l->state));
	rmdir(l->runtime);
	assert_int_equal(rmdir(l->state), 0); /* nothing else was left there */
	if (l->known.has_end)
		close(l->known.end);
	answers_free(l->answers);
	free(l);
	return 0;
}

static void begin(struct life *l, uint64_t now)
{
	answers_free(l->answers);
	l->answers = NULL;
	if (l->known.has_end)
		close(l->known.end); /* as the kernel does for a daemon that was killed */
	l->known = (struct known_names){.runtime_dir = l->runtime, .state_dir = l->state};
	assert_int_equal(known_names_load(&l->known, now, &l->answers), 0);
	if (!l->answers)
		l->answers = answers_new();
	const struct answers_follow follow = {1, NAME, NAME_OF_HOST, true};
	const struct answers_rules rules = answers_default_rules();
	assert_int_equal(answers_configure(l->answers, &follow, 1, &rules,
				 (struct moment){.now = now}),
		0);
}

static void learn(struct life *l, uint8_t last, uint64_t now)
{
	const struct answers_item item = {
		.address = {.family = AF_INET, .bytes = {10, 0, 0, last}}, .ttl = 300};
	const struct answers_lesson lesson = {NAME, ANSWERS_A, ANSWERS_FROM_OBSERVING, &item, 1};
	assert_int_equal(answers_learned(l->answers, &lesson, (struct moment){.now = now}), 0);
	known_names_save_first(&l->known, l->answers, now);
}

static size_t count(const struct life *l)
{
	return answers_find(l->answers, NAME, NAME_OF_HOST)->n_addresses;
}

static void after_a_kill_everything_is_known_and_no_disk_was_waited_for(void **state)
{
	struct life *l = *state;
	begin(l, start);
	learn(l, 1, start);
	learn(l, 2, start + 1);
	known_names_keep(&l->known, l->answers, start + 2, false);
	assert_false(is_there(l->state));
	begin(l, start + SECOND);
	assert_int_equal(count(l), 2);
}

static struct stat stat_of(const char *directory)
{
	struct stat st;
	assert_int_equal(stat(path_of(directory), &st), 0);
	return st;
}

static void an_address_that_comes_is_appended_to_what_is_saved(void **state)
{
	struct life *l = *state;
	begin(l, start);
	for (uint8_t i = 1; i <= 50; i++)
		learn(l, i, start + i);
	const struct stat before = stat_of(l->runtime);
	learn(l, 51, start + SECOND);
	const struct stat after = stat_of(l->runtime);
	assert_true(before.st_ino == after.st_ino);
	assert_in_range(after.st_size - before.st_size, 1, 200);
	begin(l, start + 2 * SECOND);
	assert_int_equal(count(l), 51);
	/* the first one was learned a second before the last one */
	const struct answers_name *n = answers_find(l->answers, NAME, NAME_OF_HOST);
	assert_true(n->addresses[0].life.seen + SECOND - 1 == n->addresses[50].life.seen);
	learn(l, 52, start + 2 * SECOND);
	begin(l, start);
	assert_int_equal(count(l), 52);
}

static void what_was_appended_grows_up_to_a_bound(void **state)
{
	struct life *l = *state;
	begin(l, start);
	for (unsigned i = 0; i < 5000; i++) {
		learn(l, (uint8_t)(i % 100), start + i);
		if (i % 100 == 0)
			assert_in_range(stat_of(l->runtime).st_size, 0, 100000);
	}
	begin(l, start);
	assert_int_equal(count(l), 100);
}

static void a_daemon_that_is_killed_while_it_appends_loses_no_more_than_that(void **state)
{
	struct life *l = *state;
	begin(l, start);
	learn(l, 1, start);
	learn(l, 2, start);
	const off_t before = stat_of(l->runtime).st_size;
	learn(l, 3, start);
	for (off_t size = stat_of(l->runtime).st_size - 1; size >= before; size--) {
		assert_int_equal(truncate(path_of(l->runtime), size), 0);
		begin(l, start);
		assert_int_equal(count(l), 2);
	}
	learn(l, 4, start);
	begin(l, start);
	assert_int_equal(count(l), 3);
}

static void what_was_saved_is_written_anew_when_somebody_has_removed_it(void **state)
{
	struct life *l = *state;
	begin(l, start);
	learn(l, 1, start);
	unlink(path_of(l->runtime));
	learn(l, 2, start);
	begin(l, start);
	assert_int_equal(count(l), 2);
}

static void after_a_loss_of_power_what_is_older_than_some_seconds_is_known(void **state)
{
	struct life *l = *state;
	begin(l, start);
	learn(l, 1, start);
	assert_int_equal(known_names_wake(&l->known), start + SOON);
	known_names_keep(&l->known, l->answers, start + SOON, false);
	assert_true(known_names_wake(&l->known) == UINT64_MAX);
	learn(l, 2, start + SOON + 1);
	unlink(path_of(l->runtime));
	begin(l, start);
	assert_int_equal(count(l), 1);
}

static void a_packet_that_waits_does_not_wait_for_the_disk(void **state)
{
	struct life *l = *state;
	begin(l, start);
	learn(l, 1, start);
	known_names_keep(&l->known, l->answers, start + SOON, true);
	assert_false(is_there(l->state));
	const uint64_t wake = known_names_wake(&l->known);
	assert_in_range(wake, start + SOON + 1, start + SOON + SECOND);
	known_names_keep(&l->known, l->answers, wake, false);
	assert_true(is_there(l->state));
}

static void an_orderly_end_leaves_one_copy_on_the_disk(void **state)
{
	struct life *l = *state;
	begin(l, start);
	learn(l, 1, start);
	known_names_save_last(&l->known, l->answers, start + 1);
	assert_false(is_there(l->runtime));
	begin(l, start);
	assert_int_equal(count(l), 1);
	known_names_save_last(&l->known, l->answers, start + 1);
	assert_true(is_there(l->state));
}

/* It was killed before the disk had what it knew; the next one does not lose it either. */
static void what_was_found_after_a_kill_comes_to_the_disk_as_well(void **state)
{
	struct life *l = *state;
	begin(l, start);
	learn(l, 1, start);
	begin(l, start + SECOND);
	const uint64_t wake = known_names_wake(&l->known);
	assert_in_range(wake, start, start + SECOND + SOON);
	known_names_keep(&l->known, l->answers, wake, false);
	unlink(path_of(l->runtime));
	begin(l, start);
	assert_int_equal(count(l), 1);
}

static void where_the_memory_is_full_the_disk_has_it_at_once(void **state)
{
	struct life *l = *state;
	begin(l, start);
	learn(l, 1, start);
	unlink(path_of(l->runtime)); /* so that it cannot be appended to either */
	l->known.runtime_dir = "/nowhere";
	learn(l, 2, start + 1);
	unlink(path_of(l->runtime));
	begin(l, start);
	assert_int_equal(count(l), 2);
}

static void a_disk_that_fails_is_told_and_tried_again(void **state)
{
	struct life *l = *state;
	begin(l, start);
	learn(l, 1, start);
	l->known.state_dir = "/nowhere";
	known_names_keep(&l->known, l->answers, start + SOON, false);
	assert_int_equal(l->known.error, -ENOENT);
	const uint64_t wake = known_names_wake(&l->known);
	assert_true(wake == start + SOON + (uint64_t)KNOWN_NAMES_RETRY_SECONDS * SECOND);
	l->known.state_dir = l->state;
	known_names_keep(&l->known, l->answers, wake, false);
	assert_int_equal(l->known.error, 0);
	assert_true(known_names_wake(&l->known) == UINT64_MAX);
	assert_true(is_there(l->state));
}

static void a_damaged_copy_of_a_killed_daemon_is_passed_over(void **state)
{
	struct life *l = *state;
	begin(l, start);
	learn(l, 1, start);
	known_names_keep(&l->known, l->answers, start + SOON, false);
	assert_int_equal(truncate(path_of(l->runtime), 20), 0);
	begin(l, start);
	assert_int_equal(count(l), 1);
}

#define LIFE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIFE_TEST(after_a_kill_everything_is_known_and_no_disk_was_waited_for),
		LIFE_TEST(an_address_that_comes_is_appended_to_what_is_saved),
		LIFE_TEST(what_was_appended_grows_up_to_a_bound),
		LIFE_TEST(a_daemon_that_is_killed_while_it_appends_loses_no_more_than_that),
		LIFE_TEST(what_was_saved_is_written_anew_when_somebody_has_removed_it),
		LIFE_TEST(after_a_loss_of_power_what_is_older_than_some_seconds_is_known),
		LIFE_TEST(a_packet_that_waits_does_not_wait_for_the_disk),
		LIFE_TEST(an_orderly_end_leaves_one_copy_on_the_disk),
		LIFE_TEST(what_was_found_after_a_kill_comes_to_the_disk_as_well),
		LIFE_TEST(where_the_memory_is_full_the_disk_has_it_at_once),
		LIFE_TEST(a_disk_that_fails_is_told_and_tried_again),
		LIFE_TEST(a_damaged_copy_of_a_killed_daemon_is_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
