/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines and words of other programs' files. */
#include "host/words.h"

#include <string.h>

#include "testing.h"

static void assert_span(const struct span *s, const char *wanted)
{
	assert_int_equal(s->length, strlen(wanted));
	assert_memory_equal(s->text, wanted, s->length);
}

TEST(a_line_comes_without_its_end_and_blanks)
{
	const char *at = "  one two \r\n\n\t \nlast";
	struct span line;
	assert_true(line_next(&at, &line));
	assert_span(&line, "one two");
	assert_true(line_next(&at, &line));
	assert_span(&line, "");
	assert_true(line_next(&at, &line));
	assert_span(&line, "");
	assert_true(line_next(&at, &line));
	assert_span(&line, "last");
	assert_false(line_next(&at, &line));
}

TEST(words_are_set_off_by_any_blanks)
{
	struct span line = {" a \t bc  ", 9}, word;
	assert_true(word_next(&line, &word));
	assert_span(&word, "a");
	assert_true(word_next(&line, &word));
	assert_span(&word, "bc");
	assert_false(word_next(&line, &word));
	assert_false(word_next(&line, &word));
}

TEST(letters_of_any_case_are_the_same_word)
{
	const struct span s = {"Uris", 4};
	assert_true(span_is(&s, "URIs"));
	assert_false(span_is(&s, "URI"));
	assert_true(span_begins(&s, "uri"));
	assert_false(span_begins(&s, "URIs:"));
}

TEST(a_key_is_split_from_its_value)
{
	const struct span s = {"NTP = a=b", 9}, none = {"NTP", 3}, empty = {"", 0};
	struct span key, value;
	assert_true(span_split(&s, '=', &key, &value));
	assert_span(&key, "NTP");
	assert_span(&value, "a=b");
	assert_false(span_split(&none, '=', &key, &value));
	assert_false(span_split(&empty, '=', &key, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_comes_without_its_end_and_blanks),
		cmocka_unit_test(words_are_set_off_by_any_blanks),
		cmocka_unit_test(letters_of_any_case_are_the_same_word),
		cmocka_unit_test(a_key_is_split_from_its_value),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
