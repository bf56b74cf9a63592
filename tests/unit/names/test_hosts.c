/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /etc/hosts, as people and programs write it. */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "names/hosts.h"

/* "name=address …" of a text that ends exactly where it ends. */
static void assert_hosts(const char *text, const char *wanted)
{
	const size_t length = strlen(text);
	char *copy = malloc(length ? length : 1), *got = NULL;
	char name[NAME_SIZE], shown[INET6_ADDRSTRLEN];
	struct addr a;
	struct text t = {0};
	assert_non_null(copy);
	memcpy(copy, text, length);
	struct hosts_walk w = {.at = copy, .end = copy + length};
	while (hosts_next(&w, &a, name)) {
		addr_print(&a, shown);
		text_printf(&t, "%s%s=%s", t.length ? " " : "", name, shown);
	}
	assert_int_equal(text_finish(&t, &got), 0);
	assert_string_equal(got, wanted);
	free(got);
	free(copy);
}

TEST(each_name_of_a_line_has_its_address)
{
	assert_hosts("192.0.2.1 a.example b.example\n2001:db8::1\ta.example",
		"a.example=192.0.2.1 b.example=192.0.2.1 a.example=2001:db8::1");
	assert_hosts("192.0.2.1 a.example\r\n\r\n192.0.2.2\v b.example \r\n",
		"a.example=192.0.2.1 b.example=192.0.2.2");
}

TEST(names_have_small_letters_and_no_dot_at_their_end)
{
	assert_hosts("  192.0.2.1   A.Example.  dc1 \n", "a.example=192.0.2.1 dc1=192.0.2.1");
}

TEST(comments_are_passed_over)
{
	assert_hosts("# 192.0.2.1 a.example\n192.0.2.2#a.example\n192.0.2.3 b.example#c.example\n"
		     "192.0.2.4 d.example # e.example\n#",
		"b.example=192.0.2.3 d.example=192.0.2.4");
}

TEST(what_is_no_line_of_that_form_is_passed_over)
{
	assert_hosts("", "");
	assert_hosts("\n\n", "");
	assert_hosts("192.0.2.1", "");
	assert_hosts("a.example 192.0.2.1\n192.0.2 b.example\n10.0.0.1/8 c.example\n"
		     "192.0.2.5 d.example\n",
		"d.example=192.0.2.5");
}

TEST(a_name_that_nobody_can_follow_is_passed_over_alone)
{
	assert_hosts("192.0.2.1 _score a.example caf\xc3\xa9.example 10.0.0.1 b.example\n",
		"a.example=192.0.2.1 b.example=192.0.2.1");
}

TEST(an_address_of_a_link_is_none)
{
	assert_hosts("fe80::1%eth0 a.example\nfe80::2 b.example\n", "b.example=fe80::2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_name_of_a_line_has_its_address),
		cmocka_unit_test(names_have_small_letters_and_no_dot_at_their_end),
		cmocka_unit_test(comments_are_passed_over),
		cmocka_unit_test(what_is_no_line_of_that_form_is_passed_over),
		cmocka_unit_test(a_name_that_nobody_can_follow_is_passed_over_alone),
		cmocka_unit_test(an_address_of_a_link_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
