/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of sections and keys: every enum value has its word, and what a name is. */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/grammar.h"

/* "role role_file: name plays ... (later)" */
static void assert_section(enum section_kind kind, const char *expected)
{
	const struct section_spec *s = grammar_section(kind);
	struct text t = {0};
	text_printf(&t, "%s %u:", s->example, s->files);
	for (int i = 0; i < KEYS_MAX && s->keys[i].name; i++)
		text_printf(&t, s->keys[i].later ? " (%s)" : " %s", s->keys[i].name);
	assert_string_equal(t.data, expected);
	text_done(&t);
}

TEST(every_section_has_its_keys_and_files)
{
	assert_section(SECTION_ROLE, "[role] 1: name plays peers session-flows");
	assert_section(SECTION_FLOW, "[flow NAME] 3: port protocol source direction target "
				     "purpose initiator optional bundle note");
	assert_section(SECTION_SIZE, "[size ADMINISTRATORS] 3: sessions memory cores disk");
	assert_section(SECTION_HOST,
		"[host] 2: roles size outbound enable disable revoke mark interface "
		"sessions-per-client "
		"containers names-most names-ttl-floor names-ttl-ceiling names-grace hold "
		"recordings");
	assert_section(SECTION_MANAGEMENT,
		"[management] 2: from port interface gateway resolver name private");
	assert_section(SECTION_PEER, "[peer NAME] 3: address file interface gateway resolver "
				     "name srv private (route)");
	assert_section(SECTION_TEST, "[test NAME] 2: allow refuse");
}

TEST(enums_and_words_agree)
{
	static const struct {
		enum section_kind kind;
		int key;
		const char *name;
	} keys[] = {
		{SECTION_ROLE, ROLE_NAME, "name"},
		{SECTION_ROLE, ROLE_SESSION_FLOWS, "session-flows"},
		{SECTION_FLOW, FLOW_PORT, "port"},
		{SECTION_FLOW, FLOW_INITIATOR, "initiator"},
		{SECTION_FLOW, FLOW_OPTIONAL, "optional"},
		{SECTION_SIZE, SIZE_SESSIONS, "sessions"},
		{SECTION_SIZE, SIZE_DISK, "disk"},
		{SECTION_HOST, HOST_ROLES, "roles"},
		{SECTION_HOST, HOST_DISABLE, "disable"},
		{SECTION_HOST, HOST_NAMES_MOST, "names-most"},
		{SECTION_HOST, HOST_HOLD, "hold"},
		{SECTION_MANAGEMENT, MANAGEMENT_FROM, "from"},
		{SECTION_MANAGEMENT, MANAGEMENT_PORT, "port"},
		{SECTION_MANAGEMENT, MANAGEMENT_PRIVATE, "private"},
		{SECTION_PEER, PEER_ADDRESS, "address"},
		{SECTION_PEER, PEER_FILE, "file"},
		{SECTION_PEER, PEER_PRIVATE, "private"},
	};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_int_equal(grammar_find_key(grammar_section(keys[i].kind), keys[i].name),
			keys[i].key);
}

TEST(only_named_sections_take_a_name)
{
	for (enum section_kind k = 0; k < SECTION_KINDS; k++) {
		const struct section_spec *s = grammar_section(k);
		assert_int_equal(s->named, strchr(s->example, ' ') != NULL);
		assert_int_equal(grammar_find_section(s->name), k);
	}
}

TEST(other_words_are_not_found)
{
	assert_int_equal(grammar_find_section("roles"), SECTION_KINDS);
	assert_int_equal(grammar_find_section("Host"), SECTION_KINDS);
	assert_int_equal(grammar_find_section(""), SECTION_KINDS);
	assert_int_equal(grammar_find_key(grammar_section(SECTION_HOST), "role"), -1);
	assert_int_equal(grammar_find_key(grammar_section(SECTION_HOST), "Roles"), -1);
	assert_int_equal(grammar_find_key(grammar_section(SECTION_HOST), ""), -1);
	assert_int_equal(grammar_find_key(grammar_section(SECTION_FLOW), "address"), -1);
}

TEST(names_are_small_letters_digits_and_hyphens)
{
	static const char *const good[] = {"a", "9", "app-server", "size-450", "a-", "0", "x--y",
		"abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijk" /* 48 */};
	static const char *const wrong[] = {"", "-", "-a", "App", "a b", "a_b", "a.b", "a/b", "é",
		"a\n", "a\"", "{", "`",
		"abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijkl" /* 49 */};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(grammar_is_name(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(grammar_is_name(wrong[i], strlen(wrong[i])));
	assert_false(grammar_is_name("a\0b", 3));
	assert_true(grammar_is_name("ab_", 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_section_has_its_keys_and_files),
		cmocka_unit_test(enums_and_words_agree),
		cmocka_unit_test(only_named_sections_take_a_name),
		cmocka_unit_test(other_words_are_not_found),
		cmocka_unit_test(names_are_small_letters_digits_and_hyphens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
