/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How chains that refuse begin. */
#include "compile/refusing.h"

#include "ruleset/chain_text.h"

TEST(what_is_refused_is_counted_and_logged_at_a_rate)
{
	struct build b;
	struct ruleset *r;
	build_start(&b, 1, 0xffff0000);
	refusing_chain(&b, (struct place){"f", 3, 1}, "refused-x", "rolewall: x: ");
	drop_packet(&b);
	assert_int_equal(build_finish(&b, &r), 0);
	assert_chain(r, "refused-x",
		"counter name \"refused-x\"\n"
		"limit rate 5/second burst 10 packets log prefix \"rolewall: x: \" level info "
		"drop\n");
	assert_true(has_counter(r, "refused-x"));
	assert_string_equal(ruleset_chain(r, "refused-x")->first->comment, "f:3");
	ruleset_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_refused_is_counted_and_logged_at_a_rate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
