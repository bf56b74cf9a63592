/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of addresses: sorted, each address once, runs joined and never past the last one. */
#include "testing.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "net/addrset.h"

static void add_words(struct addrset *s, const char *words)
{
	char copy[512], *rest = copy, *word;
	assert_true(strlen(words) < sizeof(copy));
	strcpy(copy, words);
	while ((word = strsep(&rest, " "))) {
		struct addr_range r;
		char why[ADDR_FAULT_SIZE] = "";
		if (!*word)
			continue;
		if (addr_range_parse(word, strlen(word), &r, why) < 0)
			fail_msg("%s", why);
		assert_int_equal(addrset_add(s, &r), 0);
	}
}

/* The four parts in their order, set off by bars. */
static char *printed(const struct addrset *s)
{
	struct text t = {0};
	char *out = NULL;
	for (enum addrset_part part = 0; part < ADDRSET_PARTS; part++) {
		if (part)
			text_put(&t, " |");
		for (size_t i = 0; i < s->count[part]; i++) {
			struct addr_range r = addrset_get(s, part, i);
			text_put(&t, t.length ? " " : "");
			addr_range_print(&r, &t);
		}
	}
	assert_int_equal(text_finish(&t, &out), 0);
	return out;
}

static void assert_normalised(const char *words, const char *expected)
{
	struct addrset s = {0};
	add_words(&s, words);
	addrset_normalise(&s);
	char *out = printed(&s);
	assert_string_equal(out, expected);
	free(out);
	addrset_normalise(&s); /* and once more changes nothing */
	out = printed(&s);
	assert_string_equal(out, expected);
	free(out);
	addrset_done(&s);
}

TEST(hosts_are_sorted_and_kept_once)
{
	assert_normalised("", " | | |");
	assert_normalised("10.0.0.9 10.0.0.1 10.0.0.9 9.0.0.1 10.0.0.1 10.0.0.9",
		"9.0.0.1 10.0.0.1 10.0.0.9 | | |");
	assert_normalised("200.0.0.1 10.0.0.1", "10.0.0.1 200.0.0.1 | | |");
	assert_normalised("2001:db8::2 ::1 2001:db8::2 2001:db8::100 2001:db8::ff",
		" | | ::1 2001:db8::2 2001:db8::ff 2001:db8::100 |");
	assert_normalised("0.0.0.0 255.255.255.255 0.0.0.0 255.255.255.255",
		"0.0.0.0 255.255.255.255 | | |");
}

TEST(the_four_kinds_are_kept_apart)
{
	assert_normalised("2001:db8::/32 10.0.0.1 ::1 10.1.0.0/16",
		"10.0.0.1 | 10.1.0.0/16 | ::1 | 2001:db8::/32");
}

TEST(runs_that_touch_or_overlap_are_joined)
{
	static const char *const cases[][2] = {
		{"10.0.0.128/25 10.0.0.0/25", " | 10.0.0.0/24 | |"},
		{"10.0.0.0-10.0.0.3 10.0.0.5-10.0.0.7", " | 10.0.0.0/30 10.0.0.5-10.0.0.7 | |"},
		{"10.0.0.0-10.0.0.5 10.0.0.3-10.0.0.9", " | 10.0.0.0-10.0.0.9 | |"},
		{"10.0.0.0-10.0.0.5 10.0.0.5-10.0.0.9", " | 10.0.0.0-10.0.0.9 | |"},
		{"10.0.0.3-10.0.0.4 10.0.0.0/24 10.0.0.200-10.0.0.210", " | 10.0.0.0/24 | |"},
		{"10.0.0.0/24 10.0.0.0/24", " | 10.0.0.0/24 | |"},
		{"10.0.0.0/8 10.0.0.0/24 10.255.255.0-11.0.0.3", " | 10.0.0.0-11.0.0.3 | |"},
		{"2001:db8::1:0-2001:db8::1:ffff 2001:db8::-2001:db8::ffff",
			" | | | 2001:db8::/111"},
		{"2001:db8::-2001:db8::fffe 2001:db8::1:0-2001:db8::1:ffff",
			" | | | 2001:db8::-2001:db8::fffe 2001:db8::1:0/112"},
		{"2001:db8::/32 2001:db8:1::/48 2001:db8::5-2001:db8::9", " | | | 2001:db8::/32"},
		{"2001:db8::5-2001:db8::9 2001:db8::7-2001:db8::c",
			" | | | 2001:db8::5-2001:db8::c"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_normalised(cases[i][0], cases[i][1]);
}

TEST(joining_does_not_run_over_the_last_address)
{
#define TOP6 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:"
	static const char *const cases[][2] = {
		{"255.255.255.128/25 255.255.255.0/24", " | 255.255.255.0/24 | |"},
		{"255.255.255.0-255.255.255.255 255.255.255.254-255.255.255.255",
			" | 255.255.255.0/24 | |"},
		{"128.0.0.0/1 0.0.0.0/1", " | 0.0.0.0/0 | |"},
		{"10.0.0.0/8 0.0.0.0/0 255.255.255.0/24", " | 0.0.0.0/0 | |"},
		{"255.255.255.254/31 0.0.0.0/31", " | 0.0.0.0/31 255.255.255.254/31 | |"},
		{"255.255.255.250-255.255.255.253 255.255.255.254/31",
			" | 255.255.255.250-255.255.255.255 | |"},
		{TOP6 "fffe/127 ::/127", " | | | ::/127 " TOP6 "fffe/127"},
		{"8000::/1 ::/1", " | | | ::/0"},
		{"2001:db8::/32 ::/0 " TOP6 "fffe/127", " | | | ::/0"},
		{TOP6 "ff00/120 " TOP6 "fffe/127", " | | | " TOP6 "ff00/120"},
		{"0.0.0.0/0 255.255.255.255 0.0.0.0", " | 0.0.0.0/0 | |"},
		{"::/0 " TOP6 "ffff ::", " | | | ::/0"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_normalised(cases[i][0], cases[i][1]);
}

TEST(hosts_inside_a_run_are_dropped)
{
	assert_normalised("10.0.0.0 10.0.0.255 10.0.0.77 9.255.255.255 10.0.1.0 10.0.0.0/24",
		"9.255.255.255 10.0.1.0 | 10.0.0.0/24 | |");
	assert_normalised("2001:db8:: 2001:db8::f 2001:db8::10 2001:db7:ffff::1 2001:db8::/124",
		" | | 2001:db7:ffff::1 2001:db8::10 | 2001:db8::/124");
	/* inside only after joining */
	assert_normalised("10.0.0.4 10.0.0.0/30 10.0.0.4-10.0.0.6", " | 10.0.0.0-10.0.0.6 | |");
}

TEST(membership_is_exact_at_each_edge)
{
	static const struct {
		const char *address;
		bool member;
	} cases[] = {
		{"9.255.255.255", false},
		{"10.0.0.0", true},
		{"10.0.0.255", true},
		{"10.0.1.0", false},
		{"10.0.3.4", false},
		{"10.0.3.5", true},
		{"10.0.3.9", true},
		{"10.0.3.10", false},
		{"192.168.0.6", false},
		{"192.168.0.7", true},
		{"192.168.0.8", false},
		{"255.255.255.253", false},
		{"255.255.255.254", true},
		{"255.255.255.255", true},
		{"0.0.0.0", true},
		{"0.0.0.1", false},
		{"::", false},
		{"::1", true},
		{"::2", false},
		{"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", false},
		{"2001:db8::", true},
		{"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true},
		{"2001:db9::", false},
		{TOP6 "ffff", true},
		{TOP6 "fffd", false},
		{"a00::", false},
		{"c0a8:7::", false},
	};
	struct addrset s = {0};
	add_words(&s, "192.168.0.7 10.0.0.0/24 10.0.3.5-10.0.3.9 255.255.255.254/31 0.0.0.0 "
		      "::1 2001:db8::/32 " TOP6 "fffe/127");
	addrset_normalise(&s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr a;
		assert_int_equal(addr_parse(cases[i].address, strlen(cases[i].address), &a), 0);
		if (addrset_contains(&s, &a) != cases[i].member)
			fail_msg("%s", cases[i].address);
	}
	addrset_done(&s);
}

TEST(an_empty_set_has_nobody)
{
	struct addrset s = {0};
	struct addr four = {.family = AF_INET}, six = {.family = AF_INET6};
	addrset_normalise(&s);
	assert_false(addrset_contains(&s, &four));
	assert_false(addrset_contains(&s, &six));
	assert_int_equal(addrset_count(&s), 0);
	addrset_done(&s);
}

TEST(everybody_is_in_the_whole_space)
{
	static const char *const some[] = {
		"0.0.0.0", "127.0.0.1", "255.255.255.255", "::", "2001:db8::1", TOP6 "ffff"};
	struct addrset s = {0};
	add_words(&s, "0.0.0.0/0 ::/0");
	addrset_normalise(&s);
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		struct addr a;
		assert_int_equal(addr_parse(some[i], strlen(some[i]), &a), 0);
		assert_true(addrset_contains(&s, &a));
	}
	addrset_done(&s);
}

TEST(a_large_set_is_kept_whole)
{
	enum { COUNT = 100000 };
	struct addrset s = {0};
	/* every second address, backwards, and each twice */
	for (uint32_t i = COUNT; i-- > 0;)
		for (int twice = 0; twice < 2; twice++) {
			uint32_t n = htonl(0x0a000000 + 2 * i);
			struct addr a = {.family = AF_INET};
			memcpy(a.bytes, &n, sizeof(n));
			assert_int_equal(addrset_add(&s, &(struct addr_range){a, a}), 0);
		}
	addrset_normalise(&s);
	assert_int_equal(addrset_count(&s), COUNT);
	assert_int_equal(s.hosts4[0], 0x0a000000);
	assert_int_equal(s.hosts4[COUNT - 1], 0x0a000000 + 2 * (COUNT - 1));
	addrset_done(&s);
	assert_int_equal(addrset_count(&s), 0);
	assert_null(s.hosts4);
}

TEST(counts_are_the_sum_of_all_parts)
{
	struct addrset s = {0};
	add_words(&s, "10.0.0.1 10.0.0.3 10.1.0.0/16 ::1 2001:db8::/32 2001:dba::/48");
	addrset_normalise(&s);
	assert_int_equal(addrset_count(&s), 6);
	assert_int_equal(s.count[ADDRSET_HOSTS4], 2);
	assert_int_equal(s.count[ADDRSET_RANGES4], 1);
	assert_int_equal(s.count[ADDRSET_HOSTS6], 1);
	assert_int_equal(s.count[ADDRSET_RANGES6], 2);
	addrset_done(&s);
}

/* Enough to be sorted by their digits, all of which must count. */
TEST(many_hosts_and_runs_are_sorted)
{
	enum { MANY = 3000 };
	struct addrset s = {0};
	uint32_t seed = 1;
	for (int i = 0; i < MANY; i++) {
		seed = seed * 1664525 + 1013904223;
		uint32_t first = htonl(seed & ~3u), last = htonl((seed & ~3u) + (i % 2 ? 2 : 0));
		struct addr_range r = {{.family = AF_INET}, {.family = AF_INET}};
		memcpy(r.first.bytes, &first, 4);
		memcpy(r.last.bytes, &last, 4);
		assert_int_equal(addrset_add(&s, &r), 0);
	}
	addrset_normalise(&s);
	assert_true(s.count[ADDRSET_HOSTS4] > MANY / 2 - 10);
	assert_true(s.count[ADDRSET_RANGES4] > MANY / 2 - 10);
	for (size_t i = 1; i < s.count[ADDRSET_HOSTS4]; i++)
		assert_true(s.hosts4[i - 1] < s.hosts4[i]);
	for (size_t i = 1; i < s.count[ADDRSET_RANGES4]; i++)
		assert_true(s.ranges4[i - 1].last < s.ranges4[i].first);
	for (size_t i = 0; i < s.count[ADDRSET_RANGES4]; i++)
		assert_int_equal(s.ranges4[i].last, s.ranges4[i].first + 2);
	addrset_done(&s);
}

static void assert_hosts_in_runs(const char *a, const char *b, const char *expected)
{
	struct addrset s = {0}, t = {0}, found = {0};
	add_words(&s, a);
	add_words(&t, b);
	addrset_normalise(&s);
	addrset_normalise(&t);
	assert_int_equal(addrset_hosts_in_runs(&s, &t, &found), 0);
	char *out = printed(&found);
	assert_string_equal(out, expected);
	free(out);
	addrset_done(&s);
	addrset_done(&t);
	addrset_done(&found);
}

TEST(hosts_in_runs_of_another_set_are_found)
{
	assert_hosts_in_runs("10.0.0.1 10.0.0.7 10.0.0.9", "10.0.0.4/30 10.0.0.1", "10.0.0.7 | | |");
	assert_hosts_in_runs("10.0.0.3 10.0.0.4 10.0.0.7 10.0.0.8", "10.0.0.4/30 10.0.0.0/31",
		"10.0.0.4 10.0.0.7 | | |");
	assert_hosts_in_runs("2001:db8::1 2001:db8:1::1 10.0.0.1", "2001:db8::/64 10.1.0.0/16",
		" | | 2001:db8::1 |");
	assert_hosts_in_runs("10.0.0.1", "", " | | |");
	assert_hosts_in_runs("", "0.0.0.0/0", " | | |");
}

/* From which elements on, and how many are the same. */
static void assert_same(const char *a, size_t i, const char *b, size_t j, enum addrset_part part,
	size_t expected)
{
	struct addrset s = {0}, t = {0};
	add_words(&s, a);
	add_words(&t, b);
	addrset_normalise(&s);
	addrset_normalise(&t);
	assert_int_equal(addrset_same(&s, i, &t, j, part), expected);
	addrset_done(&s);
	addrset_done(&t);
}

TEST(as_many_elements_are_the_same_as_are)
{
	assert_same("10.0.0.1 10.0.0.3 10.0.0.5", 0, "10.0.0.1 10.0.0.3 10.0.0.7", 0,
		ADDRSET_HOSTS4, 2);
	assert_same("10.0.0.1 10.0.0.3 10.0.0.5", 1, "10.0.0.3 10.0.0.5 10.0.0.7", 0,
		ADDRSET_HOSTS4, 2);
	assert_same("10.0.0.1", 1, "10.0.0.1", 0, ADDRSET_HOSTS4, 0);
	assert_same("", 0, "10.0.0.1", 0, ADDRSET_HOSTS4, 0);
	assert_same("10.0.0.0/8 12.0.0.0/9", 0, "10.0.0.0/8 12.0.0.0/10", 0, ADDRSET_RANGES4, 1);
	assert_same("2001:db8::/32 fe80::/64", 0, "2001:db8::/32 fe80::/65", 0, ADDRSET_RANGES6, 1);
	assert_same("2001:db8::1 2001:db8::2", 0, "2001:db8::1 2001:db8::2", 0, ADDRSET_HOSTS6, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_hosts_and_runs_are_sorted),
		cmocka_unit_test(hosts_in_runs_of_another_set_are_found),
		cmocka_unit_test(as_many_elements_are_the_same_as_are),
		cmocka_unit_test(hosts_are_sorted_and_kept_once),
		cmocka_unit_test(the_four_kinds_are_kept_apart),
		cmocka_unit_test(runs_that_touch_or_overlap_are_joined),
		cmocka_unit_test(joining_does_not_run_over_the_last_address),
		cmocka_unit_test(hosts_inside_a_run_are_dropped),
		cmocka_unit_test(membership_is_exact_at_each_edge),
		cmocka_unit_test(an_empty_set_has_nobody),
		cmocka_unit_test(everybody_is_in_the_whole_space),
		cmocka_unit_test(a_large_set_is_kept_whole),
		cmocka_unit_test(counts_are_the_sum_of_all_parts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
