/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which keys a set's runs become, and which of them go and come when a set changes. */
#include "nftables/encode/elements.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "net/addrset.h"
#include "testing.h"

static struct addrset addresses(const char *const items[])
{
	struct addrset a = {0};
	for (; *items; items++) {
		struct addr_range range;
		char why[ADDR_FAULT_SIZE];
		assert_int_equal(addr_range_parse(*items, strlen(*items), &range, why), 0);
		assert_int_equal(addrset_add(&a, &range), 0);
	}
	addrset_normalise(&a);
	return a;
}

/* "10.0.0.0 10.1.0.0< 224.0.0.0^ ": < is an end, ^ an open run */
static void put(void *context, const struct kernel_element *e)
{
	struct text *to = context;
	char printed[INET6_ADDRSTRLEN];
	inet_ntop(AF_INET, e->key, printed, sizeof(printed));
	for (size_t i = 4; i < KEY_MAX; i++)
		assert_int_equal(e->key[i], 0);
	text_printf(to, "%s%s%s ", printed, e->is_end ? "<" : "", e->is_open ? "^" : "");
	assert_null(e->verdict);
}

static struct set ranges(const struct addrset *a)
{
	return (struct set){.name = "s",
		.type = TYPE_IPV4_ADDR,
		.interval = true,
		.addresses = a,
		.part = ADDRSET_RANGES4};
}

static void assert_text(struct text *text, const char *wanted)
{
	char *found = NULL;
	assert_int_equal(text_finish(text, &found), 0);
	assert_string_equal(found, wanted);
	free(found);
}

#define RUNS(...) \
	(const char *const[]) \
	{ \
		__VA_ARGS__ __VA_OPT__(, ) NULL \
	}

static void assert_elements(const char *const items[], const char *wanted)
{
	struct addrset a = addresses(items);
	struct set s = ranges(&a);
	struct text text = {0};
	kernel_elements(&s, put, &text);
	assert_text(&text, wanted);
	addrset_done(&a);
}

static void assert_change(const char *const old[], const char *const next[], const char *going,
	const char *coming)
{
	struct addrset a = addresses(old), b = addresses(next);
	struct set s = ranges(&a), t = ranges(&b);
	const struct ruleset before = {.sets = &s}, after = {.sets = &t};
	struct differences d;
	struct text text = {0};
	assert_int_equal(differences_find(&before, &after, NULL, &d), 0);
	kernel_elements_going(&d.sets[0], put, &text);
	assert_text(&text, going);
	kernel_elements_coming(&d.sets[0], put, &text);
	assert_text(&text, coming);
	differences_done(&d);
	addrset_done(&a);
	addrset_done(&b);
}

TEST(runs_begin_and_end)
{
	assert_elements(RUNS("10.0.0.0/16", "10.2.0.0/16"),
		"0.0.0.0< 10.0.0.0 10.1.0.0< 10.2.0.0 10.3.0.0< ");
	assert_elements(RUNS("0.0.0.0/8"), "0.0.0.0 1.0.0.0< ");
	assert_elements(RUNS("224.0.0.0/3"), "0.0.0.0< 224.0.0.0^ ");
	assert_elements(RUNS("0.0.0.0/0"), "0.0.0.0^ ");
	assert_elements(RUNS(), "");
}

TEST(only_what_differs_goes_and_comes)
{
	assert_change(RUNS("10.0.0.0/16", "10.2.0.0/16"), RUNS("10.0.0.0/16", "10.4.0.0/16"),
		"10.2.0.0 10.3.0.0< ", "10.4.0.0 10.5.0.0< ");
	assert_change(RUNS("10.0.0.0/16"), RUNS("10.0.0.0/16"), "", "");
}

TEST(a_run_that_grows_goes_and_comes_whole)
{
	assert_change(RUNS("10.0.0.0/16"), RUNS("10.0.0.0/15"), "10.0.0.0 10.1.0.0< ",
		"10.0.0.0 10.2.0.0< ");
}

TEST(the_end_at_zero_goes_when_a_run_begins_there)
{
	assert_change(RUNS("10.0.0.0/16"), RUNS("0.0.0.0/8", "10.0.0.0/16"), "0.0.0.0< ",
		"0.0.0.0 1.0.0.0< ");
	assert_change(RUNS("0.0.0.0/8", "10.0.0.0/16"), RUNS("10.0.0.0/16"), "0.0.0.0 1.0.0.0< ",
		"0.0.0.0< ");
}

TEST(the_end_at_zero_comes_and_goes_with_the_first_and_the_last_run)
{
	assert_change(RUNS(), RUNS("10.0.0.0/16"), "", "0.0.0.0< 10.0.0.0 10.1.0.0< ");
	assert_change(RUNS("10.0.0.0/16"), RUNS(), "0.0.0.0< 10.0.0.0 10.1.0.0< ", "");
}

TEST(a_run_that_becomes_open_loses_its_end)
{
	assert_change(RUNS("224.0.0.0/4"), RUNS("224.0.0.0/3"), "224.0.0.0 240.0.0.0< ",
		"224.0.0.0^ ");
}

static void take_verdict(void *context, const struct kernel_element *e)
{
	struct text *to = context;
	text_printf(to, "%u%s%s ", e->key[0] << 8 | e->key[1], e->is_end ? "<" : ">",
		e->verdict ? e->verdict->chain : "");
}

TEST(only_beginnings_in_maps_have_a_verdict)
{
	struct element old[] = {{1000, 2000, VERDICT_JUMP, "a"}};
	struct element next[] = {{1000, 1499, VERDICT_JUMP, "a"}, {1500, 2000, VERDICT_JUMP, "b"}};
	struct set s = {.name = "s",
		.type = TYPE_INET_SERVICE,
		.is_map = true,
		.interval = true,
		.elements = old,
		.n_elements = 1};
	struct set t = s;
	const struct ruleset before = {.sets = &s}, after = {.sets = &t};
	struct differences d;
	struct text text = {0};
	t.elements = next;
	t.n_elements = 2;
	kernel_elements(&t, take_verdict, &text);
	assert_text(&text, "0< 1000>a 1500< 1500>b 2001< ");
	assert_int_equal(differences_find(&before, &after, NULL, &d), 0);
	kernel_elements_going(&d.sets[0], take_verdict, &text);
	assert_text(&text, "1000>a 2001< ");
	kernel_elements_coming(&d.sets[0], take_verdict, &text);
	assert_text(&text, "1000>a 1500< 1500>b 2001< ");
	differences_done(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_begin_and_end),
		cmocka_unit_test(only_what_differs_goes_and_comes),
		cmocka_unit_test(a_run_that_grows_goes_and_comes_whole),
		cmocka_unit_test(the_end_at_zero_goes_when_a_run_begins_there),
		cmocka_unit_test(the_end_at_zero_comes_and_goes_with_the_first_and_the_last_run),
		cmocka_unit_test(a_run_that_becomes_open_loses_its_end),
		cmocka_unit_test(only_beginnings_in_maps_have_a_verdict),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
