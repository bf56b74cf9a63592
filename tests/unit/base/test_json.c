/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing JSON: commas, escapes, and the values that it knows. */
#include "testing.h"

#include <stdlib.h>

#include "base/json.h"

static void assert_written(struct text *t, const char *expected)
{
	char *out = NULL;
	assert_int_equal(text_finish(t, &out), 0);
	assert_string_equal(out, expected);
	free(out);
}

TEST(commas_stand_between_and_nowhere_else)
{
	struct text t = {0};
	struct json j = {&t, false};
	json_open(&j, NULL, '{');
	json_number(&j, "a", 1);
	json_open(&j, "b", '[');
	json_close(&j, ']');
	json_open(&j, "c", '[');
	json_string(&j, NULL, "x");
	json_open(&j, NULL, '{');
	json_bool(&j, "y", true);
	json_close(&j, '}');
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_number(&j, NULL, 2);
	json_close(&j, ']');
	json_bool(&j, "d", false);
	json_close(&j, '}');
	assert_written(&t, "{\"a\":1,\"b\":[],\"c\":[\"x\",{\"y\":true},{},2],\"d\":false}");
}

TEST(strings_are_escaped)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"", "\"\""},
		{"LDAP/LDAPS", "\"LDAP/LDAPS\""},
		{"say \"yes\"", "\"say \\\"yes\\\"\""},
		{"a\\b", "\"a\\\\b\""},
		{"\t\n\r\x01\x1f", "\"\\u0009\\u000a\\u000d\\u0001\\u001f\""},
		{"Größe €", "\"Größe €\""},
		{NULL, "null"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text t = {0};
		struct json j = {&t, false};
		json_string(&j, NULL, cases[i].in);
		assert_written(&t, cases[i].out);
	}
}

TEST(bytes_that_are_no_utf8_are_replaced_one_by_one)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"\xff", "\"\\ufffd\""},
		{"a\xff\xfe.conf", "\"a\\ufffd\\ufffd.conf\""},
		{"Gr\xf6\xdf"
		 "e",
			"\"Gr\\ufffd\\ufffde\""},
		{"\xe2\x82", "\"\\ufffd\\ufffd\""},            /* a letter cut off */
		{"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""}, /* a surrogate */
		{"\xc0\xaf\"", "\"\\ufffd\\ufffd\\\"\""},      /* an overlong form */
		{"€\xff€", "\"€\\ufffd€\""},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text t = {0};
		struct json j = {&t, false};
		json_string(&j, NULL, cases[i].in);
		assert_written(&t, cases[i].out);
	}
}

TEST(keys_are_escaped_too)
{
	struct text t = {0};
	struct json j = {&t, false};
	json_open(&j, NULL, '{');
	json_string(&j, "a\"b", NULL);
	json_close(&j, '}');
	assert_written(&t, "{\"a\\\"b\":null}");
}

TEST(the_largest_number_is_written_in_full)
{
	struct text t = {0};
	struct json j = {&t, false};
	json_open(&j, NULL, '[');
	json_number(&j, NULL, UINT64_MAX);
	json_number(&j, NULL, 0);
	json_close(&j, ']');
	assert_written(&t, "[18446744073709551615,0]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_stand_between_and_nowhere_else),
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(bytes_that_are_no_utf8_are_replaced_one_by_one),
		cmocka_unit_test(keys_are_escaped_too),
		cmocka_unit_test(the_largest_number_is_written_in_full),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
