/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The growing text: whole, or not there at all. */
#include "testing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

TEST(pieces_follow_each_other)
{
	struct text t = {0};
	char *out = NULL;
	text_put(&t, "tcp");
	text_pad(&t, 2);
	text_printf(&t, "%d-%d", 5985, 5986);
	text_bytes(&t, "xyz", 1);
	text_pad(&t, 0);
	text_put(&t, "");
	assert_string_equal(t.data, "tcp  5985-5986x");
	assert_int_equal(t.length, 15);
	assert_int_equal(text_finish(&t, &out), 0);
	assert_string_equal(out, "tcp  5985-5986x");
	free(out);
}

TEST(nothing_written_is_an_empty_text)
{
	struct text t = {0};
	char *out = NULL;
	assert_int_equal(text_finish(&t, &out), 0);
	assert_string_equal(out, "");
	free(out);
}

TEST(a_finished_text_can_be_used_again)
{
	struct text t = {0};
	char *first = NULL, *second = NULL;
	text_put(&t, "one");
	assert_int_equal(text_finish(&t, &first), 0);
	assert_null(t.data);
	assert_int_equal(t.length, 0);
	text_put(&t, "two");
	assert_int_equal(text_finish(&t, &second), 0);
	assert_string_equal(first, "one");
	assert_string_equal(second, "two");
	free(first);
	free(second);
}

TEST(it_grows_as_far_as_it_must)
{
	struct text t = {0};
	char *out = NULL;
	for (int i = 0; i < 20000; i++)
		text_printf(&t, "%05d ", i);
	text_printf(&t, "%30000s", "end");
	assert_int_equal(t.length, 20000 * 6 + 30000);
	assert_int_equal(text_finish(&t, &out), 0);
	assert_memory_equal(out + 6 * 19999, "19999 ", 6);
	assert_string_equal(out + 20000 * 6 + 30000 - 4, " end");
	free(out);
}

TEST(bytes_may_hold_a_nul)
{
	struct text t = {0};
	text_bytes(&t, "a\0b", 3);
	assert_int_equal(t.length, 3);
	assert_memory_equal(t.data, "a\0b", 4);
	text_done(&t);
	assert_null(t.data);
}

TEST(after_a_failure_nothing_is_written_and_finish_says_so)
{
	static char untouched[] = "untouched";
	struct text t = {0};
	char *out = untouched;
	text_put(&t, "half a rule");
	text_pad(&t, SIZE_MAX - 100); /* refused before anything is allocated */
	assert_true(t.failed);
	text_put(&t, " and the rest");
	text_printf(&t, "%d", 1);
	text_pad(&t, 1);
	assert_string_equal(t.data, "half a rule");
	assert_int_equal(text_finish(&t, &out), -ENOMEM);
	assert_ptr_equal(out, untouched);
	assert_null(t.data);
	assert_false(t.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_follow_each_other),
		cmocka_unit_test(nothing_written_is_an_empty_text),
		cmocka_unit_test(a_finished_text_can_be_used_again),
		cmocka_unit_test(it_grows_as_far_as_it_must),
		cmocka_unit_test(bytes_may_hold_a_nul),
		cmocka_unit_test(after_a_failure_nothing_is_written_and_finish_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
