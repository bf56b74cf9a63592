/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who drops a sample in a chain, and which of them decides. */
#include "others/passage.h"

#include <string.h>

#include "ruleset/foreign_fixture.h"

static const struct sample packet = {.protocol = IPPROTO_TCP,
	.ports = {{80, 80}, {50000, 60000}, {80, 80}},
	.state = FOREIGN_NEW,
	.family = FOREIGN_IPV4,
	.dnat = FOREIGN_AS_DIALLED,
	.types = {FOREIGN_UNICAST, FOREIGN_LOCAL}};

static struct fixture chain_of(enum foreign_hook hook)
{
	struct fixture x = fixture();
	add_chain(&x, hook, "base");
	return x;
}

/* decided: the handle of the rule that decides, 0: the policy, -1: none does. */
static struct passage passed(struct fixture *x, int drops, int decided)
{
	struct passage p = {.steps_left = 1000};
	assert_int_equal(foreign_link(&x->foreign), 0);
	passage_send(&p, x->foreign.first, &packet, true);
	assert_int_equal(p.n_drops, drops);
	const struct drop *d = passage_decided(&p);
	int by = -1;
	if (d)
		by = d->rule ? (int)d->rule->handle : 0;
	assert_int_equal(by, decided);
	foreign_done(&x->foreign);
	return p;
}

TEST(the_last_drop_decides_if_nothing_gets_out)
{
	struct fixture x = chain_of(FOREIGN_INPUT);
	add_rule(&x, FOREIGN_DROP, some(), NULL);
	add_rule(&x, FOREIGN_REJECT, all(), NULL);
	add_rule(&x, FOREIGN_DROP, all(), NULL);
	passed(&x, 2, 2);
	x = chain_of(FOREIGN_INPUT);
	x.chain->drops = true;
	add_rule(&x, FOREIGN_DROP, some(), NULL);
	passed(&x, 2, 0);
}

TEST(nothing_decides_if_some_get_out)
{
	struct fixture x = chain_of(FOREIGN_INPUT);
	add_rule(&x, FOREIGN_ACCEPT, some(), NULL);
	add_rule(&x, FOREIGN_DROP, all(), NULL);
	passed(&x, 1, -1);
	x = chain_of(FOREIGN_INPUT);
	add_rule(&x, FOREIGN_DROP, some(), NULL);
	passed(&x, 1, -1);
	x = chain_of(FOREIGN_INPUT);
	add_rule(&x, FOREIGN_UNKNOWN, all(), NULL);
	passed(&x, 1, -1);
}

/* Those that return meet what comes behind the jump. */
TEST(who_returns_is_dropped_behind_the_jump)
{
	struct fixture x = chain_of(FOREIGN_INPUT);
	add_rule(&x, FOREIGN_JUMP, all(), "sub");
	add_rule(&x, FOREIGN_DROP, all(), NULL);
	add_chain(&x, FOREIGN_NO_HOOK, "sub");
	add_rule(&x, FOREIGN_RETURN, some(), NULL);
	add_rule(&x, FOREIGN_REJECT, all(), NULL);
	passed(&x, 2, 2);
}

TEST(who_went_to_another_chain_meets_the_policy)
{
	struct fixture x = chain_of(FOREIGN_INPUT);
	x.chain->drops = true;
	add_rule(&x, FOREIGN_GOTO, some(), "sub");
	add_rule(&x, FOREIGN_ACCEPT, all(), NULL);
	add_chain(&x, FOREIGN_NO_HOOK, "sub");
	passed(&x, 1, -1);
}

TEST(of_too_many_drops_the_deciding_one_is_kept)
{
	struct fixture x = chain_of(FOREIGN_INPUT);
	for (int i = 0; i < DROPS_AT_MOST + 10; i++)
		add_rule(&x, FOREIGN_DROP, some(), NULL);
	add_rule(&x, FOREIGN_DROP, all(), NULL);
	passed(&x, DROPS_AT_MOST, DROPS_AT_MOST + 11);
}

TEST(where_dnat_leads_is_noted)
{
	struct foreign_box boxes[] = {all(), some()};
	for (size_t i = 0; i < 2; i++) {
		struct fixture x = chain_of(FOREIGN_PREROUTING);
		struct foreign_rule r = {.handle = 1,
			.end = FOREIGN_ACCEPT,
			.translates = true,
			.to = {.is_known = true, .port = 8080},
			.boxes = &boxes[i],
			.n_boxes = 1};
		assert_int_equal(foreign_add_rule(&x.foreign, x.chain, &r), 0);
		struct passage p = passed(&x, 0, -1);
		assert_int_equal(p.dnat.where, i == 0 ? DNAT_CERTAINLY : DNAT_PERHAPS);
		assert_int_equal(p.dnat.to.port, 8080);
	}
}

TEST(it_gives_up_when_there_is_too_much)
{
	struct fixture x = chain_of(FOREIGN_INPUT);
	struct passage p = {.steps_left = 1};
	add_rule(&x, FOREIGN_RETURN, tcp_dport(1), NULL);
	add_rule(&x, FOREIGN_DROP, all(), NULL);
	passage_send(&p, x.foreign.first, &packet, true);
	assert_true(p.gave_up);
	assert_int_equal(p.n_drops, 0);
	foreign_done(&x.foreign);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_drop_decides_if_nothing_gets_out),
		cmocka_unit_test(nothing_decides_if_some_get_out),
		cmocka_unit_test(who_returns_is_dropped_behind_the_jump),
		cmocka_unit_test(who_went_to_another_chain_meets_the_policy),
		cmocka_unit_test(of_too_many_drops_the_deciding_one_is_kept),
		cmocka_unit_test(where_dnat_leads_is_noted),
		cmocka_unit_test(it_gives_up_when_there_is_too_much),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
