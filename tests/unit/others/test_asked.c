/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection through tables of others: what surely loses it is found, and where DNAT leads it.
 */
#include "others/asked.h"

#include "ruleset/foreign_fixture.h"

static struct packet dialled(const char *from, const char *to, uint16_t port)
{
	return (struct packet){.protocol = IPPROTO_TCP,
		.source = address(from),
		.destination = address(to),
		.source_port = 50000,
		.destination_port = port,
		.interface = "eth0"};
}

static struct asked_others judged(struct fixture *x, const struct packet *p, enum side side,
	const char *said)
{
	struct findings found;
	struct asked_others a;
	assert_int_equal(foreign_link(&x->foreign), 0);
	assert_int_equal(findings_init(&found), 0);
	assert_int_equal(asked_judge(&x->foreign, p, side, &found, &a), 0);
	assert_int_equal(a.is_lost, said != NULL);
	assert_int_equal(found.count, said ? 1 : 0);
	if (said)
		assert_non_null(strstr(found.first->text, said));
	findings_done(&found);
	return a;
}

TEST(a_drop_of_its_port_loses_it_and_no_other)
{
	struct fixture x = fixture();
	const struct packet lost = dialled("10.0.0.1", "10.0.0.2", 22),
			    good = dialled("10.0.0.1", "10.0.0.2", 23);
	add_chain(&x, FOREIGN_INPUT, "in");
	add_rule(&x, FOREIGN_DROP, tcp_dport(22), NULL);
	judged(&x, &lost, SIDE_IN, "chain in, rule with handle 1 (hook input, priority 0): drops");
	judged(&x, &good, SIDE_IN, NULL);
	judged(&x, &lost, SIDE_OUT, NULL);
	foreign_done(&x.foreign);
}

TEST(a_drop_of_its_answers_loses_it)
{
	struct fixture x = fixture();
	const struct packet p = dialled("10.0.0.1", "10.0.0.2", 22),
			    other = dialled("10.0.0.1", "10.0.0.2", 23);
	add_chain(&x, FOREIGN_OUTPUT, "out");
	add_rule(&x, FOREIGN_DROP, tcp_ports(FOREIGN_SPORT, 22, 22), NULL);
	judged(&x, &p, SIDE_IN, "drops the answers to inbound tcp 22");
	judged(&x, &other, SIDE_IN, NULL);
	judged(&x, &p, SIDE_OUT, NULL);
	foreign_done(&x.foreign);
}

TEST(a_drop_of_some_packets_is_no_cause)
{
	struct fixture x = fixture();
	const struct packet p = dialled("10.0.0.1", "10.0.0.2", 22);
	add_chain(&x, FOREIGN_OUTPUT, "out");
	add_rule(&x, FOREIGN_DROP, some(), NULL);
	judged(&x, &p, SIDE_OUT, NULL);
	foreign_done(&x.foreign);
}

TEST(a_ban_of_the_very_address_loses_it)
{
	struct fixture x = fixture();
	const struct packet banned = dialled("10.0.0.1", "10.0.0.2", 22),
			    other = dialled("10.0.0.3", "10.0.0.2", 22);
	struct foreign_box box = all();
	box.addresses[FOREIGN_SOURCE] = addresses("10.0.0.1");
	add_chain(&x, FOREIGN_PREROUTING, "pre");
	add_rule(&x, FOREIGN_DROP, box, NULL);
	judged(&x, &banned, SIDE_IN, "chain pre");
	judged(&x, &other, SIDE_IN, NULL);
	foreign_done(&x.foreign);
}

TEST(dnat_tells_the_port_that_it_leads_to_and_the_input_hook_is_not_met)
{
	struct fixture x = fixture();
	const struct packet p = dialled("10.0.0.1", "10.0.0.2", 8080);
	const struct foreign_box box = tcp_dport(8080);
	struct foreign_rule r = {.handle = 1,
		.end = FOREIGN_ACCEPT,
		.translates = true,
		.to = {.is_known = true, .address = address("172.17.0.2"), .port = 80},
		.boxes = &box,
		.n_boxes = 1};
	add_chain(&x, FOREIGN_PREROUTING, "nat")->is_nat = true;
	assert_int_equal(foreign_add_rule(&x.foreign, x.chain, &r), 0);
	add_chain(&x, FOREIGN_INPUT, "in");
	add_rule(&x, FOREIGN_DROP, all(), NULL);
	const struct asked_others a = judged(&x, &p, SIDE_IN, NULL);
	assert_true(a.is_led_away);
	assert_int_equal(a.port, 80);
	foreign_done(&x.foreign);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_drop_of_its_port_loses_it_and_no_other),
		cmocka_unit_test(a_drop_of_its_answers_loses_it),
		cmocka_unit_test(a_drop_of_some_packets_is_no_cause),
		cmocka_unit_test(a_ban_of_the_very_address_loses_it),
		cmocka_unit_test(
			dnat_tells_the_port_that_it_leads_to_and_the_input_hook_is_not_met),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
