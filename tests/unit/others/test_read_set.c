/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements of sets, made by hand here; those of the kernel are in test_foreign_rule.c. */
#include "others/read_set.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "others/foreign_text.h"

static const struct foreign_slot dport[] = {{.field = FOREIGN_PORT, .port = FOREIGN_DPORT}};
static const struct foreign_slot pair[] = {
	{.field = FOREIGN_L4PROTO}, {.field = FOREIGN_PORT, .port = FOREIGN_DPORT}};

static struct foreign_element port(uint16_t number)
{
	return (struct foreign_element){.key = {(uint8_t)(number >> 8), (uint8_t)number}};
}

static struct foreign_element end_before(uint16_t number)
{
	struct foreign_element e = port(number);
	e.is_end = true;
	return e;
}

static void assert_match(struct foreign_set *s, bool inverted, const struct foreign_slot *slots,
	const char *wanted)
{
	struct foreign_boxes list = {0};
	struct foreign_box b = foreign_all(FOREIGN_IPV4 | FOREIGN_IPV6);
	struct text text = {0};
	foreign_set_sort(s);
	assert_int_equal(foreign_add(&list, &b), 0);
	assert_int_equal(foreign_set_match(s, inverted, slots, &list), 0);
	put_boxes(&text, list.items, list.count);
	assert_text(&text, wanted, "set");
	free(list.items);
}

TEST(a_hash_has_values)
{
	struct foreign_element items[] = {port(443), port(80)};
	struct foreign_set s = {.key_length = 2, .items = items, .count = 2, .is_whole = true};
	assert_match(&s, false, dport, " dport 80 or dport 443");
	assert_match(&s, true, dport, " dport 0-79 or dport 81-442 or dport 444-65535");
}

TEST(a_tree_has_beginnings_and_ends)
{
	struct foreign_element items[] = {
		end_before(444), port(443), end_before(0), end_before(100), port(80), port(60000)};
	struct foreign_set s = {.key_length = 2,
		.flags = NFT_SET_INTERVAL,
		.items = items,
		.count = 6,
		.is_whole = true};
	assert_match(&s, false, dport, " dport 80-99 or dport 443 or dport 60000-65535");
	assert_match(&s, true, dport, " dport 0-79 or dport 100-442 or dport 444-59999");
}

TEST(a_concatenation_has_a_value_for_each_field)
{
	struct foreign_element items[] = {
		{.key = {6, 0, 0, 0, 0, 22}},
		{.key = {17, 0, 0, 0, 0, 53}, .key_end = {17, 0, 0, 0, 0, 60}, .has_key_end = true},
	};
	struct foreign_set s = {.key_length = 8, .items = items, .count = 2, .is_whole = true};
	assert_match(&s, false, pair, " tcp dport 22 or udp dport 53-60");
	assert_match(&s, true, pair, " some-by-port");
}

TEST(what_matches_the_rest_matches_all)
{
	struct foreign_element items[] = {{.is_default = true}, port(80)};
	struct foreign_set s = {.key_length = 2, .items = items, .count = 2, .is_whole = true};
	assert_match(&s, false, dport, " dport 80 or");
}

TEST(a_set_that_was_not_read_matches_something)
{
	static const struct foreign_slot address[] = {{.field = FOREIGN_OPAQUE}};
	struct foreign_set s = {.key_length = 4};
	assert_match(&s, false, dport, " some-by-port");
	assert_match(&s, false, address, " some");
	assert_match(&s, true, address, " some");
}

TEST(verdicts_end_a_rule_or_let_it_go_on)
{
	enum foreign_end end;
	assert_true(foreign_verdict(NF_DROP, &end));
	assert_int_equal(end, FOREIGN_DROP);
	assert_true(foreign_verdict((uint32_t)NFT_GOTO, &end));
	assert_int_equal(end, FOREIGN_GOTO);
	assert_true(foreign_verdict(NF_QUEUE, &end));
	assert_int_equal(end, FOREIGN_UNKNOWN);
	assert_false(foreign_verdict((uint32_t)NFT_CONTINUE, &end));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hash_has_values),
		cmocka_unit_test(a_tree_has_beginnings_and_ends),
		cmocka_unit_test(a_concatenation_has_a_value_for_each_field),
		cmocka_unit_test(what_matches_the_rest_matches_all),
		cmocka_unit_test(verdicts_end_a_rule_or_let_it_go_on),
		cmocka_unit_test(a_set_that_was_not_read_matches_something),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
