/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of names, letter by letter. */
#include "ask/show_names.h"

#include "ask/known_names.h"

static void expect(const struct names_view *v, const char *wanted)
{
	struct text text = {0};
	char *found;
	show_names(v, &text);
	assert_int_equal(text_finish(&text, &found), 0);
	assert_string_equal(found, wanted);
	free(found);
}

TEST(each_name_has_a_block)
{
	struct known k;
	known_begin(&k);
	expect(&k.view, "rolewall-reader: connected; it asks 10.0.0.53; 7 questions asked, 2 "
			"messages observed, 0 overruns, 0 answers lost\n"
			"\n"
			"a.example\n"
			"  peers: p\n"
			"  asked: next in 0 s\n"
			"  fails: the name server fails (SERVFAIL); since 1 min 5 s\n"
			"  ADDRESS                                  FROM                  KNOWN "
			"FOR      LIFE LEFT\n"
			"  192.0.2.1                                asked                 5 min 0 "
			"s      1 h 5 min\n"
			"  192.0.2.2                                asked                 5 min 0 "
			"s      1 h 5 min  also of b.example\n"
			"\n"
			"b.example\n"
			"  peers: p\n"
			"  asked: next in 0 s\n"
			"  ADDRESS                                  FROM                  KNOWN "
			"FOR      LIFE LEFT\n"
			"  192.0.2.2                                observed              1 min 30 "
			"s     1 h 8 min  also of a.example\n"
			"\n"
			"c.example\n"
			"  peers: q\n"
			"  asked: next in 0 s\n"
			"  fails: there is no such name (NXDOMAIN); since 3 s\n"
			"  waiting: it has no address yet; flows that wait for one: g\n"
			"\n"
			"service _ldap._tcp.example\n"
			"  peers: q\n"
			"  asked: next in 9 min 20 s\n"
			"  waiting: it has no address yet; flows that wait for one: g\n"
			"  SERVER                                   FROM                  KNOWN "
			"FOR      LIFE LEFT\n"
			"  dc.example                               asked                 2 s      "
			"      1 h 9 min  port 389\n"
			"\n"
			"dc.example\n"
			"  server of: _ldap._tcp.example\n"
			"  asked: next in 0 s\n"
			"  waiting: it has no address yet\n");
	known_end(&k);
}

TEST(an_address_that_is_not_taken_is_told_with_what_to_write)
{
	static const char *const only[] = {"c.example"};
	struct known k;
	known_begin(&k);
	k.view.only = only;
	k.view.n_only = 1;
	k.view.is_connected = false;
	const struct addr items[] = {address("10.1.2.3", 8), address("10.1.2.4", 8)};
	const struct answers_item loopback = {.address = address("127.0.0.1", 9), .ttl = 60};
	const struct answers_lesson lesson = {
		"c.example", ANSWERS_A, ANSWERS_FROM_ASKING, &loopback, 1};
	const struct moment m = {k.view.now, 0};
	assert_int_equal(answers_hosts(k.answers, "c.example", items, 2, m), 0);
	assert_int_equal(answers_learned(k.answers, &lesson, m), 0);
	expect(&k.view,
		"rolewall-reader: not connected: no name is asked for; what is known stays in "
		"force (see `systemctl status rolewall-reader`)\n"
		"\n"
		"c.example\n"
		"  peers: q\n"
		"  asked: next in 0 s\n"
		"  fails: there is no such name (NXDOMAIN); since 3 s\n"
		"  waiting: it has no address yet; flows that wait for one: g\n"
		"  not taken: 10.1.2.3 of /etc/hosts (and 1 more): it is private; if that is "
		"right, write private = yes beside name =\n"
		"  not taken: 127.0.0.1 of the last answer: it never belongs to another host "
		"(loopback, link-local, multicast or reserved)\n");
	known_end(&k);
}

TEST(only_the_names_that_were_asked_for_are_shown)
{
	const char *only[] = {"c.example"};
	struct known k;
	known_begin(&k);
	k.view.only = only;
	k.view.n_only = 1;
	k.view.is_connected = false;
	k.view.hung_up = 2;
	expect(&k.view, "rolewall-reader: not connected: no name is asked for; what is known stays "
			"in force (see `systemctl status rolewall-reader`); "
			"disconnected 2 times, since it hung or said what it may not\n"
			"\nc.example\n"
			"  peers: q\n"
			"  asked: next in 0 s\n"
			"  fails: there is no such name (NXDOMAIN); since 3 s\n"
			"  waiting: it has no address yet; flows that wait for one: g\n");
	known_end(&k);
}

TEST(no_names_are_said_to_be_none)
{
	struct answers *a = answers_new();
	const struct names_view v = {.answers = a, .is_connected = true};
	assert_non_null(a);
	expect(&v, "rolewall-reader: connected; it has not said yet whom it asks\n"
		   "no name is followed: no peer that is used has name = or srv =\n");
	answers_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_name_has_a_block),
		cmocka_unit_test(an_address_that_is_not_taken_is_told_with_what_to_write),
		cmocka_unit_test(only_the_names_that_were_asked_for_are_shown),
		cmocka_unit_test(no_names_are_said_to_be_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
