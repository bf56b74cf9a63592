/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cells, and what peers have in each. */
#include "others/cells.h"

#include <string.h>

#include "config/policy.h"
#include "ruleset/failing_malloc.h"
#include "ruleset/foreign_fixture.h"

static struct peer peer_at(const char *const *runs)
{
	struct peer p = {.name = "p"};
	for (; *runs; runs++) {
		struct addr_range r = addresses(*runs);
		assert_int_equal(addrset_add(&p.addresses, &r), 0);
	}
	addrset_normalise(&p.addresses);
	return p;
}

#define PEER(...) peer_at((const char *const[]){__VA_ARGS__, NULL})

static void drop_from(struct fixture *x, const char *run)
{
	struct foreign_box b = all();
	b.addresses[FOREIGN_SOURCE] = addresses(run);
	add_rule(x, FOREIGN_DROP, b, NULL);
}

static void assert_parts(struct fixture *x, struct peer *p, const char *wanted)
{
	struct allowed service = {.name = "s", .peer = p, .n_peers = 1};
	struct allowed_list list = {&service, 1, 1};
	struct cells cells;
	struct text text = {0};
	struct addr_range run;
	assert_int_equal(cells_read(&x->foreign, &list, &cells), 0);
	for (size_t i = 0; i < cells.count; i++)
		if (cells_part(&cells, i, &service, &run)) {
			addr_range_print(&run, &text);
			text_put(&text, " ");
		}
	assert_string_equal(text.data ? text.data : "", wanted);
	text_done(&text);
	cells_done(&cells);
	addrset_done(&p->addresses);
	foreign_done(&x->foreign);
}

static struct fixture one_chain(void)
{
	struct fixture x = fixture();
	add_chain(&x, FOREIGN_INPUT, "in");
	return x;
}

TEST(each_family_is_a_cell)
{
	struct fixture x = one_chain();
	struct peer p = PEER("10.0.0.1", "10.0.0.9", "2001:db8::/32");
	assert_parts(&x, &p, "10.0.0.1-10.0.0.9 2001:db8::/32 ");
}

TEST(rules_cut_where_they_begin_and_end)
{
	struct fixture x = one_chain();
	struct peer p = PEER("10.0.0.0/24", "10.9.0.1", "2001:db8::1");
	drop_from(&x, "10.0.0.64-10.0.0.127");
	drop_from(&x, "192.168.0.0/16");
	assert_parts(&x, &p, "10.0.0.0/26 10.0.0.64/26 10.0.0.128-10.9.0.1 2001:db8::1 ");
}

TEST(single_addresses_cut_only_if_somebody_has_them)
{
	struct fixture x = one_chain();
	struct peer p = PEER("10.0.0.0/30", "10.0.0.9");
	drop_from(&x, "10.0.0.1");
	drop_from(&x, "10.0.0.8");
	assert_parts(&x, &p, "10.0.0.0 10.0.0.1 10.0.0.2-10.0.0.9 ");
}

TEST(a_run_that_no_peer_is_in_is_no_part)
{
	struct fixture x = one_chain();
	struct peer p = PEER("10.0.0.0/24", "10.2.0.0/24");
	drop_from(&x, "10.1.0.0/16");
	assert_parts(&x, &p, "10.0.0.0/24 10.2.0.0/24 ");
}

/* Runs of others without end do not make cells without end; peers share one then. */
TEST(cells_are_not_without_end)
{
	struct fixture x = one_chain();
	struct peer p = PEER("10.0.0.0/8");
	struct allowed service = {.name = "s", .peer = &p, .n_peers = 1};
	struct allowed_list list = {&service, 1, 1};
	struct cells cells;
	for (unsigned i = 0; i < 2000; i++) {
		char run[32];
		snprintf(run, sizeof(run), "10.%u.%u.0/25", i / 256, i % 256);
		drop_from(&x, run);
	}
	assert_int_equal(cells_read(&x.foreign, &list, &cells), 0);
	assert_true(cells.count <= CELLS_AT_MOST);
	cells_done(&cells);
	addrset_done(&p.addresses);
	foreign_done(&x.foreign);
}

static int read_and_free(void *context)
{
	struct fixture *x = context;
	struct allowed_list none = {0};
	struct cells cells;
	int r = cells_read(&x->foreign, &none, &cells);
	if (r == 0)
		cells_done(&cells);
	return r;
}

TEST(memory_may_run_out_anywhere)
{
	struct fixture x = one_chain();
	for (int i = 0; i < 20; i++) {
		char run[32];
		snprintf(run, sizeof(run), "10.%d.0.0/16", i);
		drop_from(&x, run);
	}
	assert_survives_each_failure(read_and_free, &x);
	foreign_done(&x.foreign);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_family_is_a_cell),
		cmocka_unit_test(rules_cut_where_they_begin_and_end),
		cmocka_unit_test(single_addresses_cut_only_if_somebody_has_them),
		cmocka_unit_test(a_run_that_no_peer_is_in_is_no_part),
		cmocka_unit_test(cells_are_not_without_end),
		cmocka_unit_test(memory_may_run_out_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
