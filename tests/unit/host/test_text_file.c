/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small files, and what is none. */
#include "host/text_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testing.h"

static char directory[] = "/tmp/test-text-file-XXXXXX";

static const char *path(const char *name)
{
	static char text[128];
	snprintf(text, sizeof(text), "%s/%s", directory, name);
	return text;
}

static void put(const char *name, size_t size)
{
	FILE *f = fopen(path(name), "w");
	assert_non_null(f);
	for (size_t i = 0; i < size; i++)
		fputc('a', f);
	assert_int_equal(fclose(f), 0);
}

static void expect(const char *name, const char *wanted)
{
	char *text = NULL;
	assert_int_equal(text_file_read(path(name), &text), 0);
	assert_string_equal(text, wanted);
	free(text);
}

static void expect_error(const char *name, int error)
{
	char *text = NULL;
	assert_int_equal(text_file_read(path(name), &text), error);
	assert_null(text);
}

TEST(a_file_is_read_whole)
{
	assert_non_null(mkdtemp(directory));
	put("three", 3);
	put("empty", 0);
	expect("three", "aaa");
	expect("empty", "");
}

TEST(one_that_is_not_there_is_empty)
{
	expect("nobody", "");
	expect("three/below", "");
}

TEST(what_is_no_file_or_too_large_is_refused_and_not_waited_for)
{
	assert_int_equal(mkfifo(path("pipe"), 0600), 0);
	expect_error("pipe", -EINVAL);
	expect_error("", -EINVAL);
	put("large", TEXT_FILE_MOST);
	expect_error("large", -EFBIG);
	for (const char *const *n = (const char *const[]){"three", "empty", "pipe", "large", NULL};
		*n; n++)
		unlink(path(*n));
	assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_whole),
		cmocka_unit_test(one_that_is_not_there_is_empty),
		cmocka_unit_test(what_is_no_file_or_too_large_is_refused_and_not_waited_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
