/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values over several lines: each letter's place, and the items of a list. */
#include "fixture.h"

#include "base/text.h"
#include "config/value.h"

/* As "address = 10.0.0.1," in line 3 with "10.0.0.2 x" and "y" indented below. */
static const struct segment segments[] = {{0, 3, 11}, {10, 4, 2}, {21, 9, 5}};
static const struct value lines = {"a.conf", "10.0.0.1, 10.0.0.2 x y", 22, segments, 3};

static struct value line(const char *text)
{
	static const struct segment first = {0, 1, 8};
	return (struct value){"a.conf", text, strlen(text), &first, 1};
}

TEST(every_letter_knows_its_place)
{
	static const struct {
		size_t offset;
		uint32_t row, column;
	} cases[] = {{0, 3, 11}, {8, 3, 19}, {9, 3, 20}, {10, 4, 2}, {19, 4, 11}, {21, 9, 5}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct place at = value_place(&lines, cases[i].offset);
		assert_string_equal(at.file, "a.conf");
		assert_place(at, cases[i].row, cases[i].column);
	}
}

static void items_of_several_lines_have_the_place_of_their_line(void **state)
{
	static const struct {
		const char *text;
		uint32_t row, column;
	} expected[] = {{"10.0.0.1", 3, 11}, {"10.0.0.2", 4, 2}, {"x", 4, 11}, {"y", 9, 5}};
	struct fixture *f = *state;
	struct items items = items_of(&lines);
	struct item item;
	for (size_t i = 0; i < 4; i++) {
		assert_true(items_next(&items, &item, &f->diags));
		assert_true(item_is(&item, expected[i].text));
		assert_place(item.at, expected[i].row, expected[i].column);
	}
	assert_false(items_next(&items, &item, &f->diags));
	assert_false(items_next(&items, &item, &f->diags));
	assert_no_faults(&f->diags);
}

/* Items in angle brackets. */
static void assert_items(struct fixture *f, const char *value, const char *expected)
{
	struct value v = line(value);
	struct items items = items_of(&v);
	struct item item;
	struct text t = {0};
	text_put(&t, "");
	while (items_next(&items, &item, &f->diags))
		text_printf(&t, "<%.*s>", (int)item.length, item.text);
	assert_string_equal(t.data, expected);
	text_done(&t);
}

static void items_are_set_off_by_commas_blanks_or_both(void **state)
{
	struct fixture *f = *state;
	assert_items(f, "389 636", "<389><636>");
	assert_items(f, "389,636", "<389><636>");
	assert_items(f, "389, 636", "<389><636>");
	assert_items(f, "389 , 636", "<389><636>");
	assert_items(f, "389\t \t636", "<389><636>");
	assert_items(f, "one", "<one>");
	assert_items(f, "a;b=c", "<a;b=c>");
	assert_items(f, "", "");
	assert_no_faults(&f->diags);
}

static void an_empty_item_is_a_fault_and_stepped_over(void **state)
{
	struct fixture *f = *state;
	assert_items(f, "a,,b", "<a><b>");
	assert_faults(&f->diags,
		"a.conf:1:10: error: an empty item; write one comma between two items\n");
	assert_items(f, "a, , ,b", "<a><b>");
	assert_faults(&f->diags,
		"a.conf:1:11: error: an empty item; write one comma between two items\n"
		"a.conf:1:13: error: an empty item; write one comma between two items\n");
	assert_items(f, ",a", "<a>");
	assert_faults(&f->diags,
		"a.conf:1:8: error: an empty item; write one comma between two items\n");
	assert_items(f, "a, b,", "<a><b>");
	assert_faults(&f->diags,
		"a.conf:1:12: error: an empty item; end the list without a comma\n");
}

static void a_comma_alone_is_one_fault(void **state)
{
	struct fixture *f = *state;
	assert_items(f, ",", "");
	assert_int_equal(f->diags.count, 1);
	assert_place(f->diags.items[0].at, 1, 8);
}

TEST(an_item_is_the_whole_word)
{
	const struct item item = {"anybody", 3, {0}};
	assert_true(item_is(&item, "any"));
	assert_false(item_is(&item, "an"));
	assert_false(item_is(&item, "anyb"));
	assert_false(item_is(&item, "Any"));
	assert_false(item_is(&item, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(every_letter_knows_its_place),
		FIXTURE_TEST(items_of_several_lines_have_the_place_of_their_line),
		FIXTURE_TEST(items_are_set_off_by_commas_blanks_or_both),
		FIXTURE_TEST(an_empty_item_is_a_fault_and_stepped_over),
		FIXTURE_TEST(a_comma_alone_is_one_fault),
		FIXTURE_TEST(an_item_is_the_whole_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
