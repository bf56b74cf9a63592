/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system's files: read whole, and refused where not only the administrator writes. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "config/files.h"

static const struct file_access *const access_ = &file_access_system;
static char directory[64];

static int make_directory(void **state)
{
	strcpy(directory, "/tmp/rolewall-files-XXXXXX");
	return mkdtemp(directory) ? fixture_setup(state) : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_directory(void **state)
{
	nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return fixture_teardown(state);
}

static char *path_of(struct fixture *f, const char *name)
{
	char *path = arena_printf(f->arena, "%s/%s", directory, name);
	assert_non_null(path);
	return path;
}

static char *make_file(struct fixture *f, const char *name, const char *bytes, size_t length)
{
	char *path = path_of(f, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	close(fd);
	return path;
}

/* Reading a file that nobody named must end in this one fault, in the file itself. */
static void assert_refused(struct fixture *f, const char *path, const char *fault)
{
	struct file_bytes file = {.bytes = (char *)"untouched"};
	char *expected = arena_printf(f->arena, "%s:1:1: error: %s\n", path, fault);
	assert_int_equal(access_->read(access_->context, path, (struct place){path, 1, 1},
				 &f->diags, &file),
		-EINVAL);
	assert_string_equal(file.bytes, "untouched");
	assert_faults(&f->diags, expected);
}

static void a_file_is_read_whole_and_told_apart(void **state)
{
	static const size_t lengths[] = {0, 1, 7, 8, 9, 4095, 4096, 4097, 300000};
	struct fixture *f = *state;
	char *bytes = malloc(300000);
	assert_non_null(bytes);
	for (size_t i = 0; i < 300000; i++)
		bytes[i] = (char)(i * 7 + i / 256);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct file_bytes file = {0};
		struct stat st;
		char *path = make_file(f, "a.list", bytes, lengths[i]);
		assert_int_equal(access_->read(access_->context, path, (struct place){path, 1, 1},
					 &f->diags, &file),
			0);
		assert_int_equal(file.length, lengths[i]);
		if (lengths[i])
			assert_memory_equal(file.bytes, bytes, lengths[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(file.device, st.st_dev);
		assert_int_equal(file.inode, st.st_ino);
		free(file.bytes);
	}
	free(bytes);
	assert_no_faults(&f->diags);
}

static void a_link_is_followed_and_known_for_the_same_file(void **state)
{
	struct fixture *f = *state;
	struct file_bytes file = {0}, link = {0};
	char *path = make_file(f, "a.conf", "x", 1), *other = path_of(f, "b.conf");
	assert_int_equal(symlink(path, other), 0);
	assert_int_equal(access_->read(access_->context, path, (struct place){0}, &f->diags, &file),
		0);
	assert_int_equal(access_->read(access_->context, other, (struct place){0}, &f->diags,
				 &link),
		0);
	assert_int_equal(file.inode, link.inode);
	assert_int_equal(file.device, link.device);
	free(file.bytes);
	free(link.bytes);
}

static void a_missing_file_is_a_fault(void **state)
{
	struct fixture *f = *state;
	assert_refused(f, path_of(f, "none.conf"),
		"cannot be read: No such file or directory; create it or correct the path");
}

static void a_fault_of_a_named_file_stands_where_it_was_named(void **state)
{
	struct fixture *f = *state;
	struct file_bytes file;
	char *path = path_of(f, "none.list");
	char *expected = arena_printf(f->arena,
		"rolewall.conf:12:8: error: %s: cannot be read: No such file or directory; create "
		"it or correct the path\n",
		path);
	assert_int_equal(access_->read(access_->context, path,
				 (struct place){"rolewall.conf", 12, 8}, &f->diags, &file),
		-EINVAL);
	assert_faults(&f->diags, expected);
}

static void a_directory_is_no_file(void **state)
{
	struct fixture *f = *state;
	char *path = path_of(f, "d.conf");
	assert_int_equal(mkdir(path, 0700), 0);
	assert_refused(f, path, "is a directory; a file belongs here");
}

static void a_fifo_does_not_block(void **state)
{
	struct fixture *f = *state;
	char *path = path_of(f, "f.conf");
	assert_int_equal(mkfifo(path, 0600), 0);
	alarm(20); /* a daemon that hangs is a test that dies */
	assert_refused(f, path, "is not a regular file; a text file belongs here");
	alarm(0);
}

static void a_file_that_no_memory_may_hold_is_not_read(void **state)
{
	struct fixture *f = *state;
	char *path = make_file(f, "a.list", "10.0.0.1\n", 9);
	assert_int_equal(truncate(path, 64 * 1024 * 1024 + 1), 0);
	assert_refused(f, path, "is larger than 64 MiB; name networks in the place of addresses");
}

static void a_device_is_no_file(void **state)
{
	struct fixture *f = *state;
	assert_refused(f, "/dev/null", "is not a regular file; a text file belongs here");
}

static void a_file_that_everyone_may_write_is_refused(void **state)
{
	struct fixture *f = *state;
	char *path = make_file(f, "w.conf", "x", 1);
	assert_int_equal(chmod(path, 0602), 0);
	assert_refused(f, path, "may be written by everyone; take that away with chmod o-w");
	/* a link to it is no way round */
	char *link = path_of(f, "l.conf");
	assert_int_equal(symlink(path, link), 0);
	assert_refused(f, link, "may be written by everyone; take that away with chmod o-w");
	struct file_bytes file;
	assert_int_equal(chmod(path, 0664), 0);
	assert_int_equal(access_->read(access_->context, path, (struct place){0}, &f->diags, &file),
		0);
	free(file.bytes);
}

static void a_loop_of_links_is_named_as_such(void **state)
{
	struct fixture *f = *state;
	char *a = path_of(f, "a.conf"), *b = path_of(f, "b.conf");
	assert_int_equal(symlink(a, b), 0);
	assert_int_equal(symlink(b, a), 0);
	assert_refused(f, a,
		"cannot be read: Too many levels of symbolic links; break the loop of symbolic "
		"links");
}

static void an_unreadable_file_is_a_fault(void **state)
{
	struct fixture *f = *state;
	char *path = make_file(f, "u.conf", "x", 1);
	assert_int_equal(chmod(path, 0), 0);
	if (geteuid() == 0)
		skip(); /* root reads everything */
	assert_refused(f, path,
		"cannot be read: Permission denied; check the path and its permissions");
}

/* Directories. */

static void assert_list(struct fixture *f, const char *path, bool needed, const char *expected)
{
	char **names = NULL;
	struct text t = {0};
	assert_int_equal(access_->list(access_->context, path, needed, &f->diags, &names), 0);
	text_put(&t, "");
	for (char **n = names; *n; n++)
		text_printf(&t, "%s\n", *n);
	assert_string_equal(t.data, expected);
	text_done(&t);
	file_names_free(names);
	assert_no_faults(&f->diags);
}

static void names_of_a_directory_are_sorted_and_end_in_conf(void **state)
{
	static const char *const names[] = {"20-b.conf", "10-z.conf", "9.conf", "README", "x.conf~",
		"x.conf.bak", ".conf", ".hidden.conf", "x.conf.rpmsave", "B.conf", "a.conf",
		"x.list"};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		make_file(f, names[i], "", 0);
	assert_list(f, directory, true, "10-z.conf\n20-b.conf\n9.conf\nB.conf\na.conf\n");
}

static void another_file_that_looks_like_a_drop_in_is_a_warning(void **state)
{
	struct fixture *f = *state;
	char **names = NULL, expected[300];
	make_file(f, "10-a", "", 0);
	make_file(f, "10-b.Conf~", "", 0);
	make_file(f, "10-c.conf", "", 0);
	assert_int_equal(file_access_system.list(NULL, directory, true, &f->diags, &names), 0);
	file_names_free(names);
	snprintf(expected, sizeof(expected),
		"%s/10-a:1:1: warning: this file is not read, since its name does not end in "
		".conf; rename or remove it\n",
		directory);
	assert_faults(&f->diags, expected);
}

static void a_directory_of_many_files_is_listed_whole(void **state)
{
	struct fixture *f = *state;
	struct text t = {0};
	for (int i = 0; i < 300; i++) {
		char name[16];
		snprintf(name, sizeof(name), "%03d.conf", i);
		make_file(f, name, "", 0);
		text_printf(&t, "%s\n", name);
	}
	assert_list(f, directory, true, t.data);
	text_done(&t);
}

static void an_empty_directory_has_no_names(void **state)
{
	assert_list(*state, directory, true, "");
}

static void a_missing_directory_is_a_fault_only_if_it_is_needed(void **state)
{
	struct fixture *f = *state;
	char *path = path_of(f, "none"), **names = NULL;
	char *expected = arena_printf(f->arena,
		"%s:1:1: error: cannot be read: No such file or directory; create it or correct "
		"the path\n",
		path);
	assert_list(f, path, false, "");
	assert_int_equal(access_->list(access_->context, path, true, &f->diags, &names), -EINVAL);
	assert_null(names);
	assert_faults(&f->diags, expected);
}

static void a_file_in_the_place_of_a_directory_is_a_fault(void **state)
{
	struct fixture *f = *state;
	char *path = make_file(f, "rolewall.conf.d", "", 0), **names = NULL;
	char *expected = arena_printf(f->arena,
		"%s:1:1: error: cannot be read: Not a directory; check the path and its "
		"permissions\n",
		path);
	assert_int_equal(access_->list(access_->context, path, false, &f->diags, &names), -EINVAL);
	assert_faults(&f->diags, expected);
}

static void a_directory_that_everyone_may_write_is_refused(void **state)
{
	struct fixture *f = *state;
	char **names = NULL;
	char *expected = arena_printf(f->arena,
		"%s:1:1: error: may be written by everyone; take that away with chmod o-w\n",
		directory);
	assert_int_equal(chmod(directory, 01777), 0);
	assert_int_equal(access_->list(access_->context, directory, true, &f->diags, &names),
		-EINVAL);
	assert_faults(&f->diags, expected);
}

static void two_names_of_one_directory_are_the_same(void **state)
{
	struct fixture *f = *state;
	char *a = path_of(f, "a"), *b = path_of(f, "b"), *link = path_of(f, "link");
	assert_int_equal(mkdir(a, 0700), 0);
	assert_int_equal(mkdir(b, 0700), 0);
	assert_int_equal(symlink(a, link), 0);
	assert_true(access_->same(access_->context, a, a));
	assert_true(access_->same(access_->context, a, link));
	assert_true(access_->same(access_->context, a, path_of(f, "b/../a/")));
	assert_false(access_->same(access_->context, a, b));
	assert_false(access_->same(access_->context, a, path_of(f, "none")));
	assert_false(access_->same(access_->context, path_of(f, "none"), path_of(f, "none")));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
	const struct CMUnitTest tests[] = {
		CASE(a_file_is_read_whole_and_told_apart),
		CASE(a_link_is_followed_and_known_for_the_same_file),
		CASE(a_missing_file_is_a_fault),
		CASE(a_fault_of_a_named_file_stands_where_it_was_named),
		CASE(a_directory_is_no_file),
		CASE(a_fifo_does_not_block),
		CASE(a_file_that_no_memory_may_hold_is_not_read),
		CASE(a_device_is_no_file),
		CASE(a_file_that_everyone_may_write_is_refused),
		CASE(a_loop_of_links_is_named_as_such),
		CASE(an_unreadable_file_is_a_fault),
		CASE(another_file_that_looks_like_a_drop_in_is_a_warning),
		CASE(names_of_a_directory_are_sorted_and_end_in_conf),
		CASE(a_directory_of_many_files_is_listed_whole),
		CASE(an_empty_directory_has_no_names),
		CASE(a_missing_directory_is_a_fault_only_if_it_is_needed),
		CASE(a_file_in_the_place_of_a_directory_is_a_fault),
		CASE(a_directory_that_everyone_may_write_is_refused),
		CASE(two_names_of_one_directory_are_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
