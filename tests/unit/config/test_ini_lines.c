/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The INI reader: lines longer than its buffer. */
#include "ini_fixture.h"

/* Lines longer than inih's buffer. */

TEST(a_long_line_is_not_cut)
{
	for (size_t before = 100; before < 420; before++) {
		char *pad = repeat("9", before), *line = NULL;
		assert_true(asprintf(&line, "address = %s, 10.0.0.20, 10.0.0.200", pad) > 0);
		assert_value(line, line + 10);
		free(line);
		free(pad);
	}
}

TEST(a_long_list_is_whole_wherever_it_is_broken)
{
	static const char *const separators[] = {", ", ",", " ", " , ", "\t", ",  ", "    "};
	for (size_t i = 0; i < sizeof(separators) / sizeof(separators[0]); i++)
		for (size_t before = 0; before < 24; before++) {
			char *pad = repeat("8", before), *list = NULL, *line = NULL, *unit = NULL;
			assert_true(asprintf(&unit, "10.0.0.20%s", separators[i]) > 0);
			list = repeat(unit, 100);
			assert_true(asprintf(&line, "address = %s%s2001:db8::7", pad, list) > 0);
			assert_value(line, line + 10);
			free(line);
			free(list);
			free(unit);
			free(pad);
		}
}

TEST(every_length_around_the_buffer_is_whole)
{
	for (size_t length = 1; length < 650; length++) {
		char *word = repeat("x", length), *line = NULL;
		assert_true(asprintf(&line, "k = %s", word) > 0);
		assert_value(line, word);
		free(line);
		assert_true(asprintf(&line, "k = v\n\t%s\n", word) > 0);
		char *both = NULL;
		assert_true(asprintf(&both, "v %s", word) > 0);
		assert_value(line, both);
		free(both);
		free(line);
		free(word);
	}
}

TEST(a_value_of_100000_bytes_is_whole)
{
	char *word = repeat("abcdefghij", 10000), *line = NULL;
	assert_true(asprintf(&line, "purpose = %s\n", word) > 0);
	assert_value(line, word);
	free(line);
	free(word);
}

TEST(an_inline_comment_is_cut_on_both_sides_of_a_break)
{
	for (size_t before = 1; before < 420; before++) {
		char *word = repeat("x", before), *line = NULL;
		assert_true(asprintf(&line, "address = %s ; not 10.0.0.20", word) > 0);
		assert_value(line, word);
		free(line);
		assert_true(asprintf(&line, "address = %s\t\t;%s", word, word) > 0);
		assert_value(line, word);
		free(line);
		free(word);
	}
}

TEST(a_semicolon_inside_a_word_is_no_comment_at_a_break)
{
	for (size_t before = 150; before < 420; before++) {
		char *word = repeat("x", before), *line = NULL;
		assert_true(asprintf(&line, "purpose = %s;y;z#;#;end", word) > 0);
		assert_value(line, line + 10);
		free(line);
		free(word);
	}
}

TEST(a_hash_behind_a_blank_is_no_comment_at_a_break)
{
	for (size_t before = 150; before < 420; before++) {
		char *word = repeat("x", before), *line = NULL;
		assert_true(asprintf(&line, "purpose = %s # y # z", word) > 0);
		assert_value(line, line + 10);
		free(line);
		free(word);
	}
}

TEST(letters_of_several_bytes_are_whole)
{
	for (size_t before = 0; before < 4; before++) {
		char *pad = repeat("x", before), *word = repeat("é€𝄞", 100), *line = NULL;
		assert_true(asprintf(&line, "purpose = %s%s", pad, word) > 0);
		assert_value(line, line + 10);
		free(line);
		free(word);
		free(pad);
	}
}

TEST(many_blanks_before_a_value_are_fine)
{
	char *blanks = repeat(" ", 300), *line = NULL;
	assert_true(asprintf(&line, "address =%s10.0.0.20\n", blanks) > 0);
	struct heard h = hear(line, strlen(line));
	assert_string_equal(h.faults.data, "");
	assert_string_equal(h.value.data + strspn(h.value.data, " "), "10.0.0.20");
	heard_done(&h);
	free(line);
	free(blanks);
}

TEST(many_blanks_before_a_continuation_are_fine)
{
	char *blanks = repeat("\t", 300), *text = NULL;
	assert_true(asprintf(&text, "k = v\n%sw\n", blanks) > 0);
	assert_heard(text, "1:1 key k\n1:5 glue v\n2:301 piece w\n", "");
	free(text);
	free(blanks);
}

TEST(many_blanks_before_an_equals_sign_are_fine)
{
	char *blanks = repeat(" ", 300), *line = NULL;
	assert_true(asprintf(&line, "address%s= 10.0.0.20\n", blanks) > 0);
	assert_value(line, "10.0.0.20");
	free(line);
	free(blanks);
}

TEST(many_blanks_between_items_set_them_off)
{
	char *blanks = repeat(" ", 300), *text = NULL;
	assert_true(asprintf(&text, "address = 10.0.0.20%s10.0.0.3%s\n", blanks, blanks) > 0);
	struct heard h = hear(text, strlen(text));
	assert_string_equal(h.faults.data, "");
	assert_memory_equal(h.value.data, "10.0.0.20 ", 10);
	char *last = strrchr(h.value.data, ' ');
	assert_string_equal(last, " 10.0.0.3");
	assert_int_equal(strspn(h.value.data + 9, " "), last + 1 - (h.value.data + 9));
	heard_done(&h);
	free(text);
	free(blanks);
}

TEST(single_letters_set_off_by_blanks_are_whole)
{
	char *list = repeat("5 ", 150), *line = NULL;
	assert_true(asprintf(&line, "port = %s6\n", list) > 0);
	char *value = strndup(line + 7, strlen(line) - 8);
	assert_value(line, value);
	free(value);
	free(line);
	free(list);
}

TEST(only_semicolons_cannot_be_broken)
{
	static const char *const starts[] = {"k = a", "purpose = a", "purpose=a", "purpose="};
	char *semicolons = repeat(";", 300);
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		char *line = NULL;
		assert_true(asprintf(&line, "%s%s\nx = y\n", starts[i], semicolons) > 0);
		struct heard h = hear(line, strlen(line));
		/* whole, or a fault that says so: never a part */
		assert_non_null(strstr(h.faults.data, "cannot break this long line; write shorter "
						      "words\n"));
		assert_null(strchr(h.faults.data, '\n')[1] ? "more than one fault" : NULL);
		assert_string_equal(h.value.data, "y");
		heard_done(&h);
		free(line);
	}
	free(semicolons);
}

TEST(places_in_a_long_line_are_those_of_the_file)
{
	char *word = repeat("x", 1000), *line = NULL;
	assert_true(asprintf(&line, "\n  [a]\nk = %s\n", word) > 0);
	struct heard h = hear(line, strlen(line));
	/* each piece begins where the one before it ended */
	char *next = h.events.data;
	unsigned row, column, expected = 5, pieces = 0;
	int used;
	assert_int_equal(sscanf(next, "2:3 [a]\n3:1 key k\n%n", &used), 0);
	next += used;
	while (*next && sscanf(next, "%u:%u glue%n", &row, &column, &used) == 2) {
		size_t length = strspn(next + used + 1, "x");
		assert_int_equal(row, 3);
		if (length > 0)
			assert_int_equal(column, expected);
		expected += (unsigned)length;
		next += (size_t)used + length + 2;
		pieces++;
	}
	assert_string_equal(next, "");
	assert_int_equal(expected, 1005);
	assert_true(pieces >= 2);
	heard_done(&h);
	free(line);
	free(word);
}

TEST(a_fault_behind_a_long_line_has_the_right_line)
{
	char *word = repeat("x", 1000), *line = NULL;
	assert_true(asprintf(&line, "k = %s\nnonsense\n", word) > 0);
	struct heard h = hear(line, strlen(line));
	assert_string_equal(h.faults.data,
		"2:1 neither a section, a key nor a comment; write key = value\n");
	heard_done(&h);
	free(line);
	free(word);
}

TEST(a_long_line_without_a_key_is_one_fault)
{
	char *word = repeat("10.0.0.20, ", 100), *line = NULL;
	assert_true(asprintf(&line, "[a]\n%s\nk = v\n", word) > 0);
	assert_heard(line, "1:1 [a]\n3:1 key k\n3:5 glue v\n",
		"2:1 neither a section, a key nor a comment; write key = value\n");
	free(line);
	free(word);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_line_is_not_cut),
		cmocka_unit_test(a_long_list_is_whole_wherever_it_is_broken),
		cmocka_unit_test(every_length_around_the_buffer_is_whole),
		cmocka_unit_test(a_value_of_100000_bytes_is_whole),
		cmocka_unit_test(an_inline_comment_is_cut_on_both_sides_of_a_break),
		cmocka_unit_test(a_semicolon_inside_a_word_is_no_comment_at_a_break),
		cmocka_unit_test(a_hash_behind_a_blank_is_no_comment_at_a_break),
		cmocka_unit_test(letters_of_several_bytes_are_whole),
		cmocka_unit_test(many_blanks_before_a_value_are_fine),
		cmocka_unit_test(many_blanks_before_a_continuation_are_fine),
		cmocka_unit_test(many_blanks_before_an_equals_sign_are_fine),
		cmocka_unit_test(many_blanks_between_items_set_them_off),
		cmocka_unit_test(single_letters_set_off_by_blanks_are_whole),
		cmocka_unit_test(only_semicolons_cannot_be_broken),
		cmocka_unit_test(places_in_a_long_line_are_those_of_the_file),
		cmocka_unit_test(a_fault_behind_a_long_line_has_the_right_line),
		cmocka_unit_test(a_long_line_without_a_key_is_one_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
