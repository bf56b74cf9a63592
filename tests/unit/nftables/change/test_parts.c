/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Large differences in parts: nothing is missing, nothing comes twice, and no run is cut off from
 * what it overlaps with. */
#include "nftables/change/parts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "testing.h"

enum { MANY = 20000 };

static struct addr_range run_of(uint32_t first, uint32_t last)
{
	struct addr_range r = {.first = {.family = 2}, .last = {.family = 2}};
	for (int i = 0; i < 4; i++) {
		r.first.bytes[i] = (uint8_t)(first >> (24 - 8 * i));
		r.last.bytes[i] = (uint8_t)(last >> (24 - 8 * i));
	}
	return r;
}

static uint32_t number_of(const struct addr *a)
{
	return (uint32_t)a->bytes[0] << 24 | (uint32_t)a->bytes[1] << 16 |
	       (uint32_t)a->bytes[2] << 8 | a->bytes[3];
}

/* Runs of so many addresses, each ten behind the one before. */
static struct set runs(struct addrset *a, uint32_t offset, uint32_t length, size_t n)
{
	*a = (struct addrset){0};
	for (size_t i = 0; i < n; i++) {
		const uint32_t first = 0x0a000000 + offset + (uint32_t)i * 10;
		const struct addr_range r = run_of(first, first + length - 1);
		assert_int_equal(addrset_add(a, &r), 0);
	}
	addrset_normalise(a);
	enum addrset_part part = length > 1 ? ADDRSET_RANGES4 : ADDRSET_HOSTS4;
	assert_int_equal(a->count[part], n);
	return (struct set){.name = "s",
		.type = TYPE_IPV4_ADDR,
		.interval = length > 1,
		.addresses = a,
		.part = part,
		.room = 10 * MANY};
}

/* Goes through all parts; demands that each element is in one, and returns how many parts. */
static size_t go_through(const struct set *old, const struct set *next)
{
	const struct ruleset a = {.sets = (struct set *)old}, b = {.sets = (struct set *)next};
	const struct differences *part;
	struct differences d;
	struct parts parts;
	size_t n = 0, going = 0, coming = 0;
	uint32_t end = 0;
	assert_int_equal(differences_find(&a, &b, NULL, &d), 0);
	assert_int_equal(parts_start(&parts, &d), 0);
	for (; (part = parts_next(&parts)); n++) {
		const struct set_difference *x = &part->sets[0];
		uint32_t last = end;
		assert_int_equal(x->continues, n > 0);
		assert_in_range(x->going.count + x->coming.count, 1,
			parts_room(old, old->addresses->count[old->part]) + 1);
		for (size_t i = 0; i < x->going.count; i++, going++) {
			struct addr_range r =
				addrset_get(old->addresses, old->part, x->going.items[i]);
			assert_int_equal(x->going.items[i], d.sets[0].going.items[going]);
			assert_true(number_of(&r.first) > end);
			last = number_of(&r.last) > last ? number_of(&r.last) : last;
		}
		for (size_t i = 0; i < x->coming.count; i++, coming++) {
			struct addr_range r =
				addrset_get(next->addresses, next->part, x->coming.items[i]);
			assert_int_equal(x->coming.items[i], d.sets[0].coming.items[coming]);
			assert_true(number_of(&r.first) > end);
			last = number_of(&r.last) > last ? number_of(&r.last) : last;
		}
		end = last;
	}
	assert_int_equal(going, d.sets[0].going.count);
	assert_int_equal(coming, d.sets[0].coming.count);
	parts_done(&parts);
	differences_done(&d);
	return n;
}

TEST(hosts_go_and_come_in_parts)
{
	struct addrset a, b;
	struct set old = runs(&a, 0, 1, MANY), next = runs(&b, 5, 1, MANY);
	assert_int_equal(go_through(&old, &next), 2 * MANY / PART_ELEMENTS);
	addrset_done(&a);
	addrset_done(&b);
}

/* Each run that comes overlaps with one that goes. */
TEST(what_overlaps_stays_together)
{
	struct addrset a, b;
	struct set old = runs(&a, 0, 6, MANY), next = runs(&b, 3, 6, MANY);
	assert_in_range(go_through(&old, &next), 2, 2 * MANY / PART_ELEMENTS);
	addrset_done(&a);
	addrset_done(&b);
}

/* As a set of intervals grows, so do its parts: the kernel goes through all of it with each. */
TEST(a_part_of_intervals_grows_with_the_set)
{
	const struct set hosts = {.interval = false}, intervals = {.interval = true};
	size_t sent = 0, parts = 0;
	for (; sent < 2000000; parts++)
		sent += parts_room(&intervals, sent);
	/* 4 GB: as small a part as ever would be 500 */
	if (sysconf(_SC_PHYS_PAGES) >= 1 << 20)
		assert_in_range(parts, 4, 300);
	assert_int_equal(parts_room(&intervals, 0), PART_ELEMENTS);
	assert_int_equal(parts_room(&intervals, 4 * PART_ELEMENTS), PART_ELEMENTS);
	assert_true(parts_room(&intervals, 2000000) <= 2000000 / 4);
	assert_int_equal(parts_room(&hosts, 2000000), PART_ELEMENTS);
}

TEST(what_differs_little_is_one_part)
{
	struct addrset a, b;
	struct set old = runs(&a, 0, 1, MANY), next = runs(&b, 0, 1, MANY + 5);
	assert_int_equal(go_through(&old, &next), 1);
	assert_int_equal(go_through(&old, &old), 0);
	addrset_done(&a);
	addrset_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_go_and_come_in_parts),
		cmocka_unit_test(what_overlaps_stays_together),
		cmocka_unit_test(a_part_of_intervals_grows_with_the_set),
		cmocka_unit_test(what_differs_little_is_one_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
