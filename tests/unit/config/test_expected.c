/* SPDX-License-Identifier: GPL-2.0-or-later */
/* [test] sections: connections with their places. */
#include "fixture.h"

#include "config/expected.h"

static size_t read_tests(struct fixture *f, const char *text, struct expectation **ret)
{
	size_t n = 0;
	add_text(f, "rolewall.conf", text);
	assert_int_equal(expected_read(&f->document, f->arena, &f->diags, ret, &n), 0);
	return n;
}

static void a_test_has_many_connections_on_many_lines(void **state)
{
	struct fixture *f = *state;
	struct expectation *e;
	size_t n = read_tests(f,
		"[test a]\nallow = tcp 10.0.0.7 this-host:22, udp 10.0.0.8 this-host:53\n"
		"\ttcp 10.0.0.9 this-host:22\nrefuse = tcp this-host 10.0.0.1:25\n",
		&e);
	assert_no_faults(&f->diags);
	assert_int_equal(n, 4);
	assert_string_equal(e[1].text, "udp 10.0.0.8 this-host:53");
	assert_true(e[2].allowed && !e[3].allowed);
	assert_place(e[2].at, 3, 2);
	assert_place(e[3].at, 4, 10);
	assert_string_equal(e[3].test, "a");
	assert_true(e[3].question.source_is_local);
}

static void each_wrong_test_is_one_fault(void **state)
{
	struct fixture *f = *state;
	struct expectation *e;
	read_tests(f, "[test a]\nallow = tcp 10.0.0.7\nrefuse = tcp 10.0.0.7 this-host\n[test b]\n",
		&e);
	assert_faults(&f->diags,
		"rolewall.conf:2:9: error: a connection has three words, as in tcp 10.0.0.7 "
		"this-host:4422; write all of them\n"
		"rolewall.conf:3:23: error: tcp needs a port; write DESTINATION:PORT or "
		"[DESTINATION]:PORT\n"
		"rolewall.conf:4:1: error: test 'b' says nothing; write allow = or refuse = with a "
		"connection, as in tcp 10.0.0.7 this-host:4422\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(a_test_has_many_connections_on_many_lines),
		FIXTURE_TEST(each_wrong_test_is_one_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
