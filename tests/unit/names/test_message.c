/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers as servers give them, and as nobody should. */
#include <errno.h>
#include <stdio.h>

#include "ruleset/failing_malloc.h"
#include "wire.h"

static struct wire w; /* 64 KiB */

static void read_and_chain(const char *name, struct message *m, struct chain *c)
{
	*m = read_good(&w);
	message_chain(m, name, c);
}

/* The addresses and their TTLs, as "10.0.0.1/300 ::1/60". */
static void assert_addresses(const char *name, const char *expected)
{
	struct message m;
	struct chain c;
	struct addr a;
	uint32_t ttl;
	char found[512] = "", one[INET6_ADDRSTRLEN];
	read_and_chain(name, &m, &c);
	for (size_t at = 0; message_next_address(&m, &c, &at, &a, &ttl);) {
		addr_print(&a, one);
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s/%u",
			*found ? " " : "", one, ttl);
	}
	assert_string_equal(found, expected);
	message_done(&m);
}

TEST(a_question_has_id_name_and_type)
{
	begin(&w, 0x1234, QUESTION, "Login.Example.COM", MESSAGE_AAAA);
	struct message m = read_good(&w);
	assert_false(m.is_reply);
	assert_int_equal(m.question.id, 0x1234);
	assert_string_equal(m.question.name, "login.example.com");
	assert_int_equal(m.question.type, MESSAGE_AAAA);
	assert_int_equal(m.count, 0);
	message_done(&m);
}

TEST(a_reply_answers_the_question_with_its_id_name_and_type_only)
{
	struct question q = {.id = 7, .type = MESSAGE_A, .class = 1, .name = "a.example"}, other;
	begin(&w, 7, REPLY, "A.eXample", MESSAGE_A);
	struct message m = read_good(&w);
	assert_true(message_answers(&m, &q));
	other = q, other.id = 8;
	assert_false(message_answers(&m, &other));
	other = q, other.type = MESSAGE_AAAA;
	assert_false(message_answers(&m, &other));
	other = q, other.class = 3;
	assert_false(message_answers(&m, &other));
	other = q, strcpy(other.name, "b.example");
	assert_false(message_answers(&m, &other));
	message_done(&m);
	begin(&w, 7, QUESTION, "a.example", MESSAGE_A);
	m = read_good(&w);
	assert_false(message_answers(&m, &q));
	message_done(&m);
}

TEST(codes_are_told_with_their_upper_bits)
{
	begin(&w, 1, REPLY | MESSAGE_NXDOMAIN, "a.example", MESSAGE_A);
	struct message m = read_good(&w);
	assert_int_equal(m.code, MESSAGE_NXDOMAIN);
	message_done(&m);
	begin(&w, 1, REPLY, "a.example", MESSAGE_A);
	end_data(&w, put_head(&w, ADDITIONAL, "", 41, 1u << 24)); /* BADVERS */
	m = read_good(&w);
	assert_int_equal(m.code, 16);
	message_done(&m);
}

TEST(letters_of_any_case_are_one_name)
{
	begin(&w, 1, REPLY, "LOGIN.example.com", MESSAGE_A);
	put_alias(&w, "login.EXAMPLE.com", 60, "Front.Example.NET");
	put_address(&w, "fRONT.example.net", 300, "192.0.2.1");
	assert_addresses("login.example.com", "192.0.2.1/60");
}

TEST(the_ttl_is_the_smallest_along_a_chain_of_ten)
{
	char from[32], to[32];
	begin(&w, 1, REPLY, "n0.example", MESSAGE_A);
	for (int i = 0; i < 10; i++) {
		snprintf(from, sizeof(from), "n%d.example", i);
		snprintf(to, sizeof(to), "n%d.example", i + 1);
		put_alias(&w, from, i == 4 ? 17 : 1000, to);
	}
	put_address(&w, "n10.example", 300, "192.0.2.1");
	put_address(&w, "n10.example", 5, "192.0.2.2");
	assert_addresses("n0.example", "192.0.2.1/17 192.0.2.2/5");
	assert_addresses("n5.example", "192.0.2.1/300 192.0.2.2/5");
}

TEST(records_may_stand_in_any_order)
{
	begin(&w, 1, REPLY, "a.example", MESSAGE_A);
	put_address(&w, "c.example", 300, "192.0.2.1");
	put_alias(&w, "b.example", 60, "c.example");
	put_alias(&w, "a.example", 90, "b.example");
	assert_addresses("a.example", "192.0.2.1/60");
}

TEST(a_loop_is_told_and_gives_nothing)
{
	struct message m;
	struct chain c;
	begin(&w, 1, REPLY, "a.example", MESSAGE_A);
	put_alias(&w, "a.example", 60, "b.example");
	put_alias(&w, "b.example", 60, "c.example");
	put_alias(&w, "c.example", 60, "b.example");
	put_address(&w, "c.example", 60, "192.0.2.1");
	read_and_chain("a.example", &m, &c);
	assert_int_equal(c.end, CHAIN_LOOPS);
	message_done(&m);
	assert_addresses("a.example", "");
	begin(&w, 1, REPLY, "a.example", MESSAGE_A);
	put_alias(&w, "a.example", 60, "A.example");
	read_and_chain("a.example", &m, &c);
	assert_int_equal(c.end, CHAIN_LOOPS);
	message_done(&m);
}

TEST(a_chain_longer_than_the_bound_is_told_and_gives_nothing)
{
	struct message m;
	struct chain c;
	char from[32], to[32];
	for (int length = CHAIN_NAMES_MOST - 1; length <= CHAIN_NAMES_MOST; length++) {
		begin(&w, 1, REPLY, "n0.example", MESSAGE_A);
		for (int i = 0; i < length; i++) {
			snprintf(from, sizeof(from), "n%d.example", i);
			snprintf(to, sizeof(to), "n%d.example", i + 1);
			put_alias(&w, from, 60, to);
		}
		put_address(&w, to, 60, "192.0.2.1");
		read_and_chain("n0.example", &m, &c);
		assert_int_equal(c.end, length < CHAIN_NAMES_MOST ? CHAIN_ENDS : CHAIN_TOO_LONG);
		message_done(&m);
		assert_addresses("n0.example", length < CHAIN_NAMES_MOST ? "192.0.2.1/60" : "");
	}
}

TEST(three_hundred_addresses_are_three_hundred)
{
	struct message m;
	struct chain c;
	struct addr a;
	uint32_t ttl;
	unsigned n = 0;
	char address[32];
	begin(&w, 1, REPLY, "a.example", MESSAGE_A);
	for (int i = 0; i < 300; i++) {
		snprintf(address, sizeof(address), "10.9.%d.%d", i / 256, i % 256);
		put_address(&w, "@12", 60, address);
	}
	read_and_chain("a.example", &m, &c);
	for (size_t at = 0; message_next_address(&m, &c, &at, &a, &ttl); n++)
		assert_int_equal(a.bytes[2] * 256 + a.bytes[3], n);
	assert_int_equal(n, 300);
	message_done(&m);
}

TEST(only_the_family_that_was_asked_for_is_taken)
{
	begin(&w, 1, REPLY, "a.example", MESSAGE_AAAA);
	put_address(&w, "a.example", 60, "2001:db8::1");
	put_address(&w, "a.example", 60, "192.0.2.1");
	assert_addresses("a.example", "2001:db8::1/60");
	begin(&w, 1, REPLY, "a.example", 255);
	put_address(&w, "a.example", 60, "2001:db8::1");
	put_address(&w, "a.example", 60, "192.0.2.1");
	assert_addresses("a.example", "2001:db8::1/60 192.0.2.1/60");
}

TEST(a_ttl_of_two_to_the_31_is_zero)
{
	begin(&w, 1, REPLY, "a.example", MESSAGE_A);
	put_address(&w, "a.example", 0, "192.0.2.1");
	put_address(&w, "a.example", INT32_MAX, "192.0.2.2");
	put_address(&w, "a.example", 1u << 31, "192.0.2.3");
	put_address(&w, "a.example", UINT32_MAX, "192.0.2.4");
	assert_addresses("a.example",
		"192.0.2.1/0 192.0.2.2/2147483647 192.0.2.3/0 192.0.2.4/0");
}

TEST(what_nobody_asked_for_is_not_taken)
{
	size_t at;
	begin(&w, 1, REPLY, "a.example", MESSAGE_A);
	put_address(&w, "evil.example", 60, "192.0.2.66");
	put_data(&w, "a.example", 16, 60, "\4text", 5);
	put_address(&w, "a.example", 60, "192.0.2.1");
	at = put_head(&w, AUTHORITY, "a.example", MESSAGE_A, 60);
	put32(&w, 0xc0000242);
	end_data(&w, at);
	at = put_head(&w, ADDITIONAL, "a.example", MESSAGE_A, 60);
	put32(&w, 0xc0000243);
	end_data(&w, at);
	assert_addresses("a.example", "192.0.2.1/60");
}

TEST(records_of_another_class_are_passed_over)
{
	size_t at;
	begin(&w, 1, REPLY, "a.example", MESSAGE_A);
	at = put_head(&w, ANSWER, "a.example", MESSAGE_A, 60);
	w.bytes[at - 5] = 3; /* CHAOS, where an A has a name */
	put32(&w, 0xc0000201);
	end_data(&w, at);
	assert_addresses("a.example", "");
}

TEST(services_have_targets_and_ports)
{
	struct message m;
	struct chain c;
	const struct message_record *r;
	uint32_t ttl;
	size_t at = 0;
	begin(&w, 1, REPLY, "_ldap._tcp.corp.example", MESSAGE_SRV);
	put_alias(&w, "_ldap._tcp.corp.example", 30, "_ldap._tcp.east.example");
	put_service(&w, "_ldap._tcp.east.example", 600, 389, "DC1.corp.example");
	put_service(&w, "_ldap._tcp.east.example", 20, 3389, "dc2.corp.example");
	put_service(&w, "_ldap._tcp.east.example", 20, 0, "");
	read_and_chain("_ldap._tcp.corp.example", &m, &c);
	assert_true(message_next_service(&m, &c, &at, &r, &ttl));
	assert_string_equal(r->target, "dc1.corp.example");
	assert_int_equal(r->port, 389);
	assert_int_equal(r->priority, 1);
	assert_int_equal(r->weight, 2);
	assert_int_equal(ttl, 30);
	assert_true(message_next_service(&m, &c, &at, &r, &ttl));
	assert_string_equal(r->target, "dc2.corp.example");
	assert_int_equal(r->port, 3389);
	assert_int_equal(ttl, 20);
	assert_false(message_next_service(&m, &c, &at, &r, &ttl));
	message_done(&m);
}

TEST(a_truncated_reply_says_so_wherever_it_ends)
{
	struct message m;
	begin(&w, 9, TRUNCATED_REPLY, "a.example", MESSAGE_A);
	const size_t question = w.length;
	put_address(&w, "@12", 60, "192.0.2.1");
	put_address(&w, "@12", 60, "192.0.2.2");
	for (size_t length = 0; length <= w.length; length++) {
		int r = read_exactly(w.bytes, length, &m);
		assert_int_equal(r, length < question ? -EBADMSG : 0);
		if (r < 0)
			continue;
		assert_true(m.is_truncated);
		assert_string_equal(m.question.name, "a.example");
		assert_int_equal(m.count, length == w.length ? 2 : 0);
		message_done(&m);
	}
}

TEST(no_part_of_a_message_is_a_message)
{
	struct message m;
	begin(&w, 1, REPLY, "_ldap._tcp.corp.example", MESSAGE_SRV);
	put_alias(&w, "@12", 30, "east@23");
	put_service(&w, "east.example", 600, 389, "dc1.corp.example");
	put_address(&w, "@12", 60, "2001:db8::1");
	end_data(&w, put_head(&w, ADDITIONAL, "", 41, 0));
	for (size_t length = 0; length < w.length; length++)
		assert_int_equal(read_exactly(w.bytes, length, &m), -EBADMSG);
	assert_int_equal(read_exactly(w.bytes, w.length, &m), 0);
	message_done(&m);
	put8(&w, 0);
	assert_refused(&w);
}

TEST(wrong_counts_are_refused)
{
	for (size_t count = 4; count < 12; count += 2)
		for (unsigned n = 0; n < 65536; n += n < 4 ? 1 : 9999) {
			begin(&w, 1, REPLY, "a.example", MESSAGE_A);
			put_address(&w, "@12", 60, "192.0.2.1");
			if (n == (unsigned)w.bytes[count + 1])
				continue;
			w.bytes[count] = (uint8_t)(n >> 8);
			w.bytes[count + 1] = (uint8_t)n;
			assert_refused(&w);
		}
}

TEST(pointers_lead_backwards_only)
{
	begin(&w, 1, REPLY, "a.example", MESSAGE_A);
	const size_t owner = w.length;
	char name[32];
	snprintf(name, sizeof(name), "@%zu", owner); /* at itself */
	put_address(&w, name, 60, "192.0.2.1");
	assert_refused(&w);
	begin(&w, 1, REPLY, "a.example", MESSAGE_A);
	snprintf(name, sizeof(name), "x@%zu", owner); /* at its own beginning */
	put_address(&w, name, 60, "192.0.2.1");
	assert_refused(&w);
	begin(&w, 1, REPLY, "a.example", MESSAGE_A);
	snprintf(name, sizeof(name), "@%zu", owner + 16); /* forwards, at a name that is good */
	put_address(&w, name, 60, "192.0.2.1");
	assert_int_equal(w.length, owner + 16);
	put_alias(&w, "b.example", 60, "c.example");
	assert_refused(&w);
	begin(&w, 1, REPLY, "@12", MESSAGE_A); /* the question at itself */
	assert_refused(&w);
	begin(&w, 1, REPLY, "a.example", MESSAGE_A);
	put_address(&w, "@16383", 60, "192.0.2.1"); /* beyond the end */
	assert_refused(&w);
	begin(&w, 1, REPLY, "a.example", MESSAGE_A);
	put_address(&w, "b@14", 60, "192.0.2.1"); /* backwards */
	assert_addresses("b.example", "192.0.2.1/60");
}

TEST(names_longer_than_255_are_refused)
{
	char label[64] = {0}, name[32];
	memset(label, 'a', 63);
	begin(&w, 1, REPLY, label, MESSAGE_A);
	snprintf(name, sizeof(name), "@%d", FIRST_NAME);
	for (int i = 0; i < 2; i++) {
		char longer[80];
		const size_t at = w.length;
		snprintf(longer, sizeof(longer), "%s%s", label, name);
		put_address(&w, longer, 60, "192.0.2.1");
		snprintf(name, sizeof(name), "@%zu", at);
	}
	struct message m = read_good(&w);
	message_done(&m);
	char longest[80];
	snprintf(longest, sizeof(longest), "%s%s", label, name);
	put_address(&w, longest, 60, "192.0.2.1");
	assert_refused(&w);
}

TEST(data_of_a_wrong_length_is_refused)
{
	for (unsigned type = MESSAGE_A; type <= MESSAGE_SRV; type++) {
		const bool is_ours = type == MESSAGE_A || type == MESSAGE_AAAA ||
				     type == MESSAGE_CNAME || type == MESSAGE_SRV;
		begin(&w, 1, REPLY, "a.example", MESSAGE_A);
		put_data(&w, "a.example", type, 60, "\0\0\0\0\0\0\0\0\0", 9);
		if (is_ours)
			assert_refused(&w);
	}
}

TEST(what_is_no_question_or_reply_is_refused)
{
	begin(&w, 1, REPLY | 0x2800, "a.example", MESSAGE_A); /* an update */
	assert_refused(&w);
	begin(&w, 1, REPLY, "a.example", MESSAGE_A);
	w.bytes[5] = 0; /* no question */
	w.length = 12;
	assert_refused(&w);
}

TEST(letters_of_no_host_name_are_escaped)
{
	begin(&w, 1, REPLY, "a b.example", MESSAGE_A);
	w.bytes[FIRST_NAME + 2] = '.';
	struct message m = read_good(&w);
	assert_string_equal(m.question.name, "a\\.b.example");
	message_done(&m);
}

TEST(garbage_is_refused_or_read_and_never_more)
{
	struct message m;
	uint32_t seed = 1;
	unsigned good = 0;
	for (int round = 0; round < 20000; round++) {
		begin(&w, 1, REPLY, "a.example", MESSAGE_A);
		put_alias(&w, "@12", 60, "b@14");
		put_address(&w, "b.example", 60, "192.0.2.1");
		for (int i = 0; i < 3; i++) {
			seed = seed * 1664525 + 1013904223;
			w.bytes[(seed >> 8) % w.length] = (uint8_t)(seed >> 24);
		}
		int r = read_exactly(w.bytes, w.length, &m);
		assert_true(r == 0 || r == -EBADMSG);
		if (r < 0)
			continue;
		good++;
		message_done(&m);
	}
	assert_true(good > 100 && good < 19900);
}

TEST(a_stream_says_when_a_message_is_whole)
{
	uint8_t stream[MESSAGE_STREAM_PREFIX + 600] = {0};
	begin(&w, 1, REPLY, "a.example", MESSAGE_A);
	for (int i = 0; i < 30; i++)
		put_address(&w, "@12", 60, "192.0.2.1");
	assert_true(w.length > 256 && w.length < 600);
	stream[0] = (uint8_t)(w.length >> 8);
	stream[1] = (uint8_t)w.length;
	memcpy(stream + MESSAGE_STREAM_PREFIX, w.bytes, w.length);
	for (size_t n = 0; n < w.length + MESSAGE_STREAM_PREFIX; n++)
		assert_int_equal(message_in_stream(stream, n), 0);
	for (size_t n = w.length + MESSAGE_STREAM_PREFIX; n < sizeof(stream); n++)
		assert_int_equal(message_in_stream(stream, n), w.length);
	assert_int_equal(message_in_stream((const uint8_t[]){0, 11}, 2), -EBADMSG);
}

static int read_once(void *context)
{
	struct message m;
	int r = message_read(w.bytes, w.length, &m);
	(void)context;
	if (r == 0)
		message_done(&m);
	return r;
}

TEST(nothing_is_kept_when_memory_runs_out)
{
	char name[32];
	begin(&w, 1, REPLY, "a.example", MESSAGE_A);
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		put_alias(&w, i ? name : "a.example", 60, "b.example");
		put_address(&w, name, 60, "192.0.2.1");
	}
	assert_survives_each_failure(read_once, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_has_id_name_and_type),
		cmocka_unit_test(a_reply_answers_the_question_with_its_id_name_and_type_only),
		cmocka_unit_test(codes_are_told_with_their_upper_bits),
		cmocka_unit_test(letters_of_any_case_are_one_name),
		cmocka_unit_test(the_ttl_is_the_smallest_along_a_chain_of_ten),
		cmocka_unit_test(records_may_stand_in_any_order),
		cmocka_unit_test(a_loop_is_told_and_gives_nothing),
		cmocka_unit_test(a_chain_longer_than_the_bound_is_told_and_gives_nothing),
		cmocka_unit_test(three_hundred_addresses_are_three_hundred),
		cmocka_unit_test(only_the_family_that_was_asked_for_is_taken),
		cmocka_unit_test(a_ttl_of_two_to_the_31_is_zero),
		cmocka_unit_test(what_nobody_asked_for_is_not_taken),
		cmocka_unit_test(records_of_another_class_are_passed_over),
		cmocka_unit_test(services_have_targets_and_ports),
		cmocka_unit_test(a_truncated_reply_says_so_wherever_it_ends),
		cmocka_unit_test(no_part_of_a_message_is_a_message),
		cmocka_unit_test(wrong_counts_are_refused),
		cmocka_unit_test(pointers_lead_backwards_only),
		cmocka_unit_test(names_longer_than_255_are_refused),
		cmocka_unit_test(data_of_a_wrong_length_is_refused),
		cmocka_unit_test(what_is_no_question_or_reply_is_refused),
		cmocka_unit_test(letters_of_no_host_name_are_escaped),
		cmocka_unit_test(garbage_is_refused_or_read_and_never_more),
		cmocka_unit_test(nothing_is_kept_when_memory_runs_out),
		cmocka_unit_test(a_stream_says_when_a_message_is_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
