/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single addresses into and out of sets: whatever comes and goes, the set is what it would be if it
 * had been sorted anew. */
#include "net/splice.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "ruleset/failing_malloc.h"
#include "testing.h"

/* Small numbers, the last byte of an address of either family. */
static struct addr address(enum addrset_part part, unsigned number)
{
	struct addr a = {.family = part == ADDRSET_HOSTS4 ? AF_INET : AF_INET6};
	a.bytes[addr_length(&a) - 1] = (uint8_t)number;
	a.bytes[0] = 0xfd; /* above what fits into a signed number */
	return a;
}

static struct addrset some(enum addrset_part part, const char *numbers)
{
	struct addrset s = {0};
	for (char *end; *numbers; numbers = end + strspn(end, " ")) {
		const struct addr a = address(part, (unsigned)strtoul(numbers, &end, 10));
		assert_int_equal(addrset_add(&s, &(struct addr_range){a, a}), 0);
	}
	addrset_normalise(&s);
	return s;
}

static void expect(const struct addrset *s, enum addrset_part part, const char *numbers)
{
	struct addrset wanted = some(part, numbers);
	assert_int_equal(s->count[part], wanted.count[part]);
	assert_int_equal(addrset_same(s, 0, &wanted, 0, part), wanted.count[part]);
	assert_true(s->count[part] <= s->allocated[part]);
	addrset_done(&wanted);
}

#define FOR_BOTH(part) \
	for (enum addrset_part part = ADDRSET_HOSTS4; part <= ADDRSET_HOSTS6; \
		part += ADDRSET_HOSTS6 - ADDRSET_HOSTS4)

static void splices(const char *before, const char *going, const char *coming, const char *after)
{
	FOR_BOTH(part)
	{
		struct addrset s = some(part, before), out = some(part, going),
			       in = some(part, coming);
		splice_out(&s, part, &out);
		assert_int_equal(splice_reserve(&s, part, in.count[part]), 0);
		splice_in(&s, part, &in);
		expect(&s, part, after);
		addrset_done(&s);
		addrset_done(&out);
		addrset_done(&in);
	}
}

TEST(addresses_come_and_go_at_the_beginning_between_and_at_the_end)
{
	splices("", "", "", "");
	splices("", "", "5", "5");
	splices("5", "5", "", "");
	splices("2 4 6", "", "1 3 5 7", "1 2 3 4 5 6 7");
	splices("1 2 3 4 5 6 7", "1 4 7", "", "2 3 5 6");
	splices("1 2 3 4 5 6 7", "1 2 3 4 5 6 7", "8 9", "8 9");
	splices("200 100", "100", "150 250", "150 200 250");
}

TEST(what_is_there_already_or_is_not_there_is_no_matter)
{
	splices("2 4 6", "1 3 5 7", "2 4 6", "2 4 6");
	splices("2 4 6", "0 4 9", "1 2 6 7", "1 2 6 7");
	splices("1 2", "", "1 2 3", "1 2 3");
	splices("", "1 2", "", "");
}

TEST(one_address_comes_and_goes)
{
	FOR_BOTH(part)
	{
		struct addrset s = {0};
		const struct addr a = address(part, 7), b = address(part, 9);
		assert_false(splice_has(&s, &a));
		splice_remove(&s, &a);
		assert_int_equal(splice_add(&s, &b), 0);
		assert_int_equal(splice_add(&s, &a), 0);
		assert_int_equal(splice_add(&s, &a), 0);
		expect(&s, part, "7 9");
		assert_true(splice_has(&s, &a));
		splice_remove(&s, &b);
		assert_false(splice_has(&s, &b));
		expect(&s, part, "7");
		assert_int_equal(addrset_count(&s), 1); /* the other family has none */
		addrset_done(&s);
	}
}

static void keeps(const char *before, const char *other, bool if_other_has, const char *after)
{
	FOR_BOTH(part)
	{
		struct addrset s = some(part, before), o = some(part, other);
		splice_keep(&s, part, &o, if_other_has);
		expect(&s, part, after);
		addrset_done(&s);
		addrset_done(&o);
	}
}

TEST(those_that_another_set_has_or_has_not_are_kept)
{
	keeps("1 2 3 4", "2 4 6", true, "2 4");
	keeps("1 2 3 4", "2 4 6", false, "1 3");
	keeps("1 2", "", true, "");
	keeps("1 2", "", false, "1 2");
	keeps("", "1", true, "");
}

TEST(a_copy_has_room)
{
	FOR_BOTH(part)
	{
		struct addrset s = some(part, "1 3"), copy = {0};
		assert_int_equal(splice_copy(&copy, part, &s, 10), 0);
		expect(&copy, part, "1 3");
		assert_true(copy.allocated[part] >= 12);
		addrset_done(&copy);
		addrset_done(&s);
	}
}

/* Random numbers, the same in each run. */
static unsigned random_below(unsigned n)
{
	static uint32_t x = 2463534242;
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x % n;
}

/* Beside a list that only knows yes and no. */
TEST(random_splices_agree_with_a_list_of_booleans)
{
	enum { NUMBERS = 256, STEPS = 2000 };
	FOR_BOTH(part)
	{
		bool is_in[NUMBERS] = {false};
		struct addrset s = {0};
		for (int step = 0; step < STEPS; step++) {
			struct addrset many = {0};
			const bool comes = random_below(2);
			const unsigned n = random_below(step % 10 ? 4 : NUMBERS);
			for (unsigned i = 0; i < n; i++) {
				const unsigned number = random_below(NUMBERS);
				const struct addr a = address(part, number);
				assert_int_equal(addrset_add(&many, &(struct addr_range){a, a}), 0);
				is_in[number] = comes;
			}
			addrset_normalise(&many);
			assert_int_equal(splice_reserve(&s, part, many.count[part]), 0);
			(comes ? splice_in : splice_out)(&s, part, &many);
			addrset_done(&many);
			size_t count = 0;
			for (unsigned i = 0; i < NUMBERS; i++) {
				const struct addr a = address(part, i);
				assert_int_equal(splice_has(&s, &a), is_in[i]);
				count += is_in[i];
			}
			assert_int_equal(s.count[part], count);
		}
		addrset_done(&s);
	}
}

static int add_many(void *context)
{
	struct addrset s = {0}, copy = {0};
	int r = 0;
	(void)context;
	for (unsigned i = 0; i < 100 && r == 0; i++) {
		const struct addr a = address(i % 2 ? ADDRSET_HOSTS4 : ADDRSET_HOSTS6, i);
		r = splice_add(&s, &a);
	}
	if (r == 0)
		r = splice_copy(&copy, ADDRSET_HOSTS4, &s, 5);
	addrset_done(&copy);
	addrset_done(&s);
	return r;
}

TEST(each_failed_allocation_is_told)
{
	assert_survives_each_failure(add_many, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_come_and_go_at_the_beginning_between_and_at_the_end),
		cmocka_unit_test(what_is_there_already_or_is_not_there_is_no_matter),
		cmocka_unit_test(one_address_comes_and_goes),
		cmocka_unit_test(those_that_another_set_has_or_has_not_are_kept),
		cmocka_unit_test(a_copy_has_room),
		cmocka_unit_test(random_splices_agree_with_a_list_of_booleans),
		cmocka_unit_test(each_failed_allocation_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
