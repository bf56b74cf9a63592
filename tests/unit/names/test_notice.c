/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notices: each kind goes there and back; whatever a program that lies could send is refused. */
#include "testing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "names/notice.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum {
	AT_VERSION = 0,
	AT_KIND = 1,
	AT_NAME_KIND = 2,
	AT_QUESTION = 3,
	AT_SOURCE = 4,
	AT_ERROR = 5,
	AT_COUNT = 6,
	AT_SERIAL = 8,
	AT_TTL = 12,
	AT_PORT = 16,
	AT_BODY = 32,
	ADDRESS = 24
};

static struct addr v4(const char *s)
{
	struct addr a;
	assert_int_equal(addr_parse(s, strlen(s), &a), 0);
	return a;
}

static struct notice answer(void)
{
	return (struct notice){.kind = NOTICE_ANSWER,
		.serial = 7,
		.name = "login.example.com",
		.question = ANSWERS_AAAA,
		.source = ANSWERS_FROM_ASKING,
		.count = 3};
}

static struct notice some_addresses(void)
{
	struct notice n = {.kind = NOTICE_ADDRESSES, .serial = 7, .n_addresses = 2};
	n.addresses[0] = (struct notice_address){v4("192.0.2.1"), 300};
	n.addresses[1] = (struct notice_address){v4("2001:db8::1"), INT32_MAX};
	return n;
}

static struct notice a_state(void)
{
	struct notice n = {.kind = NOTICE_STATE};
	n.state = (struct notice_state){
		.n_resolvers = 2, .asked = 1, .observed = UINT64_MAX, .overruns = 3, .dropped = 4};
	n.state.resolvers[0] = v4("127.0.0.53");
	n.state.resolvers[1] = v4("2001:db8::53");
	return n;
}

static struct notice target(void)
{
	return (struct notice){.kind = NOTICE_TARGET,
		.serial = 9,
		.name = "dc1.corp.example",
		.ttl = 600,
		.port = 389};
}

static enum notice_sender sender_of(const struct notice *n)
{
	return n->kind < NOTICE_ANSWER ? NOTICE_OF_DAEMON : NOTICE_OF_READER;
}

/* From memory of exactly that size, so that a sanitizer sees each byte beyond it. */
static int decode(const uint8_t *bytes, size_t length, enum notice_sender sender,
	struct notice *ret)
{
	uint8_t *copy = malloc(length ? length : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, length);
	int r = notice_decode(copy, length, sender, ret);
	free(copy);
	return r;
}

static void assert_refused(const uint8_t *bytes, enum notice_sender sender)
{
	struct notice n = {.serial = 77};
	assert_int_equal(decode(bytes, NOTICE_SIZE, sender, &n), -EBADMSG);
	assert_int_equal(n.serial, 77);
}

/* What comes of it when it goes there and back. */
static struct notice there_and_back(const struct notice *n)
{
	uint8_t bytes[NOTICE_SIZE];
	struct notice back;
	notice_encode(n, bytes);
	assert_int_equal(decode(bytes, sizeof(bytes), sender_of(n), &back), 0);
	assert_int_equal(back.kind, n->kind);
	assert_int_equal(back.serial, n->serial);
	assert_string_equal(back.name, n->name);
	return back;
}

TEST(each_kind_of_the_daemons_goes_there_and_back)
{
	struct notice n = {.kind = NOTICE_ASK,
		.serial = UINT32_MAX,
		.name = "_ldap._tcp.corp.example",
		.name_kind = NAME_OF_SERVICE,
		.questions = 1u << ANSWERS_SRV,
		.is_urgent = true};
	struct notice back = there_and_back(&n);
	assert_int_equal(back.name_kind, NAME_OF_SERVICE);
	assert_int_equal(back.questions, 1u << ANSWERS_SRV);
	assert_true(back.is_urgent);
	n = (struct notice){.kind = NOTICE_LIMITS, .most = 1000};
	assert_int_equal(there_and_back(&n).most, 1000);
	n = (struct notice){.kind = NOTICE_FOLLOW, .name = "a.example"};
	there_and_back(&n);
	n = (struct notice){.kind = NOTICE_FORGET, .name = "_x._udp.a.example", .name_kind = 1};
	there_and_back(&n);
	n = (struct notice){.kind = NOTICE_LOG, .serial = 3};
	there_and_back(&n);
	n = (struct notice){.kind = NOTICE_DRAIN, .serial = 3};
	there_and_back(&n);
}

TEST(each_kind_of_the_readers_goes_there_and_back)
{
	struct notice n = answer();
	struct notice back = there_and_back(&n);
	assert_int_equal(back.question, ANSWERS_AAAA);
	assert_int_equal(back.source, ANSWERS_FROM_ASKING);
	assert_int_equal(back.count, 3);
	n = some_addresses();
	back = there_and_back(&n);
	assert_int_equal(back.n_addresses, 2);
	assert_memory_equal(back.addresses, n.addresses, 2 * sizeof(n.addresses[0]));
	n = target();
	back = there_and_back(&n);
	assert_int_equal(back.port, 389);
	assert_int_equal(back.ttl, 600);
	n = (struct notice){.kind = NOTICE_DRAINED, .serial = 8};
	there_and_back(&n);
	n = a_state();
	back = there_and_back(&n);
	assert_memory_equal(&back.state, &n.state, sizeof(n.state));
}

TEST(the_longest_name_goes_there_and_back)
{
	struct notice n = {.kind = NOTICE_FOLLOW};
	for (size_t i = 0; i < NAME_LENGTH_MOST; i++)
		n.name[i] = i % 2 ? '.' : 'a';
	there_and_back(&n);
}

TEST(only_a_whole_notice_of_our_version_is_one)
{
	const struct notice n = answer();
	uint8_t bytes[NOTICE_SIZE + 1] = {0};
	struct notice back;
	notice_encode(&n, bytes);
	assert_int_equal(decode(bytes, 0, NOTICE_OF_READER, &back), -EBADMSG);
	assert_int_equal(decode(bytes, NOTICE_SIZE - 1, NOTICE_OF_READER, &back), -EBADMSG);
	assert_int_equal(decode(bytes, NOTICE_SIZE + 1, NOTICE_OF_READER, &back), -EBADMSG);
	bytes[AT_VERSION]++;
	assert_int_equal(decode(bytes, NOTICE_SIZE, NOTICE_OF_READER, &back), -EPROTONOSUPPORT);
}

TEST(nobody_may_say_what_the_other_one_says)
{
	uint8_t bytes[NOTICE_SIZE];
	struct notice n = answer();
	notice_encode(&n, bytes);
	assert_refused(bytes, NOTICE_OF_DAEMON);
	n = (struct notice){.kind = NOTICE_FOLLOW, .name = "a.example"};
	notice_encode(&n, bytes);
	assert_refused(bytes, NOTICE_OF_READER);
}

TEST(there_are_no_other_kinds)
{
	const struct notice n = answer();
	uint8_t bytes[NOTICE_SIZE];
	notice_encode(&n, bytes);
	for (unsigned kind = 0; kind < 256; kind++) {
		bytes[AT_KIND] = (uint8_t)kind;
		if ((kind >= NOTICE_LIMITS && kind <= NOTICE_DRAIN) ||
			(kind >= NOTICE_ANSWER && kind <= NOTICE_STATE))
			continue;
		assert_refused(bytes, NOTICE_OF_READER);
		assert_refused(bytes, NOTICE_OF_DAEMON);
	}
}

/* Each byte, with each value: whatever is accepted is what its bytes say, to the last one. */
TEST(a_byte_that_no_field_says_is_refused)
{
	const struct notice all[] = {answer(), some_addresses(), target(), a_state()};
	for (size_t i = 0; i < COUNT(all); i++)
		for (size_t at = 0; at < NOTICE_SIZE; at++)
			for (unsigned value = 0; value < 256; value++) {
				uint8_t bytes[NOTICE_SIZE], again[NOTICE_SIZE];
				struct notice n;
				notice_encode(&all[i], bytes);
				bytes[at] = (uint8_t)value;
				if (notice_decode(bytes, NOTICE_SIZE, NOTICE_OF_READER, &n) < 0)
					continue;
				notice_encode(&n, again);
				assert_memory_equal(bytes, again, NOTICE_SIZE);
			}
}

/* One byte of a good notice is another one. */
static void assert_fault(struct notice n, size_t at, uint8_t value)
{
	uint8_t bytes[NOTICE_SIZE];
	struct notice back;
	notice_encode(&n, bytes);
	assert_int_equal(decode(bytes, NOTICE_SIZE, sender_of(&n), &back), 0);
	assert_int_not_equal(bytes[at], value);
	bytes[at] = value;
	assert_refused(bytes, sender_of(&n));
}

static void assert_bad(struct notice n)
{
	uint8_t bytes[NOTICE_SIZE];
	notice_encode(&n, bytes);
	assert_refused(bytes, sender_of(&n));
}

TEST(names_are_canonical)
{
	assert_fault(answer(), AT_BODY, 'L');
	assert_fault(answer(), AT_BODY, '*');
	assert_fault(answer(), AT_BODY, '-');
	assert_fault(answer(), AT_BODY, '.');
	assert_fault(answer(), AT_BODY, '\0');
	assert_fault(answer(), AT_BODY, '\n');
	assert_fault(answer(), AT_BODY, 0xc3);
	assert_fault(answer(), NOTICE_SIZE - 1, 'a');          /* behind its end */
	assert_fault(answer(), AT_NAME_KIND, NAME_OF_SERVICE); /* with a question for AAAA */
	assert_fault(answer(), AT_NAME_KIND, 2);
	assert_fault(target(), AT_BODY, '-');
	struct notice n = target();
	memset(n.name, 'a', sizeof(n.name));
	uint8_t bytes[NOTICE_SIZE];
	notice_encode(&n, bytes);
	memset(bytes + AT_BODY, 'a', NAME_SIZE); /* without an end */
	assert_refused(bytes, NOTICE_OF_READER);
	n.name[0] = '\0';
	assert_bad(n);
}

TEST(questions_sources_and_errors_are_those_that_there_are)
{
	assert_fault(answer(), AT_QUESTION, ANSWERS_SRV);
	assert_fault(answer(), AT_QUESTION, ANSWERS_QUESTIONS);
	assert_fault(answer(), AT_QUESTION, 255);
	assert_fault(answer(), AT_SOURCE, 0);
	assert_fault(answer(), AT_SOURCE, ANSWERS_FROM_STATE);
	assert_fault(answer(), AT_SOURCE, ANSWERS_FROM_ASKING | ANSWERS_FROM_OBSERVING);
	struct notice n = answer();
	n.count = 0;
	n.error = ANSWERS_NXDOMAIN;
	assert_fault(n, AT_ERROR, ANSWERS_FINE); /* without items that is empty */
	assert_fault(n, AT_ERROR, ANSWERS_UNFIT);
	assert_fault(n, AT_ERROR, ANSWERS_UNFIT_IN_HOSTS);
	assert_fault(n, AT_ERROR, ANSWERS_ERRORS);
	assert_fault(n, AT_COUNT, 1);
	assert_fault(answer(), AT_COUNT + 1, 0x11); /* 4,355 */
}

TEST(what_nobody_asked_for_has_no_serial)
{
	struct notice n = answer();
	n.source = ANSWERS_FROM_OBSERVING;
	n.serial = 0;
	assert_fault(n, AT_SERIAL, 1);
	n.source = ANSWERS_FROM_HOSTS;
	n.question = ANSWERS_A;
	assert_fault(n, AT_SERIAL, 1);
	assert_fault(n, AT_QUESTION, ANSWERS_AAAA);
	n.count = 0; /* the file says nothing of it any more */
	assert_fault(n, AT_ERROR, ANSWERS_NXDOMAIN);
}

TEST(addresses_are_of_two_families_and_have_a_ttl_of_31_bits)
{
	assert_fault(some_addresses(), AT_BODY, 0);
	assert_fault(some_addresses(), AT_BODY, AF_INET6);
	assert_fault(some_addresses(), AT_BODY, 6 + 1);
	assert_fault(some_addresses(), AT_BODY + 1, 1);
	assert_fault(some_addresses(), AT_BODY + 8 + 4, 1);           /* behind an IPv4 address */
	assert_fault(some_addresses(), AT_BODY + 2 * ADDRESS + 8, 1); /* a third one */
	assert_fault(some_addresses(), AT_COUNT, 0);
	assert_fault(some_addresses(), AT_COUNT, 1);
	assert_fault(some_addresses(), AT_COUNT, 3);
	assert_fault(some_addresses(), AT_COUNT, NOTICE_ADDRESSES_MOST + 1);
	struct notice n = some_addresses();
	n.addresses[1].ttl = (uint32_t)INT32_MAX + 1;
	assert_bad(n);
	n = target();
	n.ttl = UINT32_MAX;
	assert_bad(n);
	n = target();
	n.port = 0;
	assert_bad(n);
}

TEST(a_state_has_as_many_resolvers_as_fit)
{
	assert_fault(a_state(), AT_COUNT, NOTICE_RESOLVERS_MOST + 1);
	assert_fault(a_state(), AT_COUNT, 1);
	assert_fault(a_state(), AT_COUNT + 1, 1);
	assert_fault(a_state(), NOTICE_SIZE - 1, 1);
	assert_fault(a_state(), AT_BODY + 4 * 8 + 4, 1); /* a TTL */
}

TEST(the_daemon_is_held_to_the_form_as_well)
{
	struct notice n = {.kind = NOTICE_ASK, .name = "a.example", .questions = 3, .serial = 1};
	assert_fault(n, AT_QUESTION, 0);
	assert_fault(n, AT_QUESTION, 1u << ANSWERS_SRV);
	assert_fault(n, AT_QUESTION, 8);
	assert_fault(n, AT_PORT + 2, 2); /* urgent, and more than that */
	assert_fault(n, AT_TTL, 1);
	n = (struct notice){.kind = NOTICE_LIMITS, .most = 1};
	assert_fault(n, AT_PORT, 0);
	assert_fault(n, AT_PORT + 1, 0x10); /* 4,097 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_the_daemons_goes_there_and_back),
		cmocka_unit_test(each_kind_of_the_readers_goes_there_and_back),
		cmocka_unit_test(the_longest_name_goes_there_and_back),
		cmocka_unit_test(only_a_whole_notice_of_our_version_is_one),
		cmocka_unit_test(nobody_may_say_what_the_other_one_says),
		cmocka_unit_test(there_are_no_other_kinds),
		cmocka_unit_test(a_byte_that_no_field_says_is_refused),
		cmocka_unit_test(names_are_canonical),
		cmocka_unit_test(questions_sources_and_errors_are_those_that_there_are),
		cmocka_unit_test(what_nobody_asked_for_has_no_serial),
		cmocka_unit_test(addresses_are_of_two_families_and_have_a_ttl_of_31_bits),
		cmocka_unit_test(a_state_has_as_many_resolvers_as_fit),
		cmocka_unit_test(the_daemon_is_held_to_the_form_as_well),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
