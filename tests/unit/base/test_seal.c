/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/seal.h"

#include <stdlib.h>
#include <string.h>

#include "testing.h"

static const char title[] = "rolewall test 1\n";

static struct text sealed(const char *bytes)
{
	struct text body = {0}, t = {0};
	text_put(&body, bytes);
	seal_put(&t, title, &body);
	assert_false(t.failed);
	assert_null(body.data);
	return t;
}

static void what_is_sealed_is_opened_again(void **state)
{
	static const char *const bodies[] = {"", "one\n", "two\nlines\n"};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct text t = sealed(bodies[i]);
		const char *body = NULL;
		size_t length = 99;
		assert_null(seal_open(t.data, t.length, title, &body, &length));
		assert_int_equal(length, strlen(bodies[i]));
		assert_memory_equal(body, bodies[i], length);
		text_done(&t);
	}
}

static void each_byte_counts(void **state)
{
	struct text t = sealed("one\n");
	const char *body;
	size_t length;
	(void)state;
	for (size_t i = 0; i < t.length; i++) {
		t.data[i] ^= 1;
		assert_non_null(seal_open(t.data, t.length, title, &body, &length));
		t.data[i] ^= 1;
		char *part = malloc(i + 1); /* so that a sanitizer sees what is read behind it */
		assert_non_null(part);
		memcpy(part, t.data, i);
		assert_non_null(seal_open(part, i, title, &body, &length));
		free(part);
	}
	assert_string_equal(seal_open(t.data, t.length, "rolewall test 2\n", &body, &length),
		"it is not a state file of this version");
	text_done(&t);
}

static void what_memory_did_not_suffice_for_is_told(void **state)
{
	struct text body = {.failed = true}, t = {0};
	(void)state;
	seal_put(&t, title, &body);
	assert_true(t.failed);
	text_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sealed_is_opened_again),
		cmocka_unit_test(each_byte_counts),
		cmocka_unit_test(what_memory_did_not_suffice_for_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
