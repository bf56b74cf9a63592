/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "names/name.h"
#include "testing.h"

static void assert_name(const char *s, enum name_kind kind, const char *expected)
{
	char name[NAME_SIZE], why[NAME_FAULT_SIZE];
	assert_int_equal(name_parse(s, strlen(s), kind, name, why), 0);
	assert_string_equal(name, expected);
	assert_true(name_is_canonical(name, kind));
}

static void assert_fault(const char *s, enum name_kind kind, const char *part)
{
	char name[NAME_SIZE], why[NAME_FAULT_SIZE];
	assert_int_equal(name_parse(s, strlen(s), kind, name, why), -EINVAL);
	if (!strstr(why, part) || !strstr(why, "; write"))
		fail_msg("'%s' does not say '%s' and what to write", why, part);
	assert_false(name_is_canonical(s, kind));
}

TEST(names_are_kept_in_small_letters_without_the_last_dot)
{
	assert_name("Login.MicrosoftOnline.com", NAME_OF_HOST, "login.microsoftonline.com");
	assert_name("graph.microsoft.com.", NAME_OF_HOST, "graph.microsoft.com");
	assert_name("dc1", NAME_OF_HOST, "dc1");
	assert_name("3com.com", NAME_OF_HOST, "3com.com");
	assert_name("xn--bcher-kva.example", NAME_OF_HOST, "xn--bcher-kva.example");
}

TEST(services_may_have_underscores)
{
	assert_name("_ldap._tcp.dc._msdcs.CORP.example", NAME_OF_SERVICE,
		"_ldap._tcp.dc._msdcs.corp.example");
	assert_name("redis.service.consul", NAME_OF_SERVICE, "redis.service.consul");
	assert_fault("10.0.0.0/8", NAME_OF_HOST, "write addresses with address =");
	assert_fault("2001:db8::1", NAME_OF_HOST, "write addresses with address =");
	assert_fault("2001:db8::/32", NAME_OF_SERVICE, "write addresses with address =");
	assert_fault("_ldap._tcp.corp.example", NAME_OF_HOST, "srv =");
}

TEST(each_mistake_is_told_with_what_would_be_right)
{
	assert_fault("", NAME_OF_HOST, "is not a name");
	assert_fault(".", NAME_OF_HOST, "empty label");
	assert_fault("a..example", NAME_OF_HOST, "empty label");
	assert_fault(".example", NAME_OF_HOST, "empty label");
	assert_fault("a.example..", NAME_OF_HOST, "empty label");
	assert_fault("*.example", NAME_OF_HOST, "wildcard");
	assert_fault("https://a.example", NAME_OF_HOST, "scheme");
	assert_fault("a.example:443", NAME_OF_HOST, "port");
	assert_fault("b\xc3\xbc"
		     "cher.example",
		NAME_OF_HOST, "xn--");
	assert_fault("a b.example", NAME_OF_HOST, "character");
	assert_fault("-a.example", NAME_OF_HOST, "begins or ends with '-'");
	assert_fault("a-.example", NAME_OF_HOST, "begins or ends with '-'");
	assert_fault("10.0.0.7", NAME_OF_HOST, "address =");
	assert_fault("127", NAME_OF_HOST, "address =");
}

TEST(limits_of_length_are_the_dns_limits)
{
	char s[300] = {0};
	memset(s, 'a', 63);
	strcpy(s + 63, ".example");
	assert_name(s, NAME_OF_HOST, s);
	memset(s, 'a', 64);
	strcpy(s + 64, ".example");
	assert_fault(s, NAME_OF_HOST, "63");
	for (size_t i = 0; i < 253; i++)
		s[i] = i % 2 ? '.' : 'a';
	s[253] = '\0';
	assert_name(s, NAME_OF_HOST, s);
	strcpy(s + 253, "aa");
	assert_fault(s, NAME_OF_HOST, "253");
}

TEST(what_is_not_in_small_letters_or_has_a_nul_is_not_canonical)
{
	char name[NAME_SIZE], why[NAME_FAULT_SIZE];
	assert_false(name_is_canonical("A.example", NAME_OF_HOST));
	assert_false(name_is_canonical("a.example.", NAME_OF_HOST));
	assert_int_equal(name_parse("a\0b", 3, NAME_OF_HOST, name, why), -EINVAL);
	memset(name, 'a', sizeof(name)); /* without an end */
	assert_false(name_is_canonical(name, NAME_OF_HOST));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_kept_in_small_letters_without_the_last_dot),
		cmocka_unit_test(services_may_have_underscores),
		cmocka_unit_test(each_mistake_is_told_with_what_would_be_right),
		cmocka_unit_test(limits_of_length_are_the_dns_limits),
		cmocka_unit_test(what_is_not_in_small_letters_or_has_a_nul_is_not_canonical),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
