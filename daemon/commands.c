/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be asked over the control socket: one table of methods, and a function for each.
 *
 * A function reads the request, has it done, and answers: a verdict with lines for people, or a
 * record.  What comes is refused here if it is of the wrong form or says nonsense; what goes out is
 * made valid UTF-8, which D-Bus demands, and no longer than the caller may be made to wait for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "acts.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "daemon.h"
#include "journal.h"

enum { ANSWER_MOST = 1 << 20 };

/* Answering. */

/* Ends at a line's end. */
static void cut(char *lines)
{
	static const char more[] = "... and more\n";
	if (strlen(lines) <= ANSWER_MOST)
		return;
	char *end = lines + ANSWER_MOST - sizeof(more);
	while (end > lines && end[-1] != '\n')
		end--;
	memcpy(end, more, sizeof(more));
}

/* The end of every call: sends what was put into the reply, unless that has failed. */
static int send_reply(sd_bus_message *reply, int r)
{
	if (r >= 0)
		r = sd_bus_send(sd_bus_message_get_bus(reply), reply, NULL);
	sd_bus_message_unref(reply);
	return r < 0 ? r : 1;
}

/* Ends the lines.  All of them are sent if they are whole only together. */
static int reply_lines(sd_bus_message *m, bool good, struct text *lines, bool must_be_whole)
{
	sd_bus_message *reply = NULL;
	CLEANUP(free_string) char *said = NULL;
	int r = text_finish(lines, &said);
	if (r < 0)
		return r;
	if (!must_be_whole)
		cut(said);
	utf8_mend(said);
	r = sd_bus_message_new_method_return(m, &reply);
	if (r < 0)
		return r;
	return send_reply(reply, message_put_verdict(reply, &(struct verdict_answer){good, said}));
}

static int reply_verdict(sd_bus_message *m, bool good, struct text *lines)
{
	return reply_lines(m, good, lines, false);
}

/* Doing. */

/* From here on, until finish(), it is done for who has sent the message. */
static void begin(struct service *s, sd_bus_message *m)
{
	const struct caller by = caller_of_socket(sd_bus_get_fd(sd_bus_message_get_bus(m)));
	asker_begin(&s->asker, &by);
}

static int finish(struct service *s, sd_bus_message *m, bool good, struct text *lines)
{
	asker_end(&s->asker);
	service_turn(s);
	return reply_verdict(m, good, lines);
}

static int on_reload(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct service *s = userdata;
	struct reload_request request = {0};
	struct text lines = {0};
	int r = message_get_reload(m, &request);
	if (r < 0)
		return r;
	if (request.confirm > CONTROL_CONFIRM_MOST)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
			"a change is confirmed within %d seconds", CONTROL_CONFIRM_MOST);
	begin(s, m);
	bool good = reload(s, &request, &lines);
	return finish(s, m, good, &lines);
}

static int on_confirm(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct service *s = userdata;
	struct text lines = {0};
	(void)error;
	begin(s, m);
	bool good = acts_ask(s, LIFE_CONFIRM, &lines);
	return finish(s, m, good, &lines);
}

static int on_rollback(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct service *s = userdata;
	struct text lines = {0};
	(void)error;
	begin(s, m);
	bool good = acts_ask(s, LIFE_ROLL_BACK, &lines);
	return finish(s, m, good, &lines);
}

static int on_flush(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct service *s = userdata;
	struct text lines = {0};
	const char *word;
	int r = message_get_flush(m, &word);
	if (r < 0)
		return r;
	if (strcmp(word, CONTROL_FLUSH_WORD) != 0)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
			"this opens the host; say " CONTROL_FLUSH_WORD " if that is what you want");
	begin(s, m);
	bool good = acts_ask(s, LIFE_FLUSH, &lines);
	reload_announce_ready(s);
	return finish(s, m, good, &lines);
}

/* Telling. */

static int reply_preview(sd_bus_message *m, struct diff_answer *a)
{
	sd_bus_message *reply = NULL;
	CLEANUP(free_string) char *preview = NULL, *lines = NULL;
	int r = text_finish(&a->preview, &preview);
	if (r < 0)
		return r;
	r = text_finish(&a->lines, &lines);
	if (r < 0)
		return r;
	utf8_mend(preview);
	utf8_mend(lines);
	cut(lines);
	r = sd_bus_message_new_method_return(m, &reply);
	if (r < 0)
		return r;
	const struct preview_answer answer = {a->result, preview, lines};
	return send_reply(reply, message_put_preview(reply, &answer));
}

static int on_diff(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct diff_request q;
	struct diff_answer a = {0};
	(void)error;
	int r = message_get_diff(m, &q);
	if (r < 0)
		return r;
	diff(userdata, &q, &a);
	r = reply_preview(m, &a);
	text_done(&a.preview);
	text_done(&a.lines);
	return r;
}

static int on_status(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	CLEANUP(record_done) struct record record = {0};
	sd_bus_message *reply = NULL;
	(void)error;
	int r = sd_bus_message_new_method_return(m, &reply);
	if (r < 0)
		return r;
	status_put(userdata, &record);
	return send_reply(reply, message_put_record(reply, &record));
}

static int on_explain(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct explain_request q;
	struct explain_answer answer = {0};
	struct text lines = {0};
	sd_bus_message *reply = NULL;
	CLEANUP(free_string) char *said = NULL;
	(void)error;
	int r = message_get_explain(m, &q);
	if (r < 0)
		return r;
	explain_answer(userdata, &q, &answer.result, &lines);
	r = text_finish(&lines, &said);
	if (r < 0)
		return r;
	utf8_mend(said);
	answer.lines = said;
	r = sd_bus_message_new_method_return(m, &reply);
	if (r < 0)
		return r;
	return send_reply(reply, message_put_explanation(reply, &answer));
}

static int on_names(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct service *s = userdata;
	struct names_request q;
	struct text lines = {0};
	int r = message_get_names(m, &q);
	if (r == -E2BIG)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
			"at most %d names are shown by name", NAMES_ASKED_MOST);
	if (r < 0)
		return r;
	bool good = names_answer(s, &q, &lines);
	service_turn(s);
	return reply_lines(m, good, &lines, q.as_json);
}

/* The table.  control.c has checked who may ask. */

#define METHOD(name, request, answer, function) \
	SD_BUS_METHOD(name, request, answer, function, SD_BUS_VTABLE_UNPRIVILEGED)

static const sd_bus_vtable methods[] = {
	SD_BUS_VTABLE_START(0),
	METHOD("Reload", RELOAD_REQUEST, VERDICT_ANSWER, on_reload),
	METHOD("Confirm", "", VERDICT_ANSWER, on_confirm),
	METHOD("Rollback", "", VERDICT_ANSWER, on_rollback),
	METHOD("Flush", FLUSH_REQUEST, VERDICT_ANSWER, on_flush),
	METHOD("Diff", DIFF_REQUEST, PREVIEW_ANSWER, on_diff),
	METHOD("Explain", EXPLAIN_REQUEST, EXPLAIN_ANSWER, on_explain),
	METHOD("Status", "", RECORD_ANSWER, on_status),
	METHOD("Names", NAMES_REQUEST, VERDICT_ANSWER, on_names),
	SD_BUS_VTABLE_END,
};

void commands_open(struct service *s)
{
	int r = control_open(s->event, s->options->runtime_dir, methods, s, &s->control);
	if (r < 0)
		journal(JOURNAL_SERVICE, LOG_ERR,
			"cannot open the control socket in %s: %s; rolewallctl cannot reach this "
			"daemon",
			s->options->runtime_dir, strerror(-r));
}

void commands_close(struct service *s)
{
	control_close(s->control);
	s->control = NULL;
}
