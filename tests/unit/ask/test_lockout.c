/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sessions a first configuration would cut, and what to write instead. */
#include "ask/lockout.h"

#include "compile/compile.h"
#include "ruleset/memory_policy.h"

#define HOST \
	"[host]\n[management]\nfrom = 10.0.9.0/24\n%s" \
	"[flow shell]\nport = 2222\nprotocol = tcp\nsource = p\ntarget = this-host\n" \
	"[peer p]\naddress = 10.0.0.1\n"

static void assert_judged(const char *more, const char *said, bool cut, const char *advice)
{
	const struct facts facts = {0};
	struct session session;
	struct ruleset *r;
	struct text text = {0};
	char host[512];
	snprintf(host, sizeof(host), HOST, more);
	struct policy *p = memory_policy(NULL, host);
	assert_int_equal(session_parse(said, &session), 0);
	assert_int_equal(compile(p, 1, &r), 0);
	struct packet packet = lockout_packet(&session, &facts);
	assert_int_equal(judge_refuses(r, &packet), cut);
	if (cut) {
		lockout_advise(p, &session, &text);
		assert_string_equal(text.data, advice);
		text_done(&text);
	}
	ruleset_free(r);
	policy_free(p);
}

TEST(management_and_flows_keep_their_sessions)
{
	assert_judged("", "10.0.9.5 40000 10.20.0.1 22", false, NULL);
	assert_judged("", "10.0.0.1 40000 10.20.0.1 2222", false, NULL);
}

TEST(who_is_not_written_is_told_what_to_write)
{
	assert_judged("", "10.0.8.5 40000 10.20.0.1 22", true,
		"add 10.0.8.5 to from = in [management] (etc/rolewall.conf:2)");
	assert_judged("port = 2200\n", "10.0.9.5 40000 10.20.0.1 22", true,
		"add 22 to port = in [management] (etc/rolewall.conf:2)");
	assert_judged("port = 2200\n", "2001:db8::5 40000 2001:db8::1 22", true,
		"add 2001:db8::5 to from = and 22 to port = in [management] "
		"(etc/rolewall.conf:2)");
}

TEST(a_name_of_management_is_no_way_in_before_it_is_learned)
{
	assert_judged("name = ops.example\n", "10.0.8.5 40000 10.20.0.1 22", true,
		"add 10.0.8.5 to from = in [management] (etc/rolewall.conf:2); a name there may "
		"come to have 10.0.8.5, but not before it is learned");
	assert_judged("name = ops.example\n", "10.0.9.5 40000 10.20.0.1 22", false, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(management_and_flows_keep_their_sessions),
		cmocka_unit_test(who_is_not_written_is_told_what_to_write),
		cmocka_unit_test(a_name_of_management_is_no_way_in_before_it_is_learned),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
