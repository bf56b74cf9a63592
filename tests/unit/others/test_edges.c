/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports where rules begin or cease to match. */
#include "others/edges.h"

#include "ruleset/failing_malloc.h"
#include "ruleset/foreign_fixture.h"

static struct fixture rules(void)
{
	struct fixture x = fixture();
	add_chain(&x, FOREIGN_INPUT, "in");
	add_rule(&x, FOREIGN_DROP, tcp_dport(80), NULL);
	add_rule(&x, FOREIGN_DROP, tcp_ports(FOREIGN_DPORT, 81, 65535), NULL);
	add_rule(&x, FOREIGN_DROP, tcp_ports(FOREIGN_SPORT, 22, 80), NULL);
	add_rule(&x, FOREIGN_DROP, all(), NULL);
	return x;
}

TEST(they_are_sorted_and_said_once)
{
	static const uint32_t wanted[] = {22, 80, 81};
	struct fixture x = rules();
	struct edges e;
	assert_int_equal(edges_read(&x.foreign, &e), 0);
	assert_int_equal(e.count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(e.items[i], wanted[i]);
	edges_done(&e);
	foreign_done(&x.foreign);
}

static int read_and_free(void *context)
{
	struct fixture *x = context;
	struct edges e;
	int r = edges_read(&x->foreign, &e);
	if (r == 0)
		edges_done(&e);
	return r;
}

TEST(memory_may_run_out_anywhere)
{
	struct fixture x = rules();
	for (uint16_t port = 1000; port < 1100; port++)
		add_rule(&x, FOREIGN_DROP, tcp_dport(port), NULL);
	assert_survives_each_failure(read_and_free, &x);
	foreign_done(&x.foreign);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_sorted_and_said_once),
		cmocka_unit_test(memory_may_run_out_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
