/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each verb says what it is called, in the order in which it is said. */
#include "ruleset/build.h"

#include "ruleset/chain_text.h"

static const struct place built_in = {0};

static struct ruleset *finish(struct build *b)
{
	struct ruleset *r = NULL;
	assert_int_equal(build_finish(b, &r), 0);
	return r;
}

TEST(matches_are_written_in_the_order_they_are_said)
{
	struct build b;
	build_start(&b, 1, 0xffff0000);
	chain(&b, built_in, "input", HOOK_INPUT);
	rule(&b, built_in, "all matches");
	match(&b, FIELD_L4PROTO, 6);
	match_masked(&b, FIELD_CT_MARK, 0xffff0000, 0x00070000);
	match_any_bit(&b, FIELD_CT_STATE, 0x6);
	match_name(&b, FIELD_IIFNAME, "lo");
	match_link_local(&b, FIELD_IP6_SADDR);
	drop_packet(&b);
	rule(&b, built_in, "look-ups and limits");
	lookup(&b, FIELD_TCP_DPORT, "ports");
	limit(&b, 5, 10);
	limit_over(&b, 100, 200);
	count_over(&b, FIELD_L4PROTO, "sessions-150", 150);
	dispatch(&b, FIELD_ICMP_TYPE, "icmp-types");
	struct ruleset *r = finish(&b);
	assert_chain(r, "input",
		"meta l4proto tcp ct mark & 0xffff0000 == 0x00070000 "
		"ct state established,related iifname \"lo\" ip6 saddr fe80::/10 drop\n"
		"tcp dport @ports limit rate 5/second burst 10 packets "
		"limit rate over 100/second burst 200 packets "
		"add @sessions-150 { meta l4proto ct count over 150 } "
		"icmp type vmap @icmp-types\n");
	ruleset_free(r);
}

TEST(effects_and_verdicts_are_written_as_said)
{
	struct build b;
	build_start(&b, 7, 0xffff0000);
	chain(&b, built_in, "x", HOOK_NONE);
	rule(&b, built_in, "stamp");
	stamp(&b);
	count(&b, "c");
	accept_packet(&b);
	rule(&b, built_in, "log");
	log_packet(&b, "p: ");
	reject_tcp(&b);
	rule(&b, built_in, "reject");
	reject_any(&b);
	rule(&b, built_in, "jump");
	jump_to(&b, "y");
	rule(&b, built_in, "goto");
	goto_chain(&b, "y");
	struct ruleset *r = finish(&b);
	assert_chain(r, "x",
		"ct mark set ct mark & 0x0000ffff | 0x00070000 counter name \"c\" accept\n"
		"log prefix \"p: \" level info reject with tcp reset\n"
		"reject with icmpx admin-prohibited\n"
		"jump y\n"
		"goto y\n");
	ruleset_free(r);
}

TEST(the_stamp_is_the_generation_in_the_upper_half)
{
	struct build b;
	build_start(&b, 65535, 0xffff0000);
	assert_int_equal(b.mark, 0xffff0000);
	chain(&b, built_in, "x", HOOK_NONE);
	rule(&b, built_in, "stamp");
	stamp(&b);
	struct ruleset *r = finish(&b);
	assert_int_equal(r->generation, 65535);
	assert_chain(r, "x", "ct mark set ct mark & 0x0000ffff | 0xffff0000\n");
	ruleset_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_are_written_in_the_order_they_are_said),
		cmocka_unit_test(effects_and_verdicts_are_written_as_said),
		cmocka_unit_test(the_stamp_is_the_generation_in_the_upper_half),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
