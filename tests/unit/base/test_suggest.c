/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "did you mean": what is near enough, and which of several. */
#include "testing.h"

#include <stdbool.h>
#include <string.h>

#include "base/suggest.h"

static const char *nearest(const char *wrong, const char *const known[])
{
	struct suggestion s;
	suggest_init(&s, wrong);
	for (; *known; known++)
		suggest_offer(&s, *known);
	return s.best;
}

TEST(one_slip_is_near_enough)
{
	static const char *const wrongs[] = {
		"prtocol",   /* a letter left out */
		"prottocol", /* one too many */
		"protokol",  /* another */
		"portocol",  /* two changed places */
		"protocol",
	};
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++)
		assert_string_equal(nearest(wrongs[i],
					    (const char *const[]){"port", "protocol", NULL}),
			"protocol");
}

TEST(a_third_of_the_letters_may_change)
{
	static const struct {
		const char *wrong, *known;
		bool near;
	} cases[] = {
		{"tarxyt", "target", true}, /* 2 of 6 */
		{"taxyzt", "target", false},
		{"tpc", "tcp", true}, /* 1 of 3 */
		{"dup", "udp", true},
		{"tls", "tcp", false},
		{"o", "no", true}, /* at least one */
		{"ye", "no", false},
		{"", "a", false},
		{"", "no", false},
		{"x", "", true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *best =
			nearest(cases[i].wrong, (const char *const[]){cases[i].known, NULL});
		if (cases[i].near)
			assert_string_equal(best, cases[i].known);
		else
			assert_null(best);
	}
}

TEST(the_nearest_of_several_wins)
{
	assert_string_equal(nearest("rdp-proxi", (const char *const[]){"ssh-proxy", "rdp-proxy",
							 "rdp-target", NULL}),
		"rdp-proxy");
}

TEST(the_first_of_equals_wins)
{
	assert_string_equal(nearest("proxy-c", (const char *const[]){"proxy-a", "proxy-b", NULL}),
		"proxy-a");
}

TEST(words_longer_than_the_rows_are_not_suggested)
{
	char longest[65], longer[66];
	memset(longest, 'a', 64);
	longest[64] = '\0';
	memset(longer, 'a', 65);
	longer[65] = '\0';
	assert_ptr_equal(nearest(longest, (const char *const[]){longest, NULL}), longest);
	assert_null(nearest(longer, (const char *const[]){longest, NULL}));
	assert_null(nearest(longest, (const char *const[]){longer, NULL}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_slip_is_near_enough),
		cmocka_unit_test(a_third_of_the_letters_may_change),
		cmocka_unit_test(the_nearest_of_several_wins),
		cmocka_unit_test(the_first_of_equals_wins),
		cmocka_unit_test(words_longer_than_the_rows_are_not_suggested),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
