/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packets have a value in a field. */
#include "others/read_field.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <linux/netfilter/nf_tables.h>

#include "others/foreign_text.h"

static const struct foreign_slot opaque = {.field = FOREIGN_OPAQUE};
static const struct foreign_slot dport = {.field = FOREIGN_PORT, .port = FOREIGN_DPORT};
static const struct foreign_slot two_ports = {.field = FOREIGN_TWO_PORTS};
static const struct foreign_slot port_bits = {.field = FOREIGN_PORT_BITS};
static const struct foreign_slot l4proto = {.field = FOREIGN_L4PROTO};
static const struct foreign_slot state = {.field = FOREIGN_STATE};
static const struct foreign_slot invalid_bit = {.field = FOREIGN_STATE_BITS, .mask = 1};
static const struct foreign_slot nfproto = {.field = FOREIGN_NFPROTO};
static const struct foreign_slot ethertype = {.field = FOREIGN_ETHERTYPE};
static const struct foreign_slot name = {.field = FOREIGN_LINK_NAME};
static const struct foreign_slot daddr_type = {.field = FOREIGN_TYPE, .side = FOREIGN_DESTINATION};
static const struct foreign_slot dnat_bit = {.field = FOREIGN_STATUS_BITS, .mask = 0x20};
static const struct foreign_slot link_index = {.field = FOREIGN_LINK_INDEX};

static void comparisons_narrow_to_what_they_say(void **state_)
{
	static const struct {
		const struct foreign_slot *slot;
		uint32_t op;
		const char *bytes;
		size_t length;
		const char *wanted;
	} cases[] = {
		{&dport, NFT_CMP_EQ, "\0\26", 2, " dport 22"},
		{&dport, NFT_CMP_NEQ, "\0\26", 2, " dport 0-21 or dport 23-65535"},
		{&dport, NFT_CMP_NEQ, "\0\0", 2, " dport 1-65535"},
		{&dport, NFT_CMP_LT, "\4\0", 2, " dport 0-1023"},
		{&dport, NFT_CMP_LT, "\0\0", 2, ""},
		{&dport, NFT_CMP_LTE, "\4\0", 2, " dport 0-1024"},
		{&dport, NFT_CMP_GT, "\4\0", 2, " dport 1025-65535"},
		{&dport, NFT_CMP_GT, "\377\377", 2, ""},
		{&dport, NFT_CMP_GTE, "\4\0", 2, " dport 1024-65535"},
		{&dport, 99, "\4\0", 2, " some-by-port"},
		{&two_ports, NFT_CMP_EQ, "\0\1\0\2", 4, " dport 2 sport 1"},
		{&two_ports, NFT_CMP_GT, "\0\1\0\2", 4, " some-by-port"},
		{&port_bits, NFT_CMP_EQ, "\0\1", 2, " some-by-port"},
		{&l4proto, NFT_CMP_EQ, "\6", 1, " tcp"},
		{&l4proto, NFT_CMP_NEQ, "\6", 1, " 6-protocols or 249-protocols"},
		{&state, NFT_CMP_EQ, "\10\0\0\0", 4, " state 8"},
		{&state, NFT_CMP_NEQ, "\1\0\0\0", 4, " state fffffffe"},
		{&invalid_bit, NFT_CMP_NEQ, "\0\0\0\0", 4, " state 1"},
		{&invalid_bit, NFT_CMP_EQ, "\0\0\0\0", 4, " state fffffffe"},
		{&invalid_bit, NFT_CMP_EQ, "\1\0\0\0", 4, " state 1"},
		{&nfproto, NFT_CMP_EQ, "\2", 1, " ip4"},
		{&nfproto, NFT_CMP_EQ, "\12", 1, " ip6"},
		{&nfproto, NFT_CMP_EQ, "\3", 1, ""},
		{&ethertype, NFT_CMP_EQ, "\10\0", 2, " ip4"},
		{&ethertype, NFT_CMP_EQ, "\206\335", 2, " ip6"},
		{&name, NFT_CMP_EQ, "lo\0\0", 4, ""},
		{&name, NFT_CMP_NEQ, "lo\0\0", 4, ""},
		{&name, NFT_CMP_EQ, "eth0", 4, " iif eth0*"},
		{&name, NFT_CMP_EQ, "eth0\0\0\0\0", 8, " iif eth0"},
		{&name, NFT_CMP_NEQ, "eth0\0\0\0\0", 8, " iif not eth0"},
		{&name, NFT_CMP_EQ, "lo", 3, ""},
		{&name, NFT_CMP_EQ, "lo", 2, " iif lo*"},
		{&link_index, NFT_CMP_EQ, "\1\0\0\0", 4, ""},
		{&link_index, NFT_CMP_EQ, "\377\377\0\0", 4, " some"},
		{&daddr_type, NFT_CMP_EQ, "\2\0\0\0", 4, " dtype 4"},
		{&daddr_type, NFT_CMP_NEQ, "\2\0\0\0", 4, " dtype 3 or dtype fff8"},
		{&dnat_bit, NFT_CMP_NEQ, "\0\0\0\0", 4, " dnated"},
		{&dnat_bit, NFT_CMP_EQ, "\0\0\0\0", 4, " as-dialled"},
		{&opaque, NFT_CMP_EQ, "\1\2\3\4", 4, " some"},
		{&opaque, NFT_CMP_NEQ, "\1\2\3\4", 4, " some"},
	};
	(void)state_;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct foreign_boxes list = {0};
		struct foreign_box b = foreign_all(FOREIGN_IPV4 | FOREIGN_IPV6);
		struct text text = {0};
		char about[64];
		assert_int_equal(foreign_add(&list, &b), 0);
		assert_int_equal(foreign_compare(cases[i].slot, cases[i].op,
					 (const uint8_t *)cases[i].bytes, cases[i].length, &list),
			0);
		put_boxes(&text, list.items, list.count);
		snprintf(about, sizeof(about), "case %zu", i);
		assert_text(&text, cases[i].wanted, about);
		free(list.items);
	}
}

/* "" above may mean all packets, or none. */
static void what_is_lo_is_not_ours_and_what_is_not_is(void **state_)
{
	static const struct foreign_slot *const slots[] = {&name, &link_index};
	static const uint8_t *const bytes[] = {
		(const uint8_t *)"lo\0\0", (const uint8_t *)"\1\0\0\0"};
	(void)state_;
	for (int i = 0; i < 2; i++) {
		struct foreign_boxes list = {0};
		struct foreign_box b = foreign_all(FOREIGN_IPV4);
		assert_int_equal(foreign_add(&list, &b), 0);
		assert_int_equal(foreign_compare(slots[i], NFT_CMP_NEQ, bytes[i], 4, &list), 0);
		assert_int_equal(list.count, 1);
		assert_false(list.items->is_narrower);
		assert_int_equal(foreign_compare(slots[i], NFT_CMP_EQ, bytes[i], 4, &list), 0);
		assert_int_equal(list.count, 0);
		free(list.items);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparisons_narrow_to_what_they_say),
		cmocka_unit_test(what_is_lo_is_not_ours_and_what_is_not_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
