/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys with values: kept, bounded, printed. */
#include "base/record.h"

#include "ruleset/failing_malloc.h"

static char *printed(const struct record *r, bool as_json)
{
	struct text text = {0};
	char *said;
	(as_json ? record_put_json : record_put_text)(r, &text);
	assert_int_equal(text_finish(&text, &said), 0);
	return said;
}

static void assert_printed(const struct record *r, bool as_json, const char *wanted)
{
	char *said = printed(r, as_json);
	assert_string_equal(said, wanted);
	free(said);
}

static void fill(struct record *r)
{
	record_text(r, "state", "healthy");
	record_number(r, "generation", 7);
	record_bool(r, "open", false);
	record_list(r, "problems");
	record_line(r, "roles", "proxy");
	record_text(r, "ownership", "persist");
	record_line(r, "roles", "target"); /* joins the others */
}

TEST(values_are_printed_in_order_and_in_columns)
{
	struct record r = {0};
	fill(&r);
	assert_printed(&r, false,
		"state:       healthy\n"
		"generation:  7\n"
		"open:        no\n"
		"problems:    none\n"
		"roles:       proxy\n"
		"             target\n"
		"ownership:   persist\n");
	assert_printed(&r, true,
		"{\"state\":\"healthy\",\"generation\":7,\"open\":false,\"problems\":[],"
		"\"roles\":[\"proxy\",\"target\"],\"ownership\":\"persist\"}\n");
	record_done(&r);
}

TEST(what_is_there_is_found)
{
	struct record r = {0};
	fill(&r);
	assert_int_equal(record_find(&r, "generation")->number, 7);
	assert_null(record_find(&r, "gene"));
	record_done(&r);
}

TEST(a_long_list_is_cut_and_says_how_much_more_there_was)
{
	struct record r = {0};
	for (int i = 0; i < RECORD_LINES_MOST + 5; i++)
		record_line(&r, "faults", "x");
	assert_int_equal(record_find(&r, "faults")->n_lines, RECORD_LINES_MOST);
	char *text = printed(&r, false), *json = printed(&r, true);
	assert_non_null(strstr(text, "... and 5 more\n"));
	assert_non_null(strstr(json, "\"... and 5 more\"]"));
	free(text);
	free(json);
	record_done(&r);
}

TEST(a_long_text_is_cut_and_any_bytes_become_utf8)
{
	char many[3 * RECORD_TEXT_MOST];
	struct record r = {0};
	memset(many, 'x', sizeof(many));
	many[sizeof(many) - 1] = '\0';
	record_text(&r, "long", many);
	record_text(&r, "odd",
		"a\xff"
		"b");
	assert_int_equal(strlen(record_find(&r, "long")->text), RECORD_TEXT_MOST);
	assert_string_equal(record_find(&r, "odd")->text, "a?b");
	record_done(&r);
}

static int fill_once(void *context)
{
	struct record r = {0};
	(void)context;
	fill(&r);
	int result = r.failed ? -ENOMEM : 0;
	record_done(&r);
	return result;
}

TEST(each_failing_allocation_is_told_and_nothing_is_kept)
{
	assert_survives_each_failure(fill_once, NULL);
}

TEST(what_failed_is_not_printed)
{
	struct record r = {.failed = true};
	struct text text = {0};
	char *said;
	record_put_text(&r, &text);
	assert_int_equal(text_finish(&text, &said), -ENOMEM);
	record_put_json(&r, &text);
	assert_int_equal(text_finish(&text, &said), -ENOMEM);
}

TEST(a_text_is_replaced_where_it_is)
{
	struct record r = {0};
	record_text(&r, "state", "healthy");
	record_number(&r, "generation", 7);
	record_replace(&r, "state", "degraded");
	record_replace(&r, "generation", "no text");
	record_replace(&r, "missing", "x");
	assert_printed(&r, false, "state:       degraded\ngeneration:  7\n");
	record_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_printed_in_order_and_in_columns),
		cmocka_unit_test(what_is_there_is_found),
		cmocka_unit_test(a_long_list_is_cut_and_says_how_much_more_there_was),
		cmocka_unit_test(a_long_text_is_cut_and_any_bytes_become_utf8),
		cmocka_unit_test(each_failing_allocation_is_told_and_nothing_is_kept),
		cmocka_unit_test(what_failed_is_not_printed),
		cmocka_unit_test(a_text_is_replaced_where_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
