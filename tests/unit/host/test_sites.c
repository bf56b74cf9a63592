/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which words of other programs' files are hosts. */
#include "host/sites.h"

#include "sites_text.h"
#include "testing.h"

static void add(struct sites *s, const char *host)
{
	const struct span span = {host, strlen(host)};
	assert_int_equal(sites_add(s, &span), 0);
}

static void expect(const char *host, const char *wanted)
{
	struct sites s = {0};
	char text[SITES_TEXT_SIZE];
	add(&s, host);
	sites_text(&s, text);
	assert_string_equal(text, wanted);
	sites_done(&s);
}

TEST(names_and_addresses_are_hosts)
{
	expect("Deb.Debian.ORG", "deb.debian.org");
	expect("10.0.0.123", "10.0.0.123");
	expect("2001:DB8:0::7", "2001:db8::7");
}

TEST(what_would_be_more_than_a_word_in_a_file_is_none)
{
	expect("", "");
	expect("a,b", "");
	expect("a;b", "");
	expect("a\nfrom=any", "");
	expect("[peer", "");
	expect("-4", "");
	expect("$releasever.example", "");
	expect("m\xc3\xbcnchen.example", "");
	expect("/run/clock", "");
	char longest[300];
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	expect(longest, "");
}

TEST(this_host_itself_is_none)
{
	expect("localhost", "");
	expect("127.127.1.0", "");
	expect("::1", "");
}

TEST(each_is_there_once_in_the_order_of_finding)
{
	struct sites s = {0};
	char text[SITES_TEXT_SIZE];
	add(&s, "b.example");
	add(&s, "a.example");
	add(&s, "B.example");
	for (uint16_t i = 0; i < 20; i++)
		sites_add_port(&s, 3142 + i / 2);
	sites_text(&s, text);
	assert_string_equal(text, "b.example a.example 3142 3143 3144 3145 3146 3147 3148 3149");
	sites_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_addresses_are_hosts),
		cmocka_unit_test(what_would_be_more_than_a_word_in_a_file_is_none),
		cmocka_unit_test(this_host_itself_is_none),
		cmocka_unit_test(each_is_there_once_in_the_order_of_finding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
