/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets as they are on the wire, whole, cut and lying about their lengths. */
#include "net/wire.h"

#include "names/packets.h"

static const char said[] = "0123456789";
enum { SAID = sizeof(said) - 1 };

static struct wire_tuple udp4(void)
{
	return tuple_of(IPPROTO_UDP, "10.0.0.1", 40000, "10.0.0.53", 53);
}

static struct wire_tuple tcp6(void)
{
	return tuple_of(IPPROTO_TCP, "2001:db8::1", 40000, "2001:db8::53", 53);
}

/* From memory of exactly that size, so that a sanitizer sees each byte beyond it. */
static bool reads(const struct wire *w, size_t length, struct wire_packet *ret)
{
	static uint8_t *copy;
	free(copy);
	copy = malloc(length ? length : 1);
	assert_non_null(copy);
	memcpy(copy, w->bytes, length);
	return wire_read(copy, length, ret);
}

static void assert_packet(const struct wire *w, const struct wire_tuple *t)
{
	struct wire_packet p;
	assert_true(reads(w, w->length, &p));
	assert_true(wire_same(&p.tuple, t));
	assert_int_equal(p.length, SAID);
	assert_memory_equal(p.payload, said, SAID);
	assert_false(p.is_cut);
}

TEST(both_protocols_of_both_families_are_read)
{
	static struct wire w;
	struct wire_tuple t = udp4();
	make_udp(&w, &t, said, SAID);
	assert_packet(&w, &t);
	t.protocol = IPPROTO_TCP;
	make_tcp(&w, &t, TH_ACK, 7, said, SAID);
	assert_packet(&w, &t);
	t = tcp6();
	make_tcp(&w, &t, TH_ACK, 7, said, SAID);
	assert_packet(&w, &t);
	t.protocol = IPPROTO_UDP;
	make_udp(&w, &t, said, SAID);
	assert_packet(&w, &t);
}

TEST(a_segment_has_its_sequence_and_flags)
{
	static struct wire w;
	struct wire_packet p;
	const struct wire_tuple t = tcp6();
	make_tcp(&w, &t, TH_SYN | TH_ACK, 0xfedcba98, "", 0);
	assert_true(reads(&w, w.length, &p));
	assert_int_equal(p.sequence, 0xfedcba98);
	assert_int_equal(p.flags, TH_SYN | TH_ACK);
	assert_int_equal(p.length, 0);
	assert_false(p.is_cut);
}

TEST(a_copy_that_was_cut_says_so_and_one_without_its_headers_is_none)
{
	static struct wire w;
	struct wire_packet p;
	struct wire_tuple t = udp4();
	make_udp(&w, &t, said, SAID);
	for (size_t n = 0; n < w.length; n++) {
		assert_int_equal(reads(&w, n, &p), n >= IP4_SIZE + UDP_SIZE);
		if (n < IP4_SIZE + UDP_SIZE)
			continue;
		assert_true(p.is_cut);
		assert_int_equal(p.length, n - IP4_SIZE - UDP_SIZE);
	}
	t = tcp6();
	make_tcp(&w, &t, TH_ACK, 7, said, SAID);
	for (size_t n = 0; n < w.length; n++) {
		assert_int_equal(reads(&w, n, &p), n >= IP6_SIZE + TCP_SIZE);
		assert_true(n < IP6_SIZE + TCP_SIZE || p.is_cut);
	}
}

TEST(what_is_behind_a_packet_is_not_of_it)
{
	static struct wire w;
	struct wire_tuple t = udp4();
	make_udp(&w, &t, said, SAID);
	put32(&w, 0); /* padding of the link */
	assert_packet(&w, &t);
	/* and what is behind the datagram in its packet */
	make_udp(&w, &t, "0123456789xxxx", SAID + 4);
	w.bytes[IP4_SIZE + 5] = UDP_SIZE + SAID;
	assert_packet(&w, &t);
}

TEST(lengths_that_cannot_be_are_refused)
{
	static struct wire w;
	struct wire_packet p;
	struct wire_tuple t = udp4();
	make_udp(&w, &t, said, SAID);
	w.bytes[IP4_SIZE + 5] = UDP_SIZE - 1;
	assert_false(reads(&w, w.length, &p));
	w.bytes[IP4_SIZE + 4] = 0xff; /* longer than its packet */
	assert_false(reads(&w, w.length, &p));
	make_udp(&w, &t, said, SAID);
	w.bytes[0] = 0x44; /* a header of 16 bytes */
	assert_false(reads(&w, w.length, &p));
	w.bytes[0] = 0x4f; /* one of 60 */
	assert_false(reads(&w, w.length, &p));
	t = tcp6();
	make_tcp(&w, &t, TH_ACK, 7, said, SAID);
	w.bytes[IP6_SIZE + 12] = 0x40;
	assert_false(reads(&w, w.length, &p));
	w.bytes[IP6_SIZE + 12] = 0xf0;
	assert_false(reads(&w, w.length, &p));
	w.bytes[0] = 0x50; /* IPv5 */
	assert_false(reads(&w, w.length, &p));
}

TEST(fragments_and_other_protocols_are_passed_over)
{
	static struct wire w;
	struct wire_packet p;
	struct wire_tuple t = udp4();
	make_udp(&w, &t, said, SAID);
	w.bytes[6] = 0x20; /* more of it follows */
	assert_false(reads(&w, w.length, &p));
	w.bytes[6] = 0;
	w.bytes[7] = 1; /* a later part */
	assert_false(reads(&w, w.length, &p));
	w.bytes[6] = 0x40; /* may not be cut */
	w.bytes[7] = 0;
	assert_true(reads(&w, w.length, &p));
	w.bytes[9] = IPPROTO_ICMP;
	assert_false(reads(&w, w.length, &p));
	t = tcp6();
	make_tcp(&w, &t, TH_ACK, 7, said, SAID);
	w.bytes[6] = IPPROTO_FRAGMENT;
	assert_false(reads(&w, w.length, &p));
}

TEST(options_of_either_family_are_skipped)
{
	static struct wire w, longer;
	struct wire_tuple t = tcp6();
	make_tcp(&w, &t, TH_ACK, 7, said, SAID);
	longer.length = 0;
	put_bytes(&longer, w.bytes, IP6_SIZE);
	longer.bytes[5] = (uint8_t)(longer.bytes[5] + 8);
	longer.bytes[6] = IPPROTO_DSTOPTS;
	put32(&longer, (uint32_t)IPPROTO_TCP << 24);
	put32(&longer, 0);
	put_bytes(&longer, w.bytes + IP6_SIZE, w.length - IP6_SIZE);
	assert_packet(&longer, &t);
	t = udp4();
	make_udp(&w, &t, said, SAID);
	longer.length = 0;
	put_bytes(&longer, w.bytes, IP4_SIZE);
	longer.bytes[0] = 0x46;
	longer.bytes[3] = (uint8_t)(longer.bytes[3] + 4);
	put32(&longer, 0);
	put_bytes(&longer, w.bytes + IP4_SIZE, w.length - IP4_SIZE);
	assert_packet(&longer, &t);
}

TEST(a_tuple_reversed_twice_is_itself)
{
	const struct wire_tuple t = udp4(), r = wire_reverse(&t), again = wire_reverse(&r);
	assert_false(wire_same(&t, &r));
	assert_true(wire_same(&t, &again));
	assert_int_equal(r.source_port, 53);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_protocols_of_both_families_are_read),
		cmocka_unit_test(a_segment_has_its_sequence_and_flags),
		cmocka_unit_test(a_copy_that_was_cut_says_so_and_one_without_its_headers_is_none),
		cmocka_unit_test(what_is_behind_a_packet_is_not_of_it),
		cmocka_unit_test(lengths_that_cannot_be_are_refused),
		cmocka_unit_test(fragments_and_other_protocols_are_passed_over),
		cmocka_unit_test(options_of_either_family_are_skipped),
		cmocka_unit_test(a_tuple_reversed_twice_is_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
