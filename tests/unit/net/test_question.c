/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grammar of a connection that somebody asks about. */
#include "net/question.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "testing.h"

static int parse(const char *protocol, const char *from, const char *to, struct question *q,
	size_t *word, char why[QUESTION_FAULT_SIZE])
{
	const struct question_word words[] = {
		{protocol, strlen(protocol)}, {from, strlen(from)}, {to, strlen(to)}};
	return question_parse(words, q, word, why);
}

static void assert_wrong(const char *protocol, const char *from, const char *to, size_t word,
	const char *why)
{
	struct question q;
	char said[QUESTION_FAULT_SIZE];
	size_t found;
	assert_int_equal(parse(protocol, from, to, &q, &found, said), -EINVAL);
	assert_string_equal(said, why);
	assert_int_equal(found, word);
}

TEST(ends_are_addresses_or_this_host)
{
	struct question q;
	char why[QUESTION_FAULT_SIZE];
	size_t word;
	assert_int_equal(parse("tcp", "10.0.0.7:999", "this-host:4422", &q, &word, why), 0);
	assert_int_equal(q.protocol, IPPROTO_TCP);
	assert_int_equal(q.source_port, 999);
	assert_int_equal(q.destination_port, 4422);
	assert_true(q.destination_is_local && !q.source_is_local);
	assert_int_equal(q.destination.family, AF_INET);
	assert_int_equal(parse("udp", "this-host", "[2001:db8::1]:53", &q, &word, why), 0);
	assert_true(q.source_is_local);
	assert_int_equal(q.source.family, AF_INET6);
	assert_int_equal(q.destination_port, 53);
	assert_int_equal(parse("icmp", "[10.0.0.7]", "this-host", &q, &word, why), 0);
}

TEST(what_is_wrong_is_told_of_its_word)
{
	assert_wrong("tpc", "10.0.0.7", "this-host:1", QUESTION_PROTOCOL,
		"unknown protocol 'tpc'; did you mean 'tcp'?");
	assert_wrong("tcp", "10.0.0", "this-host:1", QUESTION_SOURCE,
		"'10.0.0' is not ADDRESS[:PORT], [ADDRESS][:PORT] or this-host");
	assert_wrong("tcp", "10.0.0.7", "[::1", QUESTION_DESTINATION,
		"'[::1' is not ADDRESS:PORT, [ADDRESS]:PORT or this-host:PORT");
	assert_wrong("tcp", "10.0.0.7", "this-host:0", QUESTION_DESTINATION,
		"'this-host:0' is not ADDRESS:PORT, [ADDRESS]:PORT or this-host:PORT");
	assert_wrong("tcp", "10.0.0.7", "this-host", QUESTION_DESTINATION,
		"tcp needs a port; write DESTINATION:PORT or [DESTINATION]:PORT");
	assert_wrong("tcp", "this-host", "this-host:1", QUESTION_DESTINATION,
		"both ends are this host");
	assert_wrong("tcp", "10.0.0.7", "[2001:db8::1]:1", QUESTION_DESTINATION,
		"one address is IPv4 and the other IPv6");
	assert_wrong("icmp", "10.0.0.7", "this-host:1", QUESTION_DESTINATION, "icmp has no ports");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_are_addresses_or_this_host),
		cmocka_unit_test(what_is_wrong_is_told_of_its_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
