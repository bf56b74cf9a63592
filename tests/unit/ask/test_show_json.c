/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy as JSON, letter by letter, and a small reader that demands that it is JSON. */
#include "ask/show_json.h"

#include <ctype.h>

#include "compile/learned.h"
#include "ruleset/chain_text.h"
#include "ruleset/memory_policy.h"

static char *shown(struct policy *p)
{
	struct text text = {0};
	show_json(p, NULL, &text);
	policy_free(p);
	return finished(&text);
}

/* Each reads one thing and returns what is behind it, or NULL: RFC 8259 without blanks. */

static const char *read_value(const char *s);

static const char *read_string(const char *s)
{
	if (*s++ != '"')
		return NULL;
	for (; *s && *s != '"'; s++) {
		if ((unsigned char)*s < ' ')
			return NULL;
		if (*s == '\\' && !strchr("\"\\/bfnrtu", *++s))
			return NULL;
	}
	return *s ? s + 1 : NULL;
}

static const char *read_members(const char *s, char closing)
{
	if (*++s == closing)
		return s + 1;
	for (;; s++) {
		if (closing == '}' && (!(s = read_string(s)) || *s++ != ':'))
			return NULL;
		s = read_value(s);
		if (!s || *s != ',')
			return s && *s == closing ? s + 1 : NULL;
	}
}

static const char *read_value(const char *s)
{
	static const char *const words[] = {"true", "false", "null"};
	if (*s == '{' || *s == '[')
		return read_members(s, *s == '{' ? '}' : ']');
	if (*s == '"')
		return read_string(s);
	for (size_t i = 0; i < 3; i++)
		if (strncmp(s, words[i], strlen(words[i])) == 0)
			return s + strlen(words[i]);
	if (!isdigit((unsigned char)*s) || (s[0] == '0' && isdigit((unsigned char)s[1])))
		return NULL;
	return s + strspn(s, "0123456789");
}

static bool is_json(const char *s)
{
	const char *end = read_value(s);
	return end && strcmp(end, "\n") == 0;
}

TEST(the_reader_knows_json_from_what_is_not)
{
	assert_true(is_json("{\"a\":[1,\"x\\\"\",{}],\"b\":null}\n"));
	assert_false(is_json("{\"a\":[1,]}\n"));
	assert_false(is_json("{\"a\":1 \"b\":2}\n"));
	assert_false(is_json("{\"a\":1,}\n"));
	assert_false(is_json("{\"a\":\"x}\n"));
	assert_false(is_json("{\"a\":01}\n"));
	assert_false(is_json("{\"a\":1}"));
	assert_false(is_json("{\"a\":1}}\n"));
}

TEST(a_policy_is_shown_whole)
{
	char *found = shown(memory_policy("[role]\n"
					  "name = proxy\n"
					  "plays = proxy\n"
					  "peers = client\n"
					  "[flow ssh]\n" /* line 5 */
					  "port = 4422 5000-5010\n"
					  "protocol = tcp sctp\n"
					  "source = client\n"
					  "target = proxy\n"
					  "direction = single\n"
					  "purpose = a \"quoted\" \\ purpose\n"
					  "[flow extra]\n" /* line 12 */
					  "protocol = 89\n"
					  "source = proxy\n"
					  "target = client\n"
					  "initiator = either\n"
					  "optional = yes\n"
					  "bundle = more all\n"
					  "note = read \"this\"\n"
					  "[flow others]\n"
					  "port = 1\n"
					  "protocol = tcp\n"
					  "source = client\n"
					  "target = client\n"
					  "[size 450]\n"
					  "sessions = 150\n",
		"[host]\n"
		"roles = proxy\n"
		"size = 450\n"
		"[management]\n" /* line 4 */
		"from = any\n"
		"[peer client]\n" /* line 6 */
		"address = 10.0.0.7, 10.1.0.0/16, 10.2.0.1-10.2.0.2, 2001:db8::7, "
		"2001:db8::/126\n"));
	assert_true(is_json(found));
	assert_string_equal(found,
		"{\"host\":{\"roles\":[\"proxy\"],\"outbound\":\"enforce\",\"size\":450,"
		"\"sessions\":150,\"file\":\"etc/rolewall.conf\",\"line\":1},"
		"\"management\":{\"ports\":[\"22\"],\"any\":true,\"addresses\":[],\"learned\":[],"
		"\"file\":\"etc/rolewall.conf\",\"line\":4},"
		"\"flows\":["
		"{\"name\":\"ssh\",\"state\":\"on\",\"ports\":[\"4422\",\"5000-5010\"],"
		"\"protocols\":[\"tcp\",\"sctp\"],\"direction\":\"single\","
		"\"initiator\":\"source\",\"purpose\":\"a \\\"quoted\\\" \\\\ purpose\","
		"\"inbound\":[\"client\"],\"outbound\":[],"
		"\"file\":\"roles/test.conf\",\"line\":5},"
		"{\"name\":\"extra\",\"state\":\"optional\",\"ports\":[],"
		"\"protocols\":[\"89\"],\"direction\":\"both\","
		"\"initiator\":\"either\",\"purpose\":\"\",\"note\":\"read \\\"this\\\"\","
		"\"bundles\":[\"more\",\"all\"],"
		"\"inbound\":[\"client\"],\"outbound\":[\"client\"],"
		"\"file\":\"roles/test.conf\",\"line\":12}],"
		"\"peers\":[{\"name\":\"client\",\"any\":false,\"addresses\":[\"10.0.0.7\","
		"\"10.1.0.0/16\",\"10.2.0.1-10.2.0.2\",\"2001:db8::7\",\"2001:db8::/126\"],"
		"\"learned\":[],\"file\":\"etc/rolewall.conf\",\"line\":6}]}\n");
	free(found);
}

TEST(a_host_without_anything_is_shown_empty)
{
	char *found = shown(memory_policy(NULL, "[host]\noutbound = allow\n"));
	assert_true(is_json(found));
	assert_string_equal(found,
		"{\"host\":{\"roles\":[],\"outbound\":\"allow\",\"file\":\"etc/rolewall.conf\","
		"\"line\":1},\"flows\":[],\"peers\":[]}\n");
	free(found);
}

/* Unlike the table of flows, which says how many more there are. */
TEST(no_address_is_left_out)
{
	struct text host = {0};
	size_t commas = 0;
	text_put(&host, "[host]\n[flow f]\nport = 1\nprotocol = tcp\nsource = p\n"
			"target = this-host\n[peer p]\naddress =");
	for (unsigned i = 0; i < 1000; i++)
		text_printf(&host, " 10.%u.%u.1\n\t", i / 100, i % 100);
	text_put(&host, "192.0.2.1\n");
	char *s = finished(&host);
	char *found = shown(memory_policy(NULL, s));
	assert_true(is_json(found));
	for (const char *p = strstr(found, "\"addresses\":["); *p != ']'; p++)
		commas += *p == ',';
	assert_int_equal(commas, 1000);
	free(found);
	free(s);
}

TEST(names_are_there_and_what_is_learned_of_them_where_it_is_known)
{
	struct policy *p = memory_policy(NULL,
		"[host]\n[peer p]\nname = a.example\nsrv = _x._tcp.example\n"
		"[flow f]\nport = 1\nprotocol = tcp\nsource = p\ntarget = this-host\n");
	struct learned l = {0};
	struct addr a;
	struct text text = {0};
	assert_int_equal(addr_parse("192.0.2.1", 9, &a), 0);
	assert_int_equal(learned_add(&l, 1, &a, true), 0);
	show_json(p, &l, &text);
	char *with = finished(&text);
	show_json(p, NULL, &text);
	char *without = finished(&text);
	static const char names[] =
		"\"names\":[{\"name\":\"a.example\",\"kind\":\"host\",\"private\":false,"
		"\"file\":\"etc/rolewall.conf\",\"line\":3},"
		"{\"name\":\"_x._tcp.example\",\"kind\":\"service\",\"private\":true,"
		"\"file\":\"etc/rolewall.conf\",\"line\":4}]";
	assert_non_null(strstr(with, names));
	assert_non_null(strstr(without, names));
	assert_non_null(strstr(with, "\"named\":{\"live\":[],\"retired\":[\"192.0.2.1\"]}"));
	assert_null(strstr(without, "\"named\""));
	assert_string_equal(read_value(with), "\n");
	free(with);
	free(without);
	learned_done(&l);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reader_knows_json_from_what_is_not),
		cmocka_unit_test(a_policy_is_shown_whole),
		cmocka_unit_test(a_host_without_anything_is_shown_empty),
		cmocka_unit_test(no_address_is_left_out),
		cmocka_unit_test(names_are_there_and_what_is_learned_of_them_where_it_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
