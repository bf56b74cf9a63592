/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The INI reader: every event with its place, long lines whole, and each wrong line named. */
#include "ini_fixture.h"

/* The plain grammar. */

TEST(a_file_is_a_sequence_of_events)
{
	assert_heard("; a comment\n"
		     "[host]\n"
		     "roles = proxy\n"
		     "\n"
		     "# another\n"
		     "size=450\n"
		     "[peer app-server]\n"
		     "address\t=\t10.0.0.1, 10.0.0.2 ; inline\n",
		"2:1 [host]\n"
		"3:1 key roles\n"
		"3:9 glue proxy\n"
		"6:1 key size\n"
		"6:6 glue 450\n"
		"7:1 [peer app-server]\n"
		"8:1 key address\n"
		"8:11 glue 10.0.0.1, 10.0.0.2\n",
		"");
}

TEST(an_empty_file_has_no_events)
{
	assert_heard("", "", "");
	assert_heard("\n", "", "");
	assert_heard("\n\n  \n\t\n", "", "");
	assert_heard("; only a comment", "", "");
}

TEST(the_last_line_needs_no_newline)
{
	assert_heard("[host]\nroles = proxy", "1:1 [host]\n2:1 key roles\n2:9 glue proxy\n", "");
	assert_heard("[host]", "1:1 [host]\n", "");
	assert_heard("[host]\nroles", "1:1 [host]\n",
		"2:1 neither a section, a key nor a comment; write key = value\n");
}

TEST(lines_may_end_in_crlf)
{
	assert_heard("[host]\r\nroles = proxy\r\n\r\n; c\r\n\ttarget\r\nsize = 450 ; c\r\n",
		"1:1 [host]\n"
		"2:1 key roles\n"
		"2:9 glue proxy\n"
		"5:2 piece target\n"
		"6:1 key size\n"
		"6:8 glue 450\n",
		"");
	assert_heard("[host]\r\nroles = proxy\r", "1:1 [host]\n2:1 key roles\n2:9 glue proxy\n",
		"");
}

TEST(a_long_line_may_end_in_crlf)
{
	char *list = repeat("10.0.0.20, ", 60), *line = NULL;
	assert_true(asprintf(&line, "address = %s10.0.0.9\r\n", list) > 0);
	char *value = strndup(line + 10, strlen(line) - 12);
	assert_value(line, value);
	free(value);
	free(line);
	free(list);
}

TEST(a_bom_in_front_is_skipped)
{
	assert_heard("\xef\xbb\xbf[host]\nroles = proxy\n",
		"1:4 [host]\n2:1 key roles\n2:9 glue proxy\n", "");
	assert_heard("\xef\xbb\xbf; comment\n[host]\n", "2:1 [host]\n", "");
	assert_heard("\xef\xbb\xbfroles = proxy\n", "1:4 key roles\n1:12 glue proxy\n", "");
	assert_heard("\xef\xbb\xbf", "", "");
	assert_heard("\xef\xbb\xbf\n[host]\n", "2:1 [host]\n", "");
}

TEST(comments_begin_at_a_semicolon_behind_a_blank)
{
	assert_value("k = a ; b", "a");
	assert_value("k = a\t;b", "a");
	assert_value("k = a;b", "a;b");
	assert_value("k = a; b", "a; b");
	assert_value("k = a # b", "a # b");
	assert_value("k = a#b ; c ; d", "a#b");
	assert_value("k = ;a", "");
	assert_value("k =;a", ";a");
	assert_value("k = a\n ;b\n b\n", "a b");
	assert_value("k = a\n #b\n b", "a b");
}

TEST(a_continuation_may_end_in_a_comment_too)
{
	assert_value("k = a\n\tb ; c\n\td\t;e\n", "a b d");
	for (size_t before = 1; before < 420; before++) {
		char *word = repeat("x", before), *text = NULL, *value = NULL;
		assert_true(asprintf(&text, "k = a\n\t%s ; not 10.0.0.20\n", word) > 0);
		assert_true(asprintf(&value, "a %s", word) > 0);
		assert_value(text, value);
		free(value);
		free(text);
		free(word);
	}
}

TEST(a_value_goes_on_in_indented_lines)
{
	assert_heard("[peer x]\naddress = 10.0.0.1,\n\t10.0.0.2,\n        10.0.0.3\n\n"
		     "; between\n  10.0.0.4  \n",
		"1:1 [peer x]\n"
		"2:1 key address\n"
		"2:11 glue 10.0.0.1,\n"
		"3:2 piece 10.0.0.2,\n"
		"4:9 piece 10.0.0.3\n"
		"7:3 piece 10.0.0.4\n",
		"");
}

TEST(a_continuation_may_look_like_anything)
{
	assert_value("purpose = see\n  key = value", "see key = value");
	assert_value("purpose = see\n  a:b", "see a:b");
	assert_value("purpose = a=b=c", "a=b=c");
}

TEST(blanks_around_a_title_are_stripped)
{
	assert_heard("[ peer  x\t]  \n  [host]\n[size 450];c\n[]\n[a] # c\n",
		"1:1 [peer  x]\n2:3 [host]\n3:1 [size 450]\n4:1 []\n5:1 [a]\n", "");
}

TEST(a_title_of_any_length_is_whole)
{
	static const size_t lengths[] = {48, 49, 50, 51, 198, 199, 200, 201, 5000};
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		char *title = repeat("x", lengths[i] - 1), *text = NULL, *events = NULL;
		assert_true(asprintf(&text, "[%sy]\nk = v\n", title) > 0);
		assert_true(asprintf(&events, "1:1 [%sy]\n2:1 key k\n2:5 glue v\n", title) > 0);
		assert_heard(text, events, "");
		free(events);
		free(text);
		free(title);
	}
}

TEST(a_section_ends_the_value_above)
{
	/* the indented line is the first of its section: a key, not a continuation */
	assert_heard("[a]\nk = v\n[b]\n  x = y\n",
		"1:1 [a]\n2:1 key k\n2:5 glue v\n3:1 [b]\n4:3 key x\n4:7 glue y\n", "");
}

/* Lines that are wrong. */

TEST(every_wrong_line_is_named)
{
	assert_heard("[a]\n"
		     "nonsense\n"
		     "k = v\n"
		     "[b\n"
		     "more nonsense ; k = v\n"
		     "[c] d\n"
		     "  [d]  x = y\n",
		"1:1 [a]\n3:1 key k\n3:5 glue v\n",
		"2:1 neither a section, a key nor a comment; write key = value\n"
		"4:1 '[' without ']'; write a section like [host] or [peer NAME]\n"
		"5:1 neither a section, a key nor a comment; write key = value\n"
		"6:5 text behind a section; write keys on lines of their own\n"
		"7:8 text behind a section; write keys on lines of their own\n");
}

TEST(a_nul_byte_is_a_fault)
{
	assert_bytes_heard("[a]\nk = 10.0.0.2\0"
			   "0\nm = n\n; \0\n\0",
		"1:1 [a]\n3:1 key m\n3:5 glue n\n",
		"2:13 a NUL byte; this must be a text file in UTF-8\n"
		"4:3 a NUL byte; this must be a text file in UTF-8\n"
		"5:1 a NUL byte; this must be a text file in UTF-8\n");
}

TEST(a_control_character_is_a_fault)
{
	assert_heard("k = a\x1b[2J\nl = \x7f\nm = a\rb\nn = a\vb\f\n; \x01\no = ok\r\n",
		"6:1 key o\n6:5 glue ok\n",
		"1:6 control character 0x1b; this must be a text file in UTF-8\n"
		"2:5 control character 0x7f; this must be a text file in UTF-8\n"
		"3:6 control character 0x0d; this must be a text file in UTF-8\n"
		"4:6 control character 0x0b; this must be a text file in UTF-8\n"
		"5:3 control character 0x01; this must be a text file in UTF-8\n");
}

TEST(invalid_utf8_is_a_fault_even_in_a_comment)
{
	assert_heard("; Gr\xf6\xdf"
		     "e\n[a] ; \xff\nk = \xed\xa0\x80\nl = Größe\n",
		"2:1 [a]\n3:1 key k\n3:5 glue \xed\xa0\x80\n4:1 key l\n4:5 glue Größe\n",
		"1:5 byte 0xf6 is not valid UTF-8; save the file as UTF-8\n"
		"2:7 byte 0xff is not valid UTF-8; save the file as UTF-8\n"
		"3:5 byte 0xed is not valid UTF-8; save the file as UTF-8\n");
}

TEST(a_letter_cut_at_the_end_of_the_file_is_a_fault)
{
	assert_heard("k = €\nl = \xe2\x82", "1:1 key k\n1:5 glue €\n2:1 key l\n2:5 glue \xe2\x82\n",
		"2:5 byte 0xe2 is not valid UTF-8; save the file as UTF-8\n");
}

TEST(utf16_is_named_at_its_first_byte)
{
	assert_bytes_heard("\xff\xfe[\0h\0]\0", "",
		"1:4 a NUL byte; this must be a text file in UTF-8\n");
}

TEST(a_continuation_without_a_key_is_a_fault)
{
	assert_heard("[a]\n  10.0.0.2\n", "1:1 [a]\n",
		"2:1 neither a section, a key nor a comment; write key = value\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_a_sequence_of_events),
		cmocka_unit_test(an_empty_file_has_no_events),
		cmocka_unit_test(the_last_line_needs_no_newline),
		cmocka_unit_test(lines_may_end_in_crlf),
		cmocka_unit_test(a_long_line_may_end_in_crlf),
		cmocka_unit_test(a_bom_in_front_is_skipped),
		cmocka_unit_test(comments_begin_at_a_semicolon_behind_a_blank),
		cmocka_unit_test(a_continuation_may_end_in_a_comment_too),
		cmocka_unit_test(a_value_goes_on_in_indented_lines),
		cmocka_unit_test(a_continuation_may_look_like_anything),
		cmocka_unit_test(blanks_around_a_title_are_stripped),
		cmocka_unit_test(a_title_of_any_length_is_whole),
		cmocka_unit_test(a_section_ends_the_value_above),
		cmocka_unit_test(every_wrong_line_is_named),
		cmocka_unit_test(a_nul_byte_is_a_fault),
		cmocka_unit_test(a_control_character_is_a_fault),
		cmocka_unit_test(invalid_utf8_is_a_fault_even_in_a_comment),
		cmocka_unit_test(a_letter_cut_at_the_end_of_the_file_is_a_fault),
		cmocka_unit_test(utf16_is_named_at_its_first_byte),
		cmocka_unit_test(a_continuation_without_a_key_is_a_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
