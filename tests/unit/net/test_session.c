/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sshd says, and what anybody else could have put in its place. */
#include "testing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/session.h"

static void assert_ends(const char *s, const char *source, unsigned source_port,
	const char *destination, unsigned destination_port)
{
	struct session x;
	char text[INET6_ADDRSTRLEN];
	assert_int_equal(session_parse(s, &x), 0);
	addr_print(&x.source, text);
	assert_string_equal(text, source);
	addr_print(&x.destination, text);
	assert_string_equal(text, destination);
	assert_int_equal(x.source_port, source_port);
	assert_int_equal(x.destination_port, destination_port);
}

TEST(a_session_is_two_addresses_and_two_ports)
{
	assert_ends("10.0.9.7 50022 10.20.0.10 22", "10.0.9.7", 50022, "10.20.0.10", 22);
	assert_ends("2001:db8::7 1 2001:db8::1 65535", "2001:db8::7", 1, "2001:db8::1", 65535);
}

TEST(a_zone_is_left_out_and_a_mapped_address_is_ipv4)
{
	assert_ends("fe80::7%eth0 50022 fe80::1%eth0 22", "fe80::7", 50022, "fe80::1", 22);
	assert_ends("::ffff:10.0.9.7 50022 ::ffff:10.0.9.1 22", "10.0.9.7", 50022, "10.0.9.1", 22);
}

TEST(anything_else_is_no_session)
{
	static const char *const wrong[] = {
		"",
		" ",
		"   ",
		"UNKNOWN 65535 UNKNOWN 65535",
		"10.0.9.7 50022 10.20.0.10",
		"10.0.9.7 50022 10.20.0.10 ",
		"10.0.9.7 50022 10.20.0.10 22 ",
		"10.0.9.7 50022 10.20.0.10 22 22",
		" 10.0.9.7 50022 10.20.0.10 22",
		"10.0.9.7  50022 10.20.0.10 22",
		"10.0.9.7 50022 10.20.0.10 0",
		"10.0.9.7 65536 10.20.0.10 22",
		"10.0.9.7 4294967318 10.20.0.10 22",
		"10.0.9.7 +1 10.20.0.10 22",
		"10.0.9.7/8 50022 10.20.0.10 22",
		"10.0.9.7\t50022 10.20.0.10 22",
		"10.0.9.7 50022 10.20.0.10 22\n",
		"%eth0 50022 fe80::1 22",
	};
	struct session x, before;
	memset(&x, 0x5a, sizeof(x));
	before = x;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(session_parse(wrong[i], &x), -EINVAL);
		assert_memory_equal(&x, &before, sizeof(x));
	}
}

/* From memory of exactly that length, so that the sanitizer sees a step too far. */
static void assert_found(const char *bytes, size_t length, const char *expected)
{
	char *copy = malloc(length ? length : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, length);
	char *found = session_in_environment(copy, length);
	if (expected) {
		assert_non_null(found);
		assert_string_equal(found, expected);
	} else {
		assert_null(found);
	}
	free(found);
	free(copy);
}

#define SESSION         "10.0.9.7 50022 10.20.0.10 22"
#define FOUND(bytes, e) assert_found(bytes, sizeof(bytes) - 1, e)

TEST(it_is_found_in_an_environment_by_its_whole_name)
{
	FOUND("SSH_CONNECTION=" SESSION "\0", SESSION);
	FOUND("SSH_CONNECTION=" SESSION, SESSION);
	FOUND("A=b\0\0SSH_CONNECTION=" SESSION "\0C=d\0", SESSION);
	FOUND("", NULL);
	FOUND("SSH_CONNECTION", NULL);
	FOUND("SSH_CONNECTION=", NULL);
	FOUND("OLD_SSH_CONNECTION=" SESSION "\0SSH_CONNECTIONS=x\0", NULL);
	FOUND("A=SSH_CONNECTION=" SESSION "\0", NULL);
	FOUND("SSH_CONNECTION=anything\0", NULL);
}

TEST(it_is_printed_as_from_whom_to_whom)
{
	struct session s;
	struct text text = {0};
	assert_int_equal(session_parse("::ffff:10.0.9.5 40122 10.20.0.1 22", &s), 0);
	session_print(&s, &text);
	assert_string_equal(text.data, "10.0.9.5 port 40122 to 10.20.0.1 port 22");
	text_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_two_addresses_and_two_ports),
		cmocka_unit_test(a_zone_is_left_out_and_a_mapped_address_is_ipv4),
		cmocka_unit_test(anything_else_is_no_session),
		cmocka_unit_test(it_is_printed_as_from_whom_to_whom),
		cmocka_unit_test(it_is_found_in_an_environment_by_its_whole_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
