/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A state directory of the test's own, in all the states in which a disk may leave one. */
#include "state/store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "saved.h"

static char directory[64];

static int setup(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/rolewall-store-XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state)
{
	char path[512];
	(void)state;
	DIR *d = opendir(directory);
	for (struct dirent *e; d && (e = readdir(d));) {
		snprintf(path, sizeof(path), "%s/%s", directory, e->d_name);
		if (e->d_name[0] != '.')
			remove(path);
	}
	closedir(d);
	return rmdir(directory);
}

static void save(enum store_slot slot, const char *host_file)
{
	struct snapshot *s = some_snapshot(host_file);
	assert_int_equal(store_save(directory, slot, s, NULL), 0);
	snapshot_free(s);
}

static int load(enum store_slot slot, char why[STATE_FAULT_SIZE])
{
	struct snapshot *s = NULL;
	struct trial trial;
	int r = store_load(directory, slot, &s, &trial, why);
	snapshot_free(s);
	return r;
}

static void assert_saved(enum store_slot slot, const char *host_file)
{
	struct snapshot *s = some_snapshot(host_file), *found = NULL;
	struct trial trial;
	char why[STATE_FAULT_SIZE];
	assert_int_equal(store_load(directory, slot, &found, &trial, why), 0);
	assert_true(snapshot_equal(s, found, true));
	snapshot_free(s);
	snapshot_free(found);
}

static void in_file(const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", directory, name);
}

TEST(what_is_saved_is_there)
{
	char why[STATE_FAULT_SIZE], path[128];
	struct stat st;
	assert_int_equal(load(STORE_CONFIRMED, why), -ENOENT);
	save(STORE_CONFIRMED, "one");
	assert_saved(STORE_CONFIRMED, "one");
	assert_int_equal(load(STORE_CONFIRMED_OLD, why), -ENOENT);
	in_file("confirmed", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

TEST(the_one_before_it_stays)
{
	save(STORE_CONFIRMED, "one");
	save(STORE_CONFIRMED, "two");
	assert_saved(STORE_CONFIRMED, "two");
	assert_saved(STORE_CONFIRMED_OLD, "one");
	save(STORE_CONFIRMED, "three");
	assert_saved(STORE_CONFIRMED_OLD, "two");
}

TEST(a_half_written_file_beside_it_does_no_harm)
{
	char path[128];
	save(STORE_CONFIRMED, "one");
	in_file("confirmed.new", path);
	FILE *f = fopen(path, "w");
	fputs("rolewall st", f);
	fclose(f);
	assert_saved(STORE_CONFIRMED, "one");
	save(STORE_CONFIRMED, "two");
	assert_saved(STORE_CONFIRMED, "two");
	assert_int_not_equal(access(path, F_OK), 0);
}

TEST(what_is_damaged_is_told)
{
	char why[STATE_FAULT_SIZE], path[128];
	save(STORE_CONFIRMED, "one");
	in_file("confirmed", path);
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(load(STORE_CONFIRMED, why), -EBADMSG);
	assert_string_equal(why, "its checksum is wrong");
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(load(STORE_CONFIRMED, why), -EBADMSG);
	assert_string_equal(why, "it is not a state file of this version");
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(load(STORE_CONFIRMED, why), -EBADMSG);
	unlink(path);
	assert_int_equal(symlink("/dev/zero", path), 0);
	assert_true(load(STORE_CONFIRMED, why) < 0);
}

TEST(slots_are_moved_and_removed)
{
	char why[STATE_FAULT_SIZE];
	assert_int_equal(store_move(directory, STORE_TRIAL, STORE_REJECTED), 0);
	save(STORE_TRIAL, "new");
	assert_int_equal(store_move(directory, STORE_TRIAL, STORE_REJECTED), 0);
	assert_int_equal(load(STORE_TRIAL, why), -ENOENT);
	assert_saved(STORE_REJECTED, "new");
	assert_int_equal(store_remove(directory, STORE_REJECTED), 0);
	assert_int_equal(store_remove(directory, STORE_REJECTED), 0);
	assert_int_equal(load(STORE_REJECTED, why), -ENOENT);
}

TEST(what_is_damaged_is_not_kept_as_the_one_before)
{
	char path[512];
	save(STORE_CONFIRMED, "first");
	save(STORE_CONFIRMED, "second");
	snprintf(path, sizeof(path), "%s/confirmed", directory);
	assert_int_equal(truncate(path, 10), 0);
	struct snapshot *s = some_snapshot("first");
	assert_int_equal(store_save_over(directory, STORE_CONFIRMED, s, NULL), 0);
	snapshot_free(s);
	assert_saved(STORE_CONFIRMED, "first");
	assert_saved(STORE_CONFIRMED_OLD, "first");
}

TEST(what_somebody_else_seals_is_saved_as_it_is)
{
	char why[STATE_FAULT_SIZE];
	struct text text = {0}, found = {0};
	assert_int_equal(store_load_text(directory, STORE_NAMES, &found, why), -ENOENT);
	assert_int_equal(store_sync(directory, STORE_NAMES), -ENOENT);
	for (int i = 0; i < 2; i++) {
		text_put(&text, "some names\n");
		assert_int_equal(store_save_text(directory, STORE_NAMES, &text), 0);
		assert_int_equal(store_sync(directory, STORE_NAMES), 0);
		text_done(&found);
		assert_int_equal(store_load_text(directory, STORE_NAMES, &found, why), 0);
		assert_int_equal(found.length, text.length);
		assert_memory_equal(found.data, text.data, text.length);
	}
	assert_int_equal(store_save_text("/no/such/directory", STORE_NAMES, &text), -ENOENT);
	text_done(&found);
	text_done(&text);
}

TEST(a_directory_that_is_not_there_is_an_error)
{
	struct snapshot *s = some_snapshot("x");
	assert_int_equal(store_save("/no/such/directory", STORE_TRIAL, s, NULL), -ENOENT);
	assert_int_equal(store_remove("/no/such/directory", STORE_TRIAL), 0);
	snapshot_free(s);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_saved_is_there),
		CASE(the_one_before_it_stays),
		CASE(a_half_written_file_beside_it_does_no_harm),
		CASE(what_is_damaged_is_told),
		CASE(slots_are_moved_and_removed),
		CASE(what_is_damaged_is_not_kept_as_the_one_before),
		CASE(what_somebody_else_seals_is_saved_as_it_is),
		CASE(a_directory_that_is_not_there_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
