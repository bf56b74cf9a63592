/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packets have an address in a field. */
#include "others/read_address.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <linux/netfilter/nf_tables.h>

#include "others/foreign_text.h"

static struct foreign_slot slot_of(uint8_t families, uint32_t offset, uint32_t length)
{
	struct foreign_slot s;
	assert_true(foreign_address_slot(families, offset, length, &s));
	return s;
}

static void assert_compared(struct foreign_slot s, uint32_t op, const char *bytes, size_t length,
	const char *wanted)
{
	struct foreign_boxes list = {0};
	struct foreign_box b = foreign_all(FOREIGN_IPV4 | FOREIGN_IPV6);
	struct text text = {0};
	assert_int_equal(foreign_add(&list, &b), 0);
	assert_int_equal(
		foreign_address_compare(&s, op, (const uint8_t *)bytes, length, &list), 0);
	put_boxes(&text, list.items, list.count);
	assert_text(&text, wanted, bytes);
	free(list.items);
}

TEST(a_comparison_narrows_to_a_run)
{
	struct foreign_slot source = slot_of(FOREIGN_IPV4, 12, 4), first = slot_of(FOREIGN_IPV4, 16, 1);
	assert_compared(source, NFT_CMP_EQ, "\12\0\0\1", 4, " saddr 10.0.0.1 ip4");
	assert_compared(first, NFT_CMP_EQ, "\12", 1, " daddr 10.0.0.0/8 ip4");
	assert_compared(first, NFT_CMP_NEQ, "\377", 1, " daddr 0.0.0.0-254.255.255.255 ip4");
	assert_compared(first, NFT_CMP_NEQ, "\0", 1, " daddr 1.0.0.0-255.255.255.255 ip4");
	assert_compared(source, NFT_CMP_LT, "\12\0\0\1", 4, " saddr 0.0.0.0-10.0.0.0 ip4");
	assert_compared(source, NFT_CMP_LTE, "\12\0\0\1", 4, " saddr 0.0.0.0-10.0.0.1 ip4");
	assert_compared(source, NFT_CMP_GT, "\376\0\0\1", 4,
		" saddr 254.0.0.2-255.255.255.255 ip4");
	assert_compared(source, NFT_CMP_GTE, "\376\0\0\1", 4,
		" saddr 254.0.0.1-255.255.255.255 ip4");
	assert_compared(source, 99, "\12\0\0\1", 4, " some");
	assert_compared(slot_of(FOREIGN_IPV6, 8, 2), NFT_CMP_EQ, "\376\200", 2,
		" saddr fe80::/16 ip6");
	assert_compared(slot_of(FOREIGN_IPV4, 12, 8), NFT_CMP_EQ, "\12\0\0\1\12\0\0\2", 8,
		" saddr 10.0.0.1 daddr 10.0.0.2 ip4");
	assert_compared(slot_of(FOREIGN_IPV4, 12, 8), NFT_CMP_NEQ, "\12\0\0\1\12\0\0\2", 8,
		" some");
}

TEST(what_is_no_address_is_none)
{
	struct foreign_slot s;
	assert_false(foreign_address_slot(FOREIGN_IPV4 | FOREIGN_IPV6, 12, 4, &s));
	assert_false(foreign_address_slot(FOREIGN_IPV4, 13, 4, &s));
	assert_false(foreign_address_slot(FOREIGN_IPV4, 16, 8, &s));
	assert_false(foreign_address_slot(FOREIGN_IPV6, 12, 4, &s));
}

TEST(a_mask_leaves_the_beginning)
{
	struct foreign_slot s = slot_of(FOREIGN_IPV4, 12, 4), two = slot_of(FOREIGN_IPV4, 12, 8);
	foreign_address_mask(&s, (const uint8_t *)"\377\360\0\0", 4);
	assert_compared(s, NFT_CMP_EQ, "\12\20\0\0", 4, " saddr 10.16.0.0/12 ip4");
	foreign_address_mask(&s, (const uint8_t *)"\0\0\0\377", 4);
	assert_int_equal(s.field, FOREIGN_OPAQUE);
	foreign_address_mask(&two, (const uint8_t *)"\377\377\377\377\377\377\0\0", 8);
	assert_int_equal(two.field, FOREIGN_OPAQUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_comparison_narrows_to_a_run),
		cmocka_unit_test(what_is_no_address_is_none),
		cmocka_unit_test(a_mask_leaves_the_beginning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
