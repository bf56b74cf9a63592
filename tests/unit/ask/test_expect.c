/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests demand, judged. */
#include "ask/expect.h"

#include "compile/compile.h"
#include "compile/learned.h"
#include "ruleset/memory_policy.h"

#define ROWS(peer) \
	"[host]\n[flow x]\nport = 7\nprotocol = tcp\nsource = p\ntarget = this-host\n" \
	"[peer p]\n" peer "[test t]\n" /* line 9 */

static void assert_judged(const char *host, const struct learned *learned, const char *wanted)
{
	const struct facts facts = {0};
	struct diags diags = {0};
	struct ruleset *r;
	struct text said = {0};
	struct policy *p = memory_policy(NULL, host);
	assert_int_equal(compile(p, 1, &r), 0);
	assert_int_equal(expect_judge_all(p, r, learned, &facts, &diags), 0);
	diags_put(&diags, &said);
	assert_string_equal(said.data ? said.data : "", wanted);
	text_done(&said);
	diags_done(&diags);
	ruleset_free(r);
	policy_free(p);
}

TEST(what_holds_is_not_told)
{
	assert_judged(ROWS("address = 10.0.0.7\n") "allow = tcp 10.0.0.7 this-host:7\nrefuse = tcp "
						   "10.0.0.8 this-host:7\n",
		NULL, "");
}

TEST(what_fails_is_an_error_with_the_reason)
{
	assert_judged(ROWS("address = 10.0.0.7\n") "allow = tcp 10.0.0.8 this-host:7\nrefuse = tcp "
						   "10.0.0.7 this-host:7\n",
		NULL,
		"etc/rolewall.conf:10:9: error: test 't' fails: tcp 10.0.0.8 this-host:7 must be "
		"allowed, and is refused inbound: no flow allows tcp from 10.0.0.8 to port 7\n"
		"etc/rolewall.conf:11:10: error: test 't' fails: tcp 10.0.0.7 this-host:7 must be "
		"refused, and is allowed inbound: flow x, etc/rolewall.conf:2\n");
}

TEST(what_depends_on_an_absent_interface_waits)
{
	static const char wait[] =
		"etc/rolewall.conf:10:9: warning: test 't': tcp 10.0.0.8 this-host:7 is not judged "
		"yet: it is not known now where p is (etc/rolewall.conf:7)\n";
	assert_judged(ROWS("interface = eth9\n") "allow = tcp 10.0.0.8 this-host:7\n", NULL, wait);
}

TEST(a_name_without_an_address_waits_and_one_with_others_does_not)
{
	static const char host[] = ROWS("name = a.example\n") "allow = tcp 9.0.0.8 this-host:7\n";
	const struct addr other = {.family = AF_INET, .bytes = {9, 0, 0, 9}};
	struct learned none = {0}, some = {0};
	static const char wait[] =
		"etc/rolewall.conf:10:9: warning: test 't': tcp 9.0.0.8 this-host:7 is not judged "
		"yet: it is not known now where p is (etc/rolewall.conf:7)\n";
	assert_judged(host, NULL, wait);
	assert_judged(host, &none, wait);
	assert_int_equal(learned_add(&some, 1, &other, false), 0);
	learned_normalise(&some);
	assert_judged(host, &some,
		"etc/rolewall.conf:10:9: error: test 't' fails: tcp 9.0.0.8 this-host:7 must be "
		"allowed, and is refused inbound: no flow allows tcp from 9.0.0.8 to port 7\n");
	learned_done(&some);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_holds_is_not_told),
		cmocka_unit_test(what_fails_is_an_error_with_the_reason),
		cmocka_unit_test(what_depends_on_an_absent_interface_waits),
		cmocka_unit_test(a_name_without_an_address_waits_and_one_with_others_does_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
