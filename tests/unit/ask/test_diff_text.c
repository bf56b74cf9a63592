/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a preview. */
#include "ask/diff_text.h"

#include "ask/world.h"

static const char now[] = WORLD_HOST("", "10.0.9.0/24", "10.1.0.5, 10.1.0.6");
static const char next[] = WORLD_HOST("", "10.0.9.0/24", "10.1.0.6, 10.1.0.7");
static const struct session own = {
	.source = {.family = AF_INET, .bytes = {10, 1, 0, 5}},
	.source_port = 40000,
	.destination = {.family = AF_INET, .bytes = {10, 20, 0, 1}},
	.destination_port = 443,
};

static char *text_of(const struct preview *v, const struct session *session, bool as_json)
{
	const struct diff_view view = {v, session};
	struct text text = {0};
	char *said;
	(as_json ? diff_put_json : diff_put_text)(&view, &text);
	assert_int_equal(text_finish(&text, &said), 0);
	return said;
}

static void assert_says(const struct preview *v, const struct session *session, bool as_json,
	const char *part)
{
	char *said = text_of(v, session, as_json);
	if (!strstr(said, part))
		fail_msg("no '%s' in:\n%s", part, said);
	free(said);
}

TEST(the_session_of_who_asks_is_told_as_ssh_tells_it)
{
	struct world w;
	struct preview v;
	world_begin(&w, now, next);
	assert_int_equal(preview_begin(&w.proposal, &v), 0);
	world_add(&v, world_connection("10.1.0.5", "10.20.0.1", 443, WORLD_MARK));
	static const char *const sessions[] = {"10.1.0.5 40000 10.20.0.1 443", "", "nonsense"};
	for (size_t i = 0; i < 3; i++) {
		struct text text = {0};
		char *said;
		diff_put(&v, sessions[i], false, &text);
		assert_int_equal(text_finish(&text, &said), 0);
		assert_int_equal(strstr(said, "YOUR OWN SESSION") != NULL, i == 0);
		free(said);
	}
	preview_done(&v);
	world_end(&w);
}

TEST(no_change_is_two_words)
{
	struct world w;
	struct preview v;
	world_begin(&w, now, now);
	assert_int_equal(preview_begin(&w.proposal, &v), 0);
	char *said = text_of(&v, NULL, false);
	assert_string_equal(said, "no change\n");
	free(said);
	assert_says(&v, NULL, true, "\"changes\":[]");
	preview_done(&v);
	world_end(&w);
}

TEST(what_changes_and_who_is_cut_is_said)
{
	struct world w;
	struct preview v;
	world_begin(&w, now, next);
	assert_int_equal(preview_begin(&w.proposal, &v), 0);
	world_add(&v, world_connection("10.1.0.5", "10.20.0.1", 443, WORLD_MARK));
	assert_says(&v, NULL, false, "1 added, 1 removed: -10.1.0.5, +10.1.0.7\n");
	assert_says(&v, NULL, false,
		"\n1 live connection would be cut:\n"
		"! inbound tcp 10.1.0.5:40000 -> 10.20.0.1:443, flow web: ");
	assert_says(&v, &own, false, "YOUR OWN SESSION, flow web: ");
	assert_says(&v, &own, true, "\"own-session\":true");
	assert_says(&v, NULL, true, "\"own-session\":false");
	preview_done(&v);
	world_end(&w);
}

TEST(nothing_in_force_is_said_first)
{
	struct world w;
	struct preview v;
	world_begin(&w, NULL, next);
	assert_int_equal(preview_begin(&w.proposal, &v), 0);
	assert_says(&v, NULL, false, "nothing is in force: the whole configuration is new\n");
	assert_says(&v, NULL, true, "\"in-force\":false");
	preview_done(&v);
	world_end(&w);
}

TEST(what_others_did_to_the_table_is_said_apart)
{
	struct world w;
	struct preview v;
	world_begin(&w, now, now);
	assert_int_equal(preview_begin(&w.proposal, &v), 0);
	assert_int_equal(difference_list_start(&v.disturbed), 0);
	assert_int_equal(difference_list_add(&v.disturbed, "echo", DIFFERENCE_CHANGED), 0);
	assert_says(&v, NULL, false,
		"is not as rolewalld left it; a reload repairs it:\n"
		"~ built-in echo\n");
	assert_says(&v, NULL, true, "\"disturbed\":[{\"change\":\"changed\"");
	v.proposal.now = NULL;
	assert_says(&v, NULL, false, "that no saved configuration describes");
	preview_done(&v);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_session_of_who_asks_is_told_as_ssh_tells_it),
		cmocka_unit_test(no_change_is_two_words),
		cmocka_unit_test(what_changes_and_who_is_cut_is_said),
		cmocka_unit_test(nothing_in_force_is_said_first),
		cmocka_unit_test(what_others_did_to_the_table_is_said_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
