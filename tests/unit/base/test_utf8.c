/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each edge of the table of RFC 3629, section 4, from both sides. */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* From memory of exactly that length, so that the sanitizer sees a step too far. */
static size_t valid(const char *s, size_t length)
{
	char *copy = malloc(length ? length : 1);
	assert_non_null(copy);
	memcpy(copy, s, length);
	size_t n = utf8_valid_length(copy, length);
	free(copy);
	return n;
}

TEST(the_edges_of_every_row_are_valid)
{
	static const char *const letters[] = {
		"",
		"\x01",
		"\x7f",
		"\xc2\x80",
		"\xdf\xbf", /* U+0080, U+07FF */
		"\xe0\xa0\x80",
		"\xe0\xbf\xbf", /* U+0800, U+0FFF */
		"\xe1\x80\x80",
		"\xec\xbf\xbf", /* U+1000, U+CFFF */
		"\xed\x80\x80",
		"\xed\x9f\xbf", /* U+D000, U+D7FF */
		"\xee\x80\x80",
		"\xef\xbf\xbf", /* U+E000, U+FFFF */
		"\xf0\x90\x80\x80",
		"\xf3\xbf\xbf\xbf", /* U+10000, U+FFFFF */
		"\xf4\x80\x80\x80",
		"\xf4\x8f\xbf\xbf", /* U+100000, U+10FFFF */
		"Größe €, 𝄞",
	};
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		assert_int_equal(valid(letters[i], strlen(letters[i])), strlen(letters[i]));
	assert_int_equal(valid("a\0b", 3), 3);
}

TEST(what_is_not_utf8_is_invalid_from_its_first_byte)
{
	static const char *const wrong[] = {
		"\x80",
		"\xbf", /* a tail alone */
		"\xc0\x80",
		"\xc1\xbf", /* overlong, two bytes */
		"\xe0\x80\x80",
		"\xe0\x9f\xbf", /* overlong, three */
		"\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf", /* overlong, four */
		"\xed\xa0\x80",
		"\xed\xbf\xbf", /* surrogates */
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", /* above U+10FFFF */
		"\xf8\x88\x80\x80\x80",
		"\xfe",
		"\xff",
		"\xc3",
		"\xe2\x82",
		"\xf0\x9d\x84", /* cut short */
		"\xc3(",
		"\xe2(\xac",
		"\xe2\x82(",
		"\xf0\x9d(\x9e",
		"\xf0\x9d\x84(",
		"\xc3\xc3",
		"\xe2\x82\xc0",
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char behind[16];
		assert_int_equal(valid(wrong[i], strlen(wrong[i])), 0);
		snprintf(behind, sizeof(behind), "a\xc3\xa9%s", wrong[i]);
		assert_int_equal(valid(behind, strlen(behind)), 3);
	}
}

TEST(a_letter_is_not_read_past_the_length)
{
	assert_int_equal(utf8_valid_length("\xe2\x82\xac", 2), 0);
	assert_int_equal(utf8_valid_length("x\xe2\x82\xac", 3), 1);
	assert_int_equal(utf8_valid_length("x\xe2\x82\xac", 4), 4);
	assert_int_equal(utf8_valid_length("\xff", 0), 0);
}

TEST(what_d_bus_refuses_is_mended_byte_by_byte)
{
	static const char *const cases[][2] = {
		{"", ""},
		{"Größe €, 𝄞", "Größe €, 𝄞"},
		{"a\xffz\xc3", "a?z?"},
		{"\xe2\x82(", "?"
			      "?("},
		{"\xed\xa0\x80", "???"},
		{"\xef\xb7\x8f\xef\xb7\x90\xef\xb7\xaf\xef\xb7\xb0",
			"\xef\xb7\x8f??????\xef\xb7\xb0"},
		{"\xef\xbf\xbd\xef\xbf\xbe\xef\xbf\xbf", "\xef\xbf\xbd??????"},
		{"\xf0\x9f\xbf\xbd\xf0\x9f\xbf\xbe", "\xf0\x9f\xbf\xbd????"},
		{"\xf4\x8f\xbf\xbf|\xf0\x9e\xbf\xbf|\xee\xbf\xbf",
			"????|\xf0\x9e\xbf\xbf|\xee\xbf\xbf"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *s = strdup(cases[i][0]);
		assert_non_null(s);
		utf8_mend(s);
		assert_string_equal(s, cases[i][1]);
		free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_edges_of_every_row_are_valid),
		cmocka_unit_test(what_is_not_utf8_is_invalid_from_its_first_byte),
		cmocka_unit_test(a_letter_is_not_read_past_the_length),
		cmocka_unit_test(what_d_bus_refuses_is_mended_byte_by_byte),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
