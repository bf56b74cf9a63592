/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of a name's addresses: more than a few of them, and which one makes room. */
#include "ruleset/failing_malloc.h"
#include "script.h"

enum { MANY = 200 };

static struct addr numbered(uint32_t i)
{
	const uint32_t number = htonl(0x14000001 + i);
	struct addr a = {.family = AF_INET};
	memcpy(a.bytes, &number, sizeof(number));
	return a;
}

static struct answers *with_cap(size_t most)
{
	struct answers_rules rules = answers_default_rules();
	struct answers *a = answers_new();
	rules.most = most;
	assert_int_equal(answers_configure(a, one_peer, 1, &rules, at(0)), 0);
	return a;
}

static int learn_numbered(struct answers *a, uint32_t first, uint32_t count, uint64_t now)
{
	struct answers_item items[MANY] = {0};
	for (uint32_t i = 0; i < count; i++)
		items[i] = (struct answers_item){.address = numbered(first + i), .ttl = 300};
	const struct answers_lesson l = {"a.example", ANSWERS_A, ANSWERS_FROM_ASKING, items, count};
	return answers_learned(a, &l, at(now));
}

static struct answers_name *one(struct answers *a)
{
	return answers_known(a, "a.example", NAME_OF_HOST);
}

static void assert_counted(const struct answers_name *n)
{
	size_t live = 0;
	for (size_t i = 0; i < n->n_addresses; i++)
		live += !n->addresses[i].life.is_retired;
	assert_int_equal(n->n_live[ANSWERS_IP4], live);
	assert_int_equal(n->n_retired, n->n_addresses - live);
}

static void carry_out(struct answers *a)
{
	struct answers_action x;
	while (answers_next(a, &x))
		;
}

static void each_of_many_is_found_and_none_is_there_twice(void **state)
{
	struct answers *a = with_cap(1000);
	(void)state;
	for (uint64_t t = 1; t < 4; t++)
		assert_int_equal(learn_numbered(a, 0, MANY, t), 0);
	assert_int_equal(one(a)->n_addresses, MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		const struct addr address = numbered(i);
		assert_non_null(addresses_find(one(a), &address));
	}
	const struct addr other = numbered(MANY);
	assert_null(addresses_find(one(a), &other));
	answers_free(a);
}

/* All are retired, and some of them forgotten: there is room for as many again. */
static void what_is_forgotten_counts_no_longer(void **state)
{
	struct answers *a = with_cap(10);
	const uint32_t most = 10 + 10 * ANSWERS_RETIRED_TIMES;
	uint64_t t = 1;
	(void)state;
	for (int round = 0; round < 3; round++) {
		const uint32_t first = (uint32_t)round * 10000;
		for (uint32_t i = 0; i < 300; i += 10)
			assert_int_equal(learn_numbered(a, first + i, 10, t++), 0);
		assert_int_equal(one(a)->n_addresses, most);
		assert_counted(one(a));
		carry_out(a);
		t += 60 * MINUTES;
		dump(a, "", t, t);
		carry_out(a);
		assert_int_equal(one(a)->n_addresses, 10);
		assert_counted(one(a));
	}
	answers_free(a);
}

static void what_the_hosts_file_says_makes_no_room(void **state)
{
	struct answers *a = with_cap(2);
	const struct addr pinned = numbered(0);
	(void)state;
	assert_int_equal(answers_hosts(a, "a.example", &pinned, 1, at(1)), 0);
	for (uint32_t i = 1; i < 5; i++)
		assert_int_equal(learn_numbered(a, i, 1, 1 + i), 0);
	assert_false(addresses_find(one(a), &pinned)->life.is_retired);
	assert_counted(one(a));
	answers_free(a);
}

/* What it says and what has no place is not what an application gets. */
static void what_has_no_room_is_not_kept_by_the_hosts_file(void **state)
{
	struct answers *a = with_cap(1);
	const struct addr both[] = {numbered(1), numbered(0)};
	(void)state;
	assert_int_equal(learn_numbered(a, 0, 1, 1), 0);
	assert_int_equal(learn_numbered(a, 1, 1, 2), 0);
	assert_true(addresses_find(one(a), &both[1])->life.is_retired);
	assert_int_equal(answers_hosts(a, "a.example", both, 2, at(3)), 0);
	assert_true(addresses_find(one(a), &both[0])->in_hosts);
	assert_false(addresses_find(one(a), &both[1])->in_hosts);
	answers_free(a);
}

#if FAILING_MALLOC
/* At the cap, and with a hash that grows: what is known stays, and is found. */
static void without_memory_nothing_that_is_known_is_lost(void **state)
{
	(void)state;
	for (unsigned long fails = 1, more = 1; more; fails++) {
		struct answers *a = with_cap(60);
		assert_int_equal(learn_numbered(a, 0, 60, 1), 0);
		carry_out(a);
		heap.count = 0;
		heap.fails = fails;
		heap.armed = true;
		const int r = learn_numbered(a, 100, 50, 2);
		heap.armed = false;
		more = heap.count >= fails;
		assert_true(r == 0 || r == -ENOMEM);
		for (uint32_t i = 0; i < 60; i++) {
			const struct addr address = numbered(i);
			assert_non_null(addresses_find(one(a), &address));
		}
		assert_counted(one(a));
		assert_int_equal(one(a)->n_live[ANSWERS_IP4], 60);
		/* a good answer only if all of it was learned */
		assert_int_equal(one(a)->asked[ANSWERS_A].good, r == 0 ? 2 : 1);
		answers_free(a);
	}
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_of_many_is_found_and_none_is_there_twice),
		cmocka_unit_test(what_is_forgotten_counts_no_longer),
		cmocka_unit_test(what_the_hosts_file_says_makes_no_room),
		cmocka_unit_test(what_has_no_room_is_not_kept_by_the_hosts_file),
#if FAILING_MALLOC
		cmocka_unit_test(without_memory_nothing_that_is_known_is_lost),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
