/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An sd-bus connection, peer to peer, that takes one step of sd-bus at a time.
 *
 * sd-bus reads the client's socket itself, but the event loop is not attached to it.  sd-bus reads
 * more than an introduction when it reads one, and looks at the rest only when it is called again:
 * if the rest was all that the client had to say, nothing would ever wake it.  So after each step
 * that did something there is another one in the next turn of the loop, until one does nothing.
 *
 * While an answer waits to be taken nothing is read: a client that asks and does not listen costs
 * no more than the answers that its socket holds, and one that waits.
 *
 * Who the client is was looked at when it was accepted (control.c); what it says about itself is
 * not, so that to sd-bus anybody may be anonymous.
 */
#include "client.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/utf8.h"

enum { ANSWER_MOST = 1 << 20 };

/* Answering. */

/* No longer than the caller may be made to wait for, ending at a line's end. */
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

static struct caller caller_of(const struct client *c)
{
	return caller_of_socket(sd_bus_get_fd(c->bus));
}

/* The end of every call: sends what was put into the reply. */
static int send_reply(struct client *c, sd_bus_message *reply, int r)
{
	if (r >= 0)
		r = sd_bus_send(c->bus, reply, NULL);
	sd_bus_message_unref(reply);
	return r < 0 ? r : 1;
}

static int reply_verdict(struct client *c, sd_bus_message *m, const struct verdict_answer *a)
{
	sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_return(m, &reply);
	if (r >= 0)
		r = message_put_verdict(reply, a);
	return send_reply(c, reply, r);
}

/* The end of each call that has a verdict. */
static int answer(struct client *c, sd_bus_message *m, int r, struct answer *a)
{
	char *lines = NULL;
	if (r >= 0)
		r = text_finish(&a->lines, &lines);
	text_done(&a->lines);
	if (r >= 0) {
		cut(lines);
		utf8_mend(lines);
		r = reply_verdict(c, m, &(struct verdict_answer){a->good, lines});
	}
	free(lines);
	return r;
}

static int on_reload(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct client *c = userdata;
	struct reload_request request = {0};
	struct answer a = {0};
	int r = message_get_reload(m, &request);
	if (r < 0)
		return r;
	if (request.confirm > CONTROL_CONFIRM_MOST)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
			"a change is confirmed within %d seconds", CONTROL_CONFIRM_MOST);
	const struct caller by = caller_of(c);
	return answer(c, m, c->owner->methods->reload(c->owner->daemon, &by, &request, &a), &a);
}

static int on_confirm(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct client *c = userdata;
	struct answer a = {0};
	(void)error;
	const struct caller by = caller_of(c);
	return answer(c, m, c->owner->methods->confirm(c->owner->daemon, &by, &a), &a);
}

static int on_rollback(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct client *c = userdata;
	struct answer a = {0};
	(void)error;
	const struct caller by = caller_of(c);
	return answer(c, m, c->owner->methods->rollback(c->owner->daemon, &by, &a), &a);
}

static int on_flush(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct client *c = userdata;
	struct answer a = {0};
	const char *word;
	int r = message_get_flush(m, &word);
	if (r < 0)
		return r;
	if (strcmp(word, CONTROL_FLUSH_WORD) != 0)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
			"this opens the host; say " CONTROL_FLUSH_WORD " if that is what you want");
	const struct caller by = caller_of(c);
	return answer(c, m, c->owner->methods->flush(c->owner->daemon, &by, &a), &a);
}

static int reply_preview(struct client *c, sd_bus_message *m, struct diff_answer *a)
{
	char *preview = NULL, *lines = NULL;
	sd_bus_message *reply = NULL;
	int r = text_finish(&a->preview, &preview);
	if (r >= 0)
		r = text_finish(&a->lines, &lines);
	if (r >= 0)
		r = sd_bus_message_new_method_return(m, &reply);
	if (r >= 0) {
		utf8_mend(preview);
		utf8_mend(lines);
		cut(lines);
		r = message_put_preview(reply, &(struct preview_answer){a->result, preview, lines});
	}
	free(preview);
	free(lines);
	return send_reply(c, reply, r);
}

static int on_diff(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct client *c = userdata;
	struct diff_request q;
	struct diff_answer a = {0};
	(void)error;
	int r = message_get_diff(m, &q);
	if (r < 0)
		return r;
	r = c->owner->methods->diff(c->owner->daemon, &q, &a);
	if (r >= 0)
		r = reply_preview(c, m, &a);
	text_done(&a.preview);
	text_done(&a.lines);
	return r;
}

static int on_status(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct client *c = userdata;
	struct record record = {0};
	sd_bus_message *reply = NULL;
	(void)error;
	int r = sd_bus_message_new_method_return(m, &reply);
	if (r >= 0)
		r = c->owner->methods->status(c->owner->daemon, &record);
	if (r >= 0)
		r = message_put_record(reply, &record);
	record_done(&record);
	return send_reply(c, reply, r);
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Reload", RELOAD_REQUEST, VERDICT_ANSWER, on_reload,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Confirm", "", VERDICT_ANSWER, on_confirm, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Rollback", "", VERDICT_ANSWER, on_rollback, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Flush", FLUSH_REQUEST, VERDICT_ANSWER, on_flush, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Diff", DIFF_REQUEST, PREVIEW_ANSWER, on_diff, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Status", "", RECORD_ANSWER, on_status, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

/* Stepping. */

/* Whatever needs another step asks for being writable, which the socket is, unless answers wait
 * there. */
static int wait_for_next(struct client *c, bool did_something)
{
	uint64_t queued = 0;
	int r = sd_bus_get_n_queued_write(c->bus, &queued);
	int events = queued > 0 ? (int)EPOLLOUT : sd_bus_get_events(c->bus);
	if (r < 0 || events < 0)
		return r < 0 ? r : events;
	return sd_event_source_set_io_events(c->source,
		(uint32_t)events | (did_something ? EPOLLOUT : 0));
}

/* 1 if something was done, 0 if not, or negative errno.  To start is to read already, and may fail
 * as any reading does. */
static int step(struct client *c)
{
	if (c->is_started)
		return sd_bus_process(c->bus, NULL);
	c->is_started = true;
	int r = sd_bus_start(c->bus);
	return r < 0 ? r : 1;
}

static int on_socket(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct client *c = userdata;
	(void)source;
	(void)fd;
	int r = step(c);
	if (r >= 0 && sd_bus_is_open(c->bus) <= 0)
		r = -ECONNRESET;
	if (r >= 0)
		r = wait_for_next(c, r > 0);
	if (r < 0)
		c->owner->ended(c->owner->control, c);
	else if (events & EPOLLIN)
		c->owner->heard(c->owner->control, c);
	return 0;
}

/* Life. */

/* Takes the socket, also if it fails. */
static int new_bus(int fd, sd_bus **ret)
{
	sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);
	if (r < 0) {
		close(fd);
		return r;
	}
	r = sd_bus_set_fd(bus, fd, fd);
	assert(r >= 0); /* it is open, the bus is not started */
	*ret = bus;
	return 0;
}

static int prepare(struct client *c, int fd)
{
	sd_id128_t id;
	int r = sd_id128_randomize(&id);
	if (r >= 0)
		r = sd_bus_set_server(c->bus, true, id);
	if (r >= 0)
		r = sd_bus_set_anonymous(c->bus, true);
	if (r >= 0)
		r = sd_bus_negotiate_fds(c->bus, false);
	if (r >= 0)
		r = sd_bus_add_object_vtable(c->bus, NULL, CONTROL_OBJECT, CONTROL_INTERFACE,
			vtable, c);
	if (r >= 0)
		r = sd_event_add_io(c->owner->event, &c->source, fd, EPOLLIN, on_socket, c);
	if (r >= 0)
		r = sd_event_source_set_priority(c->source, PRIORITY_TALK);
	return r < 0 ? r : 0;
}

int client_open(const struct client_owner *owner, int fd, struct client **ret)
{
	struct client *c = calloc(1, sizeof(*c));
	if (!c) {
		close(fd);
		return -ENOMEM;
	}
	*c = (struct client){.owner = owner};
	int r = new_bus(fd, &c->bus);
	if (r == 0)
		r = prepare(c, fd);
	if (r < 0) {
		client_close(c);
		return r;
	}
	*ret = c;
	return 0;
}

void client_close(struct client *c)
{
	sd_event_source_disable_unref(c->source);
	sd_bus_close_unref(c->bus);
	free(c);
}
