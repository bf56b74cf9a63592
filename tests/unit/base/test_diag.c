/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of faults: how it is printed and ordered, and that none is lost in silence. */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

static void assert_printed(const struct diags *d, const char *expected)
{
	char *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);
	assert_non_null(to);
	diags_print(d, to);
	fclose(to);
	assert_string_equal(text, expected);
	free(text);
}

TEST(a_fault_is_printed_with_its_place)
{
	struct diags d = {0};
	diag_error(&d, (struct place){"a.conf", 12, 7}, "unknown key '%s'", "prot");
	diag_warning(&d, (struct place){"a.conf", 4294967295, 1}, "%d of %d", 1, 2);
	assert_printed(&d, "a.conf:12:7: error: unknown key 'prot'\n"
			   "a.conf:4294967295:1: warning: 1 of 2\n");
	diags_done(&d);
}

TEST(a_fault_without_a_file_is_printed_with_a_hyphen)
{
	struct diags d = {0};
	diag_error(&d, (struct place){0}, "x");
	assert_printed(&d, "-:0:0: error: x\n");
	diags_done(&d);
}

TEST(only_errors_count_as_errors)
{
	struct diags d = {0};
	assert_false(diags_have_errors(&d));
	diag_warning(&d, (struct place){"a", 1, 1}, "w");
	assert_false(diags_have_errors(&d));
	assert_int_equal(d.errors, 0);
	diag_error(&d, (struct place){"a", 1, 1}, "e");
	assert_true(diags_have_errors(&d));
	assert_int_equal(d.errors, 1);
	assert_int_equal(d.count, 2);
	diags_done(&d);
}

TEST(file_names_are_copied_and_kept_once)
{
	struct diags d = {0};
	char name[] = "a.conf";
	diag_error(&d, (struct place){name, 1, 1}, "one");
	diag_error(&d, (struct place){"b.conf", 1, 1}, "two");
	diag_error(&d, (struct place){name, 2, 1}, "three");
	memset(name, 'x', strlen(name));
	assert_int_equal(d.n_files, 2);
	assert_ptr_equal(d.items[0].at.file, d.items[2].at.file);
	assert_printed(&d, "a.conf:1:1: error: one\n"
			   "b.conf:1:1: error: two\n"
			   "a.conf:2:1: error: three\n");
	diags_done(&d);
}

TEST(sorting_keeps_files_in_order_of_appearance)
{
	struct diags d = {0};
	diag_error(&d, (struct place){"z.conf", 9, 1}, "last line");
	diag_error(&d, (struct place){"a.conf", 1, 1}, "other file");
	diag_warning(&d, (struct place){"z.conf", 2, 30}, "late column");
	diag_error(&d, (struct place){"z.conf", 2, 4}, "b, same place");
	diag_error(&d, (struct place){"z.conf", 2, 4}, "a, same place");
	diag_error(&d, (struct place){"z.conf", 10, 1}, "ten is behind nine");
	diags_sort(&d);
	assert_printed(&d, "z.conf:2:4: error: a, same place\n"
			   "z.conf:2:4: error: b, same place\n"
			   "z.conf:2:30: warning: late column\n"
			   "z.conf:9:1: error: last line\n"
			   "z.conf:10:1: error: ten is behind nine\n"
			   "a.conf:1:1: error: other file\n");
	diags_done(&d);
}

TEST(many_faults_are_all_kept)
{
	struct diags d = {0};
	for (uint32_t i = 5000; i > 0; i--)
		diag_error(&d, (struct place){i % 2 ? "odd" : "even", i, 1}, "line %u", i);
	diags_sort(&d);
	assert_int_equal(d.count, 5000);
	assert_int_equal(d.errors, 5000);
	assert_string_equal(d.items[0].message, "line 2");
	assert_string_equal(d.items[2499].message, "line 5000");
	assert_string_equal(d.items[2500].message, "line 1");
	assert_string_equal(d.items[4999].message, "line 4999");
	diags_done(&d);
}

static void assert_first(const struct diags *d, const char *wanted)
{
	struct text text = {0};
	char *found = NULL;
	diags_put_first(d, &text);
	assert_int_equal(text_finish(&text, &found), 0);
	assert_string_equal(found, wanted);
	free(found);
}

TEST(of_very_many_faults_the_first_errors_and_a_count_are_kept)
{
	struct diags d = {0};
	struct text wanted = {0};
	char *text;
	assert_first(&d, "");
	diag_warning(&d, (struct place){"a", 1, 1}, "odd");
	diag_error(&d, (struct place){"a", 2, 1}, "bad");
	assert_first(&d, "a:1:1: warning: odd\na:2:1: error: bad\n");
	for (uint32_t i = 3; i <= 200; i++) {
		diag_warning(&d, (struct place){"a", i, 1}, "odd");
		diag_error(&d, (struct place){"a", i, 2}, "bad");
	}
	for (uint32_t i = 2; i < 2 + DIAGS_FIRST; i++)
		text_printf(&wanted, "a:%u:%u: error: bad\n", i, i == 2 ? 1 : 2);
	text_put(&wanted, "... and 378 more; `rolewallctl check` names them all\n");
	assert_int_equal(text_finish(&wanted, &text), 0);
	assert_first(&d, text);
	free(text);
	diags_done(&d);
}

TEST(a_lost_fault_is_an_error)
{
	struct diags d = {.lost = true};
	assert_true(diags_have_errors(&d));
	assert_printed(&d, "error: out of memory; some faults could not be listed\n");
	diags_done(&d);
	assert_false(diags_have_errors(&d));
}

TEST(an_empty_list_can_be_sorted_and_printed)
{
	struct diags d = {0};
	diags_sort(&d);
	assert_printed(&d, "");
	diags_done(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_is_printed_with_its_place),
		cmocka_unit_test(a_fault_without_a_file_is_printed_with_a_hyphen),
		cmocka_unit_test(only_errors_count_as_errors),
		cmocka_unit_test(file_names_are_copied_and_kept_once),
		cmocka_unit_test(sorting_keeps_files_in_order_of_appearance),
		cmocka_unit_test(many_faults_are_all_kept),
		cmocka_unit_test(of_very_many_faults_the_first_errors_and_a_count_are_kept),
		cmocka_unit_test(a_lost_fault_is_an_error),
		cmocka_unit_test(an_empty_list_can_be_sorted_and_printed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
