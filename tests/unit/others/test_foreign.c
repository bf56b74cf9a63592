/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boxes: what lies in two of them.  Chains find the chains that they jump to. */
#include "others/foreign.h"

#include <stdlib.h>

#include "ruleset/foreign_fixture.h"

static struct foreign_boxes list_of(struct foreign_box b)
{
	struct foreign_boxes list = {0};
	assert_int_equal(foreign_add(&list, &b), 0);
	return list;
}

static struct foreign_boxes met(struct foreign_box a, struct foreign_box b)
{
	struct foreign_boxes x = list_of(a), y = list_of(b);
	assert_int_equal(foreign_meet(&x, &y), 0);
	free(y.items);
	return x;
}

TEST(two_boxes_meet_in_what_lies_in_both)
{
	struct foreign_boxes x = met(tcp_ports(FOREIGN_DPORT, 10, 20), some());
	assert_int_equal(x.count, 1);
	assert_true(x.items->is_narrower);
	assert_true(x.items->names_port);
	assert_true(foreign_has_protocol(x.items, IPPROTO_TCP));
	assert_false(foreign_has_protocol(x.items, IPPROTO_UDP));
	free(x.items);
	x = met(tcp_ports(FOREIGN_DPORT, 10, 20), tcp_ports(FOREIGN_DPORT, 15, 30));
	assert_int_equal(x.items->ports[FOREIGN_DPORT].first, 15);
	assert_int_equal(x.items->ports[FOREIGN_DPORT].last, 20);
	free(x.items);
}

TEST(boxes_apart_meet_in_nothing)
{
	struct foreign_box udp = all(), ip6 = all(), ip4 = all();
	foreign_only_protocols(&udp, IPPROTO_UDP, IPPROTO_UDP);
	ip4.families = FOREIGN_IPV4;
	ip6.families = FOREIGN_IPV6;
	const struct foreign_box pairs[][2] = {
		{tcp_dport(22), tcp_dport(23)},
		{tcp_dport(22), udp},
		{in_state(FOREIGN_NEW), in_state(FOREIGN_INVALID)},
		{ip4, ip6},
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct foreign_boxes x = met(pairs[i][0], pairs[i][1]);
		assert_int_equal(x.count, 0);
		free(x.items);
	}
}

/* Nobody's rule makes us multiply a thousand boxes by a thousand. */
TEST(too_many_boxes_become_something_unknown)
{
	struct foreign_boxes x = {0}, y = {0};
	for (uint16_t port = 1; port <= 1000; port++) {
		struct foreign_box a = tcp_ports(FOREIGN_SPORT, port, port), b = tcp_dport(port);
		a.names_port = false;
		assert_int_equal(foreign_add(&x, &a), 0);
		assert_int_equal(foreign_add(&y, &b), 0);
	}
	assert_int_equal(foreign_meet(&x, &y), 0);
	assert_int_equal(x.count, 1000);
	assert_true(x.items[0].is_narrower);
	assert_true(x.items[999].names_port);
	free(x.items);
	free(y.items);
}

TEST(a_jump_finds_the_chain_of_its_own_table)
{
	struct fixture x = fixture();
	struct foreign_chain *elsewhere = add_chain(&x, FOREIGN_NO_HOOK, "sub");
	elsewhere->table = "ip other";
	struct foreign_chain *sub = add_chain(&x, FOREIGN_NO_HOOK, "sub");
	struct foreign_chain *base = add_chain(&x, FOREIGN_INPUT, "base");
	add_rule(&x, FOREIGN_JUMP, all(), "sub");
	add_rule(&x, FOREIGN_GOTO, all(), "gone");
	assert_int_equal(foreign_link(&x.foreign), 0);
	assert_ptr_equal(base->first->target, sub);
	assert_null(base->last->target);
	foreign_done(&x.foreign);
}

TEST(gaps_are_kept_in_words)
{
	struct fixture x = fixture();
	assert_int_equal(foreign_add_gap(&x.foreign, "table %s", "ip nat"), 0);
	assert_string_equal(x.foreign.gaps->what, "table ip nat");
	foreign_done(&x.foreign);
}

TEST(every_hook_has_a_name)
{
	assert_string_equal(foreign_hook_name(FOREIGN_NO_HOOK), "");
	for (enum foreign_hook h = FOREIGN_INGRESS; h <= FOREIGN_EGRESS; h++)
		assert_true(*foreign_hook_name(h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_boxes_meet_in_what_lies_in_both),
		cmocka_unit_test(boxes_apart_meet_in_nothing),
		cmocka_unit_test(too_many_boxes_become_something_unknown),
		cmocka_unit_test(a_jump_finds_the_chain_of_its_own_table),
		cmocka_unit_test(gaps_are_kept_in_words),
		cmocka_unit_test(every_hook_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
