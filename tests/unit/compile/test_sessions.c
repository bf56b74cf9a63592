/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chains through which whoever opens a session goes. */
#include "compile/sessions.h"

#include "ruleset/memory_policy.h"
#include "ruleset/sound.h"

#define ROLE \
	"[role]\nname = x\nplays = x\npeers = client\nsession-flows = media\n" \
	"[flow media]\nport = 4433\nprotocol = tcp udp\nsource = client\ntarget = x\n" \
	"[size 450]\nsessions = 150\n[size 6]\nsessions = 2\n"
#define HOST(more) "[host]\nroles = x\n" more "[peer client]\naddress = 10.0.0.1\n"

static void check(const char *host, bool lacks_timeouts, void (*f)(const struct ruleset *r))
{
	const struct form form = {.generation = 1, .lacks_timeouts = lacks_timeouts};
	struct policy *p = memory_policy(ROLE, host);
	struct ruleset *r;
	assert_int_equal(compile_form(p, &form, &r), 0);
	assert_sound(r, 1);
	f(r);
	ruleset_free(r);
	policy_free(p);
}

static void check_cap(const struct ruleset *r)
{
	assert_chain(r, "session-cap",
		"ct state new tcp flags & 0x00000017 == 0x00000002 jump session-syn\n"
		"ct state new add @sessions-150 { meta l4proto ct count over 150 } "
		"jump session-full\n");
	assert_chain(r, "session-syn",
		"update @session-rate-150-ip4 { ct original ip saddr "
		"limit rate over 10/second burst 50 packets } goto refused-sessions-too-fast\n"
		"update @session-rate-150-ip6 { ct original ip6 saddr "
		"limit rate over 10/second burst 50 packets } goto refused-sessions-too-fast\n"
		"ct timeout set \"session-half-open\"\n");
	assert_chain(r, "session-full",
		"tcp flags & 0x00000017 == 0x00000002 goto refused-sessions\n"
		"meta l4proto != tcp goto refused-sessions\n");
	assert_chain(r, "refused-sessions",
		"counter name \"refused-sessions\"\n"
		"limit rate 5/second burst 10 packets "
		"log prefix \"rolewall: session cap is reached: \" level info\n"
		"goto rejection\n");
	assert_chain(r, "refused-sessions-too-fast",
		"counter name \"refused-sessions-too-fast\"\n"
		"limit rate 5/second burst 10 packets "
		"log prefix \"rolewall: too many SYNs for sessions: \" level info\n"
		"drop\n");
	const struct set *count = ruleset_set(r, "sessions-150");
	assert_true(count->dynamic);
	assert_int_equal(count->type, TYPE_INET_PROTO);
	assert_int_equal(count->seconds, 0);
	/* for as long as it takes to fill the burst again: who comes back later has it anyway */
	const struct set *rate = ruleset_set(r, "session-rate-150-ip4");
	assert_in_range(rate->seconds * 10, 50, UINT32_MAX);
	assert_int_equal(ruleset_object(r, "session-half-open")->kind, OBJECT_HALF_OPEN);
	assert_null(ruleset_chain(r, "session-client-full"));
}

TEST(what_opens_a_session_is_held_to_a_rate_and_counted)
{
	check(HOST("size = 450\n"), false, check_cap);
}

static void check_client(const struct ruleset *r)
{
	assert_chain(r, "session-cap",
		"ct state new tcp flags & 0x00000017 == 0x00000002 jump session-syn\n"
		"ct state new add @session-clients-3-ip4 { ct original ip saddr ct count over 3 } "
		"jump session-client-full\n"
		"ct state new add @session-clients-3-ip6 { ct original ip6 saddr ct count over 3 } "
		"jump session-client-full\n");
	assert_chain(r, "session-syn", "ct timeout set \"session-half-open\"\n");
	assert_chain(r, "session-client-full",
		"tcp flags & 0x00000017 == 0x00000002 goto refused-sessions-of-client\n"
		"meta l4proto != tcp goto refused-sessions-of-client\n");
	assert_string_equal(ruleset_chain(r, "accept-in-media")->first->comment,
		"etc/rolewall.conf:3");
	/* an element that went would forget the client's sessions */
	assert_int_equal(ruleset_set(r, "session-clients-3-ip4")->seconds, 0);
}

TEST(one_client_is_bounded_without_a_size_too)
{
	check(HOST("sessions-per-client = 3\n"), false, check_client);
}

static void check_both(const struct ruleset *r)
{
	assert_chain(r, "session-cap",
		"ct state new tcp flags & 0x00000017 == 0x00000002 jump session-syn\n"
		"ct state new add @session-clients-3-ip4 { ct original ip saddr ct count over 3 } "
		"jump session-client-full\n"
		"ct state new add @session-clients-3-ip6 { ct original ip6 saddr ct count over 3 } "
		"jump session-client-full\n"
		"ct state new add @sessions-2 { meta l4proto ct count over 2 } "
		"jump session-full\n");
	/* one that is small: who opens two at once is not slowed down */
	assert_chain(r, "session-syn",
		"update @session-rate-2-ip4 { ct original ip saddr "
		"limit rate over 1/second burst 10 packets } goto refused-sessions-too-fast\n"
		"update @session-rate-2-ip6 { ct original ip6 saddr "
		"limit rate over 1/second burst 10 packets } goto refused-sessions-too-fast\n");
	assert_null(ruleset_object(r, "session-half-open"));
}

TEST(a_kernel_without_timeouts_gets_all_the_rest)
{
	check(HOST("size = 6\nsessions-per-client = 3\n"), true, check_both);
}

static void check_nothing(const struct ruleset *r)
{
	assert_null(ruleset_chain(r, "session-cap"));
	assert_null(ruleset_object(r, "session-half-open"));
}

TEST(who_asks_for_neither_pays_for_neither)
{
	check(HOST(""), false, check_nothing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_opens_a_session_is_held_to_a_rate_and_counted),
		cmocka_unit_test(one_client_is_bounded_without_a_size_too),
		cmocka_unit_test(a_kernel_without_timeouts_gets_all_the_rest),
		cmocka_unit_test(who_asks_for_neither_pays_for_neither),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
