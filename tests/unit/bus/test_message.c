/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each record goes into a message and comes out of it as it was; a message of other types is
 * refused.
 */
#include "bus/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "testing.h"

/* A message needs a bus to belong to: one that is started, with nobody at its other end. */
static sd_bus *bus;
static int other_end;

static int start_bus(void **state)
{
	int ends[2];
	sd_id128_t id;
	(void)state;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 || sd_bus_new(&bus) < 0 ||
		sd_id128_randomize(&id) < 0)
		return -1;
	other_end = ends[1];
	if (sd_bus_set_fd(bus, ends[0], ends[0]) < 0 || sd_bus_set_server(bus, true, id) < 0 ||
		sd_bus_set_anonymous(bus, true) < 0)
		return -1;
	return sd_bus_start(bus) < 0 ? -1 : 0;
}

static int end_bus(void **state)
{
	(void)state;
	sd_bus_close_unref(bus);
	return close(other_end);
}

static sd_bus_message *empty(void)
{
	sd_bus_message *m = NULL;
	assert_true(sd_bus_message_new_signal(bus, &m, "/x", "x.Y", "Z") >= 0);
	return m;
}

static sd_bus_message *sealed(sd_bus_message *m)
{
	assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
	assert_true(sd_bus_message_rewind(m, true) >= 0);
	return m;
}

TEST(a_question_of_a_connection_and_its_answer_come_out_as_they_went_in)
{
	const struct explain_request q = {"/c", "/r", 6, "10.0.0.1", "10.0.0.2", 50000, 22, false,
		true, true, "/c/rolewall.conf", 9, true};
	const struct explain_answer a = {EXPLAIN_REFUSED, "no\n"};
	struct explain_request found;
	struct explain_answer answer;
	sd_bus_message *m = empty();
	assert_int_equal(message_put_explain(m, &q), 0);
	assert_int_equal(message_get_explain(sealed(m), &found), 0);
	assert_string_equal(found.roles_dir, "/r");
	assert_int_equal(found.protocol, 6);
	assert_string_equal(found.destination, "10.0.0.2");
	assert_int_equal(found.source_port, 50000);
	assert_int_equal(found.destination_port, 22);
	assert_false(found.source_is_local);
	assert_true(found.destination_is_local && found.disk_allows && found.as_json);
	assert_string_equal(found.disk_file, "/c/rolewall.conf");
	assert_int_equal(found.disk_line, 9);
	sd_bus_message_unref(m);
	m = empty();
	assert_int_equal(message_put_explanation(m, &a), 0);
	assert_int_equal(message_get_explanation(sealed(m), &answer), 0);
	assert_int_equal(answer.result, EXPLAIN_REFUSED);
	assert_string_equal(answer.lines, "no\n");
	sd_bus_message_unref(m);
}

TEST(a_reload_comes_out_as_it_went_in)
{
	const struct reload_request q = {true, 300, "10.0.0.1 22 10.0.0.2 40000"};
	struct reload_request found;
	sd_bus_message *m = empty();
	assert_int_equal(message_put_reload(m, &q), 0);
	assert_int_equal(message_get_reload(sealed(m), &found), 0);
	assert_true(found.force);
	assert_int_equal(found.confirm, 300);
	assert_string_equal(found.session, q.session);
	sd_bus_message_unref(m);
}

TEST(a_flush_brings_its_word)
{
	sd_bus_message *m = empty();
	const char *word;
	assert_int_equal(message_put_flush(m, CONTROL_FLUSH_WORD), 0);
	assert_int_equal(message_get_flush(sealed(m), &word), 0);
	assert_string_equal(word, CONTROL_FLUSH_WORD);
	sd_bus_message_unref(m);
}

TEST(a_verdict_comes_out_as_it_went_in)
{
	const struct verdict_answer a = {false, "refused\n"};
	struct verdict_answer found;
	sd_bus_message *m = empty();
	assert_int_equal(message_put_verdict(m, &a), 0);
	assert_int_equal(message_get_verdict(sealed(m), &found), 0);
	assert_false(found.good);
	assert_string_equal(found.lines, a.lines);
	sd_bus_message_unref(m);
}

TEST(a_diff_and_its_preview_come_out_as_they_went_in)
{
	const struct diff_request q = {"/etc/rolewall", "/usr/share/roles", "", true};
	const struct preview_answer a = {DIFF_DIFFERENT, "~ peer x\n", "warning\n"};
	struct diff_request asked;
	struct preview_answer said;
	sd_bus_message *m = empty(), *n = empty();
	assert_int_equal(message_put_diff(m, &q), 0);
	assert_int_equal(message_get_diff(sealed(m), &asked), 0);
	assert_string_equal(asked.config_dir, q.config_dir);
	assert_string_equal(asked.roles_dir, q.roles_dir);
	assert_string_equal(asked.session, "");
	assert_true(asked.as_json);
	assert_int_equal(message_put_preview(n, &a), 0);
	assert_int_equal(message_get_preview(sealed(n), &said), 0);
	assert_int_equal(said.result, DIFF_DIFFERENT);
	assert_string_equal(said.preview, a.preview);
	assert_string_equal(said.lines, a.lines);
	sd_bus_message_unref(m);
	sd_bus_message_unref(n);
}

TEST(a_question_for_names_comes_out_as_it_went_in)
{
	struct names_request asked;
	sd_bus_message *m = empty(), *n = empty();
	const struct names_request q = {true, false, {"a.example", "b.example"}, 2};
	assert_int_equal(message_put_names(m, &q), 0);
	assert_int_equal(message_get_names(sealed(m), &asked), 0);
	assert_true(asked.refresh);
	assert_false(asked.as_json);
	assert_int_equal(asked.n_names, 2);
	assert_string_equal(asked.names[0], "a.example");
	assert_string_equal(asked.names[1], "b.example");
	assert_int_equal(message_put_names(n, &(struct names_request){.as_json = true}), 0);
	assert_int_equal(message_get_names(sealed(n), &asked), 0);
	assert_true(asked.as_json);
	assert_int_equal(asked.n_names, 0);
	sd_bus_message_unref(m);
	sd_bus_message_unref(n);
}

TEST(more_names_than_are_answered_at_once_are_refused)
{
	struct names_request asked;
	sd_bus_message *m = empty();
	assert_true(sd_bus_message_append(m, "bb", 0, 0) >= 0);
	assert_true(sd_bus_message_open_container(m, 'a', "s") >= 0);
	for (int i = 0; i <= NAMES_ASKED_MOST; i++)
		assert_true(sd_bus_message_append_basic(m, 's', "a.example") >= 0);
	assert_true(sd_bus_message_close_container(m) >= 0);
	assert_int_equal(message_get_names(sealed(m), &asked), -E2BIG);
	sd_bus_message_unref(m);
}

TEST(a_result_that_is_none_is_refused)
{
	struct preview_answer found;
	sd_bus_message *m = empty();
	assert_true(sd_bus_message_append(m, PREVIEW_ANSWER, 77, "", "") >= 0);
	assert_int_equal(message_get_preview(sealed(m), &found), -EBADMSG);
	sd_bus_message_unref(m);
}

static void put(const struct record *r, char **ret)
{
	struct text text = {0};
	record_put_json(r, &text);
	assert_int_equal(text_finish(&text, ret), 0);
}

TEST(a_record_comes_out_as_it_went_in)
{
	struct record r = {0}, found = {0};
	sd_bus_message *m = empty();
	char *before, *after;
	record_text(&r, "state", "healthy");
	record_list(&r, "problems");
	record_number(&r, "generation", UINT64_MAX);
	record_bool(&r, "open", true);
	for (int i = 0; i < RECORD_LINES_MOST - 1; i++)
		record_line(&r, "roles", "proxy");
	assert_int_equal(message_put_record(m, &r), 0);
	assert_int_equal(message_get_record(sealed(m), &found), 0);
	put(&r, &before);
	put(&found, &after);
	assert_string_equal(before, after);
	free(before);
	free(after);
	record_done(&r);
	record_done(&found);
	sd_bus_message_unref(m);
}

TEST(a_record_that_failed_is_not_sent)
{
	const struct record r = {.failed = true};
	sd_bus_message *m = empty();
	assert_int_equal(message_put_record(m, &r), -ENOMEM);
	sd_bus_message_unref(m);
}

TEST(a_message_of_other_types_is_refused)
{
	struct reload_request reload;
	struct record record = {0};
	sd_bus_message *m = empty();
	assert_true(sd_bus_message_append(m, "a(sv)", 1, "key", "d", 1.5) >= 0);
	assert_true(message_get_reload(sealed(m), &reload) < 0);
	assert_true(sd_bus_message_rewind(m, true) >= 0);
	assert_int_equal(message_get_record(m, &record), -EBADMSG);
	record_done(&record);
	sd_bus_message_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_question_of_a_connection_and_its_answer_come_out_as_they_went_in),
		cmocka_unit_test(a_reload_comes_out_as_it_went_in),
		cmocka_unit_test(a_flush_brings_its_word),
		cmocka_unit_test(a_verdict_comes_out_as_it_went_in),
		cmocka_unit_test(a_diff_and_its_preview_come_out_as_they_went_in),
		cmocka_unit_test(a_question_for_names_comes_out_as_it_went_in),
		cmocka_unit_test(more_names_than_are_answered_at_once_are_refused),
		cmocka_unit_test(a_result_that_is_none_is_refused),
		cmocka_unit_test(a_record_comes_out_as_it_went_in),
		cmocka_unit_test(a_record_that_failed_is_not_sent),
		cmocka_unit_test(a_message_of_other_types_is_refused),
	};
	return cmocka_run_group_tests(tests, start_bus, end_bus);
}
