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
	assert_true(name_is_canonical(name));
}

static void assert_fault(const char *s, enum name_kind kind, const char *part)
{
	char name[NAME_SIZE], why[NAME_FAULT_SIZE];
	assert_int_equal(name_parse(s, strlen(s), kind, name, why), -EINVAL);
	if (!strstr(why, part) || !strstr(why, "; write"))
		fail_msg("'%s' does not say '%s' and what to write", why, part);
}

/* Nobody may have it, in no form. */
static void assert_no_name(const char *s, enum name_kind kind, const char *part)
{
	assert_fault(s, kind, part);
	assert_false(name_is_canonical(s));
}

TEST(names_are_kept_in_small_letters_without_the_last_dot)
{
	assert_name("Login.MicrosoftOnline.com", NAME_OF_HOST, "login.microsoftonline.com");
	assert_name("graph.microsoft.com.", NAME_OF_HOST, "graph.microsoft.com");
	assert_name("dc1", NAME_OF_HOST, "dc1");
	assert_name("3com.com", NAME_OF_HOST, "3com.com");
	assert_name("xn--bcher-kva.example", NAME_OF_HOST, "xn--bcher-kva.example");
}

TEST(hosts_may_have_underscores_as_windows_allows_but_not_where_a_service_has_them)
{
	assert_name("DC_1.corp.example", NAME_OF_HOST, "dc_1.corp.example");
	assert_name("dc1_.corp.example", NAME_OF_HOST, "dc1_.corp.example");
	assert_fault("_dc1.corp.example", NAME_OF_HOST, "begins with '_', as a service has");
	assert_fault("dc1._tcp.example", NAME_OF_HOST, "begins with '_', as a service has");
	/* what an admin cannot write may be in an answer */
	assert_true(name_is_canonical("_dc1.corp.example"));
}

TEST(services_may_have_underscores)
{
	assert_name("_ldap._tcp.dc._msdcs.CORP.example", NAME_OF_SERVICE,
		"_ldap._tcp.dc._msdcs.corp.example");
	assert_name("redis.service.consul", NAME_OF_SERVICE, "redis.service.consul");
	assert_no_name("10.0.0.0/8", NAME_OF_HOST, "write addresses with address =");
	assert_no_name("2001:db8::1", NAME_OF_HOST, "write addresses with address =");
	assert_no_name("2001:db8::/32", NAME_OF_SERVICE, "write addresses with address =");
	assert_fault("_ldap._tcp.corp.example", NAME_OF_HOST, "srv =");
}

TEST(each_mistake_is_told_with_what_would_be_right)
{
	assert_no_name("", NAME_OF_HOST, "is not a name");
	assert_no_name(".", NAME_OF_HOST, "empty label");
	assert_no_name("a..example", NAME_OF_HOST, "empty label");
	assert_no_name(".example", NAME_OF_HOST, "empty label");
	assert_no_name("a.example..", NAME_OF_HOST, "empty label");
	assert_no_name("*.example", NAME_OF_HOST, "wildcard");
	assert_no_name("https://a.example", NAME_OF_HOST, "scheme");
	assert_no_name("a.example:443", NAME_OF_HOST, "port");
	assert_no_name("b\xc3\xbc"
		       "cher.example",
		NAME_OF_HOST, "xn--");
	assert_no_name("a b.example", NAME_OF_HOST, "character");
	assert_no_name("-a.example", NAME_OF_HOST, "begins or ends with '-'");
	assert_no_name("a-.example", NAME_OF_HOST, "begins or ends with '-'");
	assert_no_name("10.0.0.7", NAME_OF_HOST, "address =");
	assert_no_name("127", NAME_OF_HOST, "address =");
}

TEST(limits_of_length_are_the_dns_limits)
{
	char s[300] = {0};
	memset(s, 'a', 63);
	strcpy(s + 63, ".example");
	assert_name(s, NAME_OF_HOST, s);
	memset(s, 'a', 64);
	strcpy(s + 64, ".example");
	assert_no_name(s, NAME_OF_HOST, "63");
	for (size_t i = 0; i < 253; i++)
		s[i] = i % 2 ? '.' : 'a';
	s[253] = '\0';
	assert_name(s, NAME_OF_HOST, s);
	strcpy(s + 253, "aa");
	assert_no_name(s, NAME_OF_HOST, "253");
}

TEST(what_is_not_in_small_letters_or_has_a_nul_is_not_canonical)
{
	char name[NAME_SIZE], why[NAME_FAULT_SIZE];
	assert_false(name_is_canonical("A.example"));
	assert_false(name_is_canonical("a.example."));
	assert_int_equal(name_parse("a\0b", 3, NAME_OF_HOST, name, why), -EINVAL);
	memset(name, 'a', sizeof(name)); /* without an end */
	assert_false(name_is_canonical(name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_kept_in_small_letters_without_the_last_dot),
		cmocka_unit_test(
			hosts_may_have_underscores_as_windows_allows_but_not_where_a_service_has_them),
		cmocka_unit_test(services_may_have_underscores),
		cmocka_unit_test(each_mistake_is_told_with_what_would_be_right),
		cmocka_unit_test(limits_of_length_are_the_dns_limits),
		cmocka_unit_test(what_is_not_in_small_letters_or_has_a_nul_is_not_canonical),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
