/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The INI reader: every event with its place, long lines whole, and each wrong line named. */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/ini.h"

/* What was heard, and the values put together again. */
struct heard {
	struct text events; /* one a line */
	struct text value;  /* the last one */
	struct text faults;
};

static void on_section(void *context, struct place at, const char *title)
{
	struct heard *h = context;
	if (!title)
		return; /* a wrong one: a fault tells of it */
	text_printf(&h->events, "%u:%u [%s]\n", at.line, at.column, title);
}

static void on_key(void *context, struct place at, const char *key)
{
	struct heard *h = context;
	text_printf(&h->events, "%u:%u key %s\n", at.line, at.column, key);
	text_done(&h->value);
}

static void on_piece(void *context, struct place at, const char *piece, bool glued)
{
	struct heard *h = context;
	text_printf(&h->events, "%u:%u %s %s\n", at.line, at.column, glued ? "glue" : "piece",
		piece);
	if (!glued)
		text_put(&h->value, " ");
	text_put(&h->value, piece);
}

static void on_broken(void *context)
{
	(void)context; /* a fault tells of it */
}

static struct heard hear(const char *bytes, size_t length)
{
	static const struct ini_events events = {on_section, on_key, on_piece, on_broken};
	struct heard h = {0};
	struct diags diags = {0};
	char *copy = malloc(length ? length : 1); /* exact, so that the sanitizer looks */
	assert_non_null(copy);
	memcpy(copy, bytes, length);
	assert_int_equal(ini_read("x.conf", copy, length, &events, &h, &diags), 0);
	free(copy);
	for (size_t i = 0; i < diags.count; i++) {
		assert_string_equal(diags.items[i].at.file, "x.conf");
		text_printf(&h.faults, "%u:%u %s\n", diags.items[i].at.line,
			diags.items[i].at.column, diags.items[i].message);
	}
	diags_done(&diags);
	text_put(&h.events, "");
	text_put(&h.value, "");
	text_put(&h.faults, "");
	return h;
}

static void heard_done(struct heard *h)
{
	text_done(&h->events);
	text_done(&h->value);
	text_done(&h->faults);
}

static void expect(const char *bytes, size_t length, const char *events, const char *faults,
	const char *file, int line)
{
	struct heard h = hear(bytes, length);
	bool same = strcmp(h.events.data, events) == 0 && strcmp(h.faults.data, faults) == 0;
	if (!same)
		print_error("expected events:\n%sand faults:\n%sbut got events:\n%sand faults:\n%s",
			events, faults, h.events.data, h.faults.data);
	heard_done(&h);
	if (!same)
		_fail(file, line);
}

#define assert_heard(text, events, faults) \
	expect(text, strlen(text), events, faults, __FILE__, __LINE__)
/* For literals with a NUL byte inside. */
#define assert_bytes_heard(bytes, events, faults) \
	expect(bytes, sizeof(bytes) - 1, events, faults, __FILE__, __LINE__)

/* To be freed. */
static char *repeat(const char *s, size_t times)
{
	struct text t = {0};
	char *out = NULL;
	while (times--)
		text_put(&t, s);
	assert_int_equal(text_finish(&t, &out), 0);
	return out;
}

/* Reads line; the value of its key must be this, without a fault. */
static void check_value(const char *line, const char *value, const char *file, int source_line)
{
	struct heard h = hear(line, strlen(line));
	bool same = h.faults.length == 0 && strcmp(h.value.data, value) == 0;
	if (!same)
		print_error("line of %zu bytes: %.300s\nexpected: %.300s\nbut got:  %.300s\n"
			    "faults: %.300s\n",
			strlen(line), line, value, h.value.data, h.faults.data);
	heard_done(&h);
	if (!same)
		_fail(file, source_line);
}

#define assert_value(line, value) check_value(line, value, __FILE__, __LINE__)

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
