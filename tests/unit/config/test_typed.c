/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names, ports, protocols, words, numbers and amounts, read from keys as a file has them. */
#include "fixture.h"

#include "base/utf8.h"
#include "config/typed.h"

/* A key with this value: in line 2, from column 11 on. */
static const struct entry *entry(struct fixture *f, const char *value)
{
	char *text = NULL;
	document_init(&f->document, f->arena);
	assert_true(asprintf(&text, "[flow x]\npurpose = %s\n", value) > 0);
	add_text(f, "a.conf", text);
	free(text);
	return entry_of(f, SECTION_FLOW, "x", FLOW_PURPOSE);
}

static const struct entry unset;

static void names_keep_their_order_and_places(void **state)
{
	struct fixture *f = *state;
	struct names n = {0};
	assert_int_equal(names_read(entry(f, "app-server, proxy\n\ttarget"), f->arena, &f->diags,
				 &n),
		0);
	assert_no_faults(&f->diags);
	assert_int_equal(n.count, 3);
	assert_string_equal(n.items[0].text, "app-server");
	assert_place(n.items[0].at, 2, 11);
	assert_string_equal(n.items[1].text, "proxy");
	assert_place(n.items[1].at, 2, 23);
	assert_string_equal(n.items[2].text, "target");
	assert_place(n.items[2].at, 3, 2);
	assert_true(names_have(&n, "proxy"));
	assert_false(names_have(&n, "prox"));
	assert_false(names_have(&n, ""));
}

static void a_key_that_is_not_set_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct name one = {"x", {0}};
	struct names n = {&one, 1};
	struct port_range *ports = (struct port_range *)&one;
	uint8_t *protocols = (uint8_t *)&one;
	size_t count = 7;
	bool yes = true;
	int word = 5;
	uint32_t number = 6;
	uint64_t amount = 8;
	assert_int_equal(names_read(&unset, f->arena, &f->diags, &n), 0);
	assert_int_equal(ports_read(&unset, f->arena, &f->diags, &ports, &count), 0);
	assert_int_equal(protocols_read(&unset, f->arena, &f->diags, &protocols, &count), 0);
	read_yes_no(&unset, &f->diags, &yes);
	read_word(&unset, (const char *const[]){"a", NULL}, &f->diags, &word);
	read_number(&unset, 9, &f->diags, &number);
	read_amount(&unset, &f->diags, &amount);
	assert_ptr_equal(n.items, &one);
	assert_int_equal(n.count, 1);
	assert_ptr_equal(ports, &one);
	assert_ptr_equal(protocols, &one);
	assert_int_equal(count, 7);
	assert_true(yes);
	assert_int_equal(word, 5);
	assert_int_equal(number, 6);
	assert_int_equal(amount, 8);
	assert_no_faults(&f->diags);
}

static void wrong_names_are_faults_and_the_others_stay(void **state)
{
	struct fixture *f = *state;
	struct names n = {0};
	assert_int_equal(names_read(entry(f, "Proxy, target, target, -x, a_b"), f->arena, &f->diags,
				 &n),
		0);
	assert_faults(&f->diags,
		"a.conf:2:11: error: 'Proxy' is not a name; write small letters, digits and "
		"hyphens, at most 48\n"
		"a.conf:2:26: error: 'target' is in this list twice; keep one\n"
		"a.conf:2:34: error: '-x' is not a name; write small letters, digits and hyphens, "
		"at most 48\n"
		"a.conf:2:38: error: 'a_b' is not a name; write small letters, digits and hyphens, "
		"at most 48\n");
	assert_int_equal(n.count, 1);
	assert_string_equal(n.items[0].text, "target");
}

static void ports_are_read_in_order(void **state)
{
	struct fixture *f = *state;
	struct port_range *p = NULL;
	size_t n = 0;
	assert_int_equal(ports_read(entry(f, "636 389, 49152-65535"), f->arena, &f->diags, &p, &n),
		0);
	assert_no_faults(&f->diags);
	assert_int_equal(n, 3);
	assert_int_equal(p[0].first, 636);
	assert_int_equal(p[1].last, 389);
	assert_int_equal(p[2].first, 49152);
	assert_int_equal(p[2].last, 65535);
}

static void ports_that_overlap_or_are_none_are_faults(void **state)
{
	struct fixture *f = *state;
	struct port_range *p = NULL;
	size_t n = 0;
	assert_int_equal(ports_read(entry(f, "80-90, 90, 79, 91-100, 70-200, 0, 65536, 9-8, 80"),
				 f->arena, &f->diags, &p, &n),
		0);
	assert_faults(&f->diags,
		"a.conf:2:18: error: '90' overlaps with an earlier port of this list; name each "
		"port once\n"
		"a.conf:2:34: error: '70-200' overlaps with an earlier port of this list; name "
		"each port once\n"
		"a.conf:2:42: error: '0' is not a port; write a number from 1 to 65535, or a range "
		"like 49152-65535\n"
		"a.conf:2:45: error: '65536' is not a port; write a number from 1 to 65535, or a "
		"range like 49152-65535\n"
		"a.conf:2:52: error: '9-8' is an inverted range; write 8-9\n"
		"a.conf:2:57: error: '80' overlaps with an earlier port of this list; name each "
		"port once\n");
	assert_int_equal(n, 3); /* 80-90 79 91-100 */
	assert_int_equal(p[1].first, 79);
	assert_int_equal(p[2].last, 100);
}

/* A long list is looked through in another way than a short one. */
static void ports_of_a_long_list_that_overlap_are_faults(void **state)
{
	struct fixture *f = *state;
	struct port_range *p = NULL;
	size_t n = 0;
	assert_int_equal(
		ports_read(entry(f, "1 3 5 7 9 11 13 15 17 19 21 23 25 27 29 31 33 30-32 65535 2"),
			f->arena, &f->diags, &p, &n),
		0);
	assert_faults(&f->diags,
		"a.conf:2:57: error: '30-32' overlaps with an earlier port of this list; name each "
		"port once\n");
	assert_int_equal(n, 19);
	assert_int_equal(p[17].first, 65535);
	assert_int_equal(p[18].last, 2);
}

static void protocols_are_read_once_each(void **state)
{
	struct fixture *f = *state;
	uint8_t *p = NULL;
	size_t n = 0;
	assert_int_equal(protocols_read(entry(f, "tcp udp 0 6, icpm"), f->arena, &f->diags, &p, &n),
		0);
	assert_faults(&f->diags,
		"a.conf:2:21: error: '6' is in this list twice; keep one\n"
		"a.conf:2:24: error: unknown protocol 'icpm'; did you mean 'icmp'?\n");
	assert_int_equal(n, 3);
	assert_int_equal(p[0], 6);
	assert_int_equal(p[1], 17);
	assert_int_equal(p[2], 0);
}

static void words_are_read_by_their_index(void **state)
{
	static const char *const words[] = {"source", "target", "either", NULL};
	struct fixture *f = *state;
	for (int i = 0; words[i]; i++) {
		int word = -1;
		read_word(entry(f, words[i]), words, &f->diags, &word);
		assert_int_equal(word, i);
	}
	assert_no_faults(&f->diags);
}

static void another_word_is_a_fault_with_the_words_there_are(void **state)
{
	static const char *const three[] = {"source", "target", "either", NULL};
	static const char *const two[] = {"both", "single", NULL};
	struct fixture *f = *state;
	int word = 7;
	read_word(entry(f, "sorce"), three, &f->diags, &word);
	assert_faults(&f->diags, "a.conf:2:11: error: 'sorce' is not source, target or either; did "
				 "you mean 'source'?\n");
	read_word(entry(f, "->"), two, &f->diags, &word);
	assert_faults(&f->diags,
		"a.conf:2:11: error: '->' is not both or single; write one of these\n");
	read_word(entry(f, "both single"), two, &f->diags, &word);
	assert_faults(&f->diags,
		"a.conf:2:11: error: 'both single' is not both or single; write one of these\n");
	assert_int_equal(word, 7);
}

static void yes_and_no_are_the_only_answers(void **state)
{
	struct fixture *f = *state;
	bool answer = false;
	read_yes_no(entry(f, "yes"), &f->diags, &answer);
	assert_true(answer);
	read_yes_no(entry(f, "no"), &f->diags, &answer);
	assert_false(answer);
	assert_no_faults(&f->diags);
	read_yes_no(entry(f, "true"), &f->diags, &answer);
	assert_faults(&f->diags,
		"a.conf:2:11: error: 'true' is not no or yes; write one of these\n");
	assert_false(answer);
}

static void numbers_have_their_edges(void **state)
{
	static const struct {
		const char *text;
		uint32_t most, number; /* 0: refused */
	} cases[] = {
		{"1", 5, 1},
		{"5", 5, 5},
		{"6", 5, 0},
		{"0", 5, 0},
		{"-1", 5, 0},
		{"+1", 5, 0},
		{"1x", 5, 0},
		{"1 2", 5, 0},
		{"x", 5, 0},
		{"007", 9, 7},
		{"4294967295", UINT32_MAX, UINT32_MAX},
		{"4294967296", UINT32_MAX, 0},
		{"4294967297", UINT32_MAX, 0},
		{"18446744073709551617", UINT32_MAX, 0},
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t number = 0;
		char expected[200];
		snprintf(expected, sizeof(expected),
			"a.conf:2:11: error: '%s' is not a number from 1 to %u; write one\n",
			cases[i].text, cases[i].most);
		read_number(entry(f, cases[i].text), cases[i].most, &f->diags, &number);
		assert_int_equal(number, cases[i].number);
		assert_faults(&f->diags, cases[i].number ? "" : expected);
	}
}

static void times_are_in_seconds_minutes_hours_or_days(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds; /* -1: refused */
	} cases[] = {
		{"1 s", 1},
		{"90s", 90},
		{"0 s", 0},
		{"0 d", 0},
		{"30 min", 1800},
		{"1 \t h", 3600},
		{"30 d", 30 * 86400},
		{"720 h", 30 * 86400},
		{"721 h", -1},
		{"31 d", -1},
		{"30", -1},
		{"s", -1},
		{"1 m", -1},
		{"1 S", -1},
		{"1 h 30 min", -1},
		{"1.5 h", -1},
		{"-1 s", -1},
		{"4294967296 s", -1},
		{"4294967296 d", -1},
		{"18446744073709551616 s", -1},
		{"9999999999 s", -1},
	};
	static const struct time_bounds bounds = {0, 30 * 86400}, some = {90, 3660};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t time = 77;
		char expected[200];
		snprintf(expected, sizeof(expected),
			"a.conf:2:11: error: '%s' is not a time from 0 s to 30 d; write a number "
			"and s, min, h or d, like 30 min\n",
			cases[i].text);
		read_time(entry(f, cases[i].text), &bounds, &f->diags, &time);
		assert_int_equal(time,
			cases[i].seconds < 0 ? 77 : (uint64_t)cases[i].seconds * 1000000);
		assert_faults(&f->diags, cases[i].seconds < 0 ? expected : "");
	}
	uint64_t time = 77;
	read_time(entry(f, "1 min"), &some, &f->diags, &time);
	assert_faults(&f->diags, "a.conf:2:11: error: '1 min' is not a time from 90 s to 61 min; "
				 "write a number and s, min, h or d, like 30 min\n");
	assert_int_equal(time, 77);
}

static void amounts_are_powers_of_1024(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes; /* 0: refused */
	} cases[] = {
		{"16 GB", UINT64_C(16) << 30},
		{"16GB", UINT64_C(16) << 30},
		{"16 \t GB", UINT64_C(16) << 30},
		{"1 MB", UINT64_C(1) << 20},
		{"2 TB", UINT64_C(2) << 40},
		{"1048576 TB", UINT64_C(1) << 60},
		{"0 GB", 0},
		{"16", 0},
		{"GB", 0},
		{"16 gb", 0},
		{"16 G", 0},
		{"16 GB/day", 0},
		{"1.5 GB", 0},
		{"-1 GB", 0},
		{"4294967297 GB", 0},
		{"18446744073709551617 MB", 0},
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t bytes = 0;
		char expected[200];
		snprintf(expected, sizeof(expected),
			"a.conf:2:11: error: '%s' is not an amount; write a number and MB, GB or "
			"TB, like 16 GB\n",
			cases[i].text);
		read_amount(entry(f, cases[i].text), &f->diags, &bytes);
		assert_int_equal(bytes, cases[i].bytes);
		assert_faults(&f->diags, cases[i].bytes ? "" : expected);
	}
}

static void a_value_below_its_key_is_the_same_value(void **state)
{
	struct fixture *f = *state;
	bool answer = false;
	uint32_t number = 0;
	uint64_t amount = 0;
	read_yes_no(entry(f, "\n\tyes"), &f->diags, &answer);
	read_number(entry(f, "\n\t150"), 1000, &f->diags, &number);
	read_amount(entry(f, "\n\t16 GB"), &f->diags, &amount);
	assert_no_faults(&f->diags);
	assert_true(answer);
	assert_int_equal(number, 150);
	assert_int_equal(amount, UINT64_C(16) << 30);
}

static void an_empty_value_is_told_once_by_the_document(void **state)
{
	struct fixture *f = *state;
	const struct entry *e = entry(f, "");
	struct names n = {0};
	struct port_range *ports = NULL;
	size_t count = 0;
	bool answer = false;
	uint32_t number = 0;
	uint64_t amount = 0;
	assert_faults(&f->diags,
		"a.conf:2:1: error: a key without a value; write one or take the key out\n");
	assert_int_equal(names_read(e, f->arena, &f->diags, &n), 0);
	assert_int_equal(ports_read(e, f->arena, &f->diags, &ports, &count), 0);
	read_yes_no(e, &f->diags, &answer);
	read_number(e, 5, &f->diags, &number);
	read_amount(e, &f->diags, &amount);
	assert_no_faults(&f->diags);
	assert_int_equal(n.count, 0);
	assert_int_equal(count, 0);
}

static void a_fault_is_never_cut_inside_a_letter(void **state)
{
	struct fixture *f = *state;
	for (size_t before = 0; before < 4; before++) {
		char word[300] = "xxxx";
		struct names n = {0};
		bool answer = false;
		word[before] = '\0';
		while (strlen(word) < 200)
			strcat(word, "é€𝄞");
		const struct entry *e = entry(f, word);
		assert_int_equal(names_read(e, f->arena, &f->diags, &n), 0);
		read_yes_no(e, &f->diags, &answer);
		assert_int_equal(f->diags.count, 2);
		for (size_t i = 0; i < 2; i++) {
			const char *message = f->diags.items[i].message;
			assert_int_equal(utf8_valid_length(message, strlen(message)),
				strlen(message));
		}
		diags_done(&f->diags);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(names_keep_their_order_and_places),
		FIXTURE_TEST(a_key_that_is_not_set_changes_nothing),
		FIXTURE_TEST(wrong_names_are_faults_and_the_others_stay),
		FIXTURE_TEST(ports_are_read_in_order),
		FIXTURE_TEST(ports_that_overlap_or_are_none_are_faults),
		FIXTURE_TEST(ports_of_a_long_list_that_overlap_are_faults),
		FIXTURE_TEST(protocols_are_read_once_each),
		FIXTURE_TEST(words_are_read_by_their_index),
		FIXTURE_TEST(another_word_is_a_fault_with_the_words_there_are),
		FIXTURE_TEST(yes_and_no_are_the_only_answers),
		FIXTURE_TEST(numbers_have_their_edges),
		FIXTURE_TEST(times_are_in_seconds_minutes_hours_or_days),
		FIXTURE_TEST(amounts_are_powers_of_1024),
		FIXTURE_TEST(a_value_below_its_key_is_the_same_value),
		FIXTURE_TEST(an_empty_value_is_told_once_by_the_document),
		FIXTURE_TEST(a_fault_is_never_cut_inside_a_letter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
