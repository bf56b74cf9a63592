/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An sd-bus connection, peer to peer, of which the client cannot have more than its share.
 *
 * sd-bus would read messages of 128 MiB and queue hundreds of thousands of answers.  So it does
 * not read the client's socket itself: what comes is counted on its way into a pipe, and sd-bus
 * reads the pipe.  A session of rolewallctl is a few hundred bytes long; after INPUT_MOST the
 * pipe ends, as if the client had hung up.  Answers go to the socket directly; who asks again
 * while an answer waits to be taken is hung up on.  So a connection is worth what it may send and
 * one answer.
 *
 * Who the client is was looked at when it was accepted (control.c); what it says about itself is
 * not, so that to sd-bus anybody may be anonymous.
 */
#include "connection.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/utf8.h"

enum {
	INPUT_MOST = 64 << 10,
	ANSWER_MOST = 1 << 20,
	SEND_BUFFER = 64 << 10,
	CHUNK = 4096, /* not more than PIPE_BUF: a pipe takes it whole or not at all */
};

/* Answering. */

/* True if it may ask: its last answer has gone out. */
static bool may_ask(struct connection *c)
{
	uint64_t waiting = 0;
	if (sd_bus_get_n_queued_write(c->bus, &waiting) >= 0 && waiting == 0)
		return true;
	shutdown(c->client, SHUT_RDWR); /* the rest follows from this as from any hanging up */
	return false;
}

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

/* The end of every call: sends what was put into the reply. */
static int send_reply(struct connection *c, sd_bus_message *reply, int r)
{
	if (r >= 0)
		r = sd_bus_send(c->bus, reply, NULL);
	sd_bus_message_unref(reply);
	c->owner->heard(c->owner->control, c);
	return r < 0 ? r : 1;
}

static int reply_verdict(struct connection *c, sd_bus_message *m, const struct verdict_answer *a)
{
	sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_return(m, &reply);
	if (r >= 0)
		r = message_put_verdict(reply, a);
	return send_reply(c, reply, r);
}

/* The end of each call that has a verdict. */
static int answer(struct connection *c, sd_bus_message *m, int r, struct answer *a)
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
	struct connection *c = userdata;
	struct reload_request request = {0};
	struct answer a = {0};
	if (!may_ask(c))
		return 1;
	int r = message_get_reload(m, &request);
	if (r < 0)
		return r;
	if (request.confirm > CONTROL_CONFIRM_MOST)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
			"a change is confirmed within %d seconds", CONTROL_CONFIRM_MOST);
	return answer(c, m, c->owner->methods->reload(c->owner->daemon, &request, &a), &a);
}

static int on_confirm(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct connection *c = userdata;
	struct answer a = {0};
	(void)error;
	if (!may_ask(c))
		return 1;
	return answer(c, m, c->owner->methods->confirm(c->owner->daemon, &a), &a);
}

static int on_rollback(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct connection *c = userdata;
	struct answer a = {0};
	(void)error;
	if (!may_ask(c))
		return 1;
	return answer(c, m, c->owner->methods->rollback(c->owner->daemon, &a), &a);
}

static int on_flush(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct connection *c = userdata;
	struct answer a = {0};
	const char *word;
	if (!may_ask(c))
		return 1;
	int r = message_get_flush(m, &word);
	if (r < 0)
		return r;
	if (strcmp(word, CONTROL_FLUSH_WORD) != 0)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
			"this opens the host; say " CONTROL_FLUSH_WORD " if that is what you want");
	return answer(c, m, c->owner->methods->flush(c->owner->daemon, &a), &a);
}

static int reply_preview(struct connection *c, sd_bus_message *m, struct diff_answer *a)
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
	struct connection *c = userdata;
	struct diff_request q;
	struct diff_answer a = {0};
	(void)error;
	if (!may_ask(c))
		return 1;
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
	struct connection *c = userdata;
	struct record record = {0};
	sd_bus_message *reply = NULL;
	(void)error;
	if (!may_ask(c))
		return 1;
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

/* Listening. */

/* sd-bus finds the end behind what it has yet to read, and says Disconnected. */
static void end_input(struct connection *c)
{
	c->client_source = sd_event_source_disable_unref(c->client_source);
	if (c->to_bus >= 0)
		close(c->to_bus);
	c->to_bus = -1;
}

/* sd-bus takes what follows an introduction for a part of it, and then forgets to look at it: so
 * until both know each other it gets a line at a time, and the next when it has read that. */
static ssize_t read_some(const struct connection *c, char chunk[CHUNK])
{
	struct pollfd pipe = {.fd = c->at_bus, .events = POLLIN};
	if (sd_bus_is_ready(c->bus) > 0)
		return read(c->client, chunk, CHUNK);
	/* not FIONREAD: the daemon is not allowed any ioctl() */
	if (poll(&pipe, 1, 0) < 0)
		return -1;
	if (pipe.revents & POLLIN) {
		errno = EAGAIN;
		return -1;
	}
	ssize_t n = recv(c->client, chunk, CHUNK, MSG_PEEK);
	const char *end = n > 0 ? memchr(chunk, '\n', (size_t)n) : NULL;
	return n <= 0 ? n : read(c->client, chunk, end ? (size_t)(end - chunk) + 1 : (size_t)n);
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct connection *c = userdata;
	char chunk[CHUNK];
	(void)source;
	(void)fd;
	(void)events;
	if (sd_bus_is_open(c->bus) <= 0) { /* it is closing, which has its turn when we have none */
		end_input(c);
		return 0;
	}
	ssize_t n = read_some(c, chunk);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0)
		c->received += (size_t)n;
	if (n <= 0 || c->received > INPUT_MOST || write(c->to_bus, chunk, (size_t)n) != n)
		end_input(c);
	else
		c->owner->heard(c->owner->control, c);
	return 0;
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct connection *c = userdata;
	(void)m;
	(void)error;
	c->owner->ended(c->owner->control, c);
	return 0;
}

/* Life. */

/* Takes both descriptors, also if it fails. */
static int new_bus(int input, int output, sd_bus **ret)
{
	sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);
	if (r < 0) {
		close(input);
		close(output);
		return r;
	}
	r = sd_bus_set_fd(bus, input, output);
	assert(r >= 0); /* both are open, the bus is not started */
	*ret = bus;
	return 0;
}

static int start_bus(struct connection *c)
{
	const int buffer = SEND_BUFFER;
	sd_bus *bus = c->bus;
	sd_id128_t id;
	int r = sd_id128_randomize(&id);
	if (r >= 0)
		r = sd_bus_set_server(bus, true, id);
	if (r >= 0)
		r = sd_bus_set_anonymous(bus, true);
	if (r >= 0)
		r = sd_bus_negotiate_fds(bus, false);
	if (r >= 0) /* at our end it would wait for the client to read */
		r = sd_bus_set_close_on_exit(bus, false);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus, NULL, CONTROL_OBJECT, CONTROL_INTERFACE, vtable,
			c);
	if (r >= 0)
		r = sd_bus_match_signal(bus, NULL, NULL, "/org/freedesktop/DBus/Local",
			"org.freedesktop.DBus.Local", "Disconnected", on_disconnected, c);
	if (r >= 0)
		r = sd_bus_start(bus);
	/* it gives itself one of 8 MiB, where answers could wait uncounted */
	if (r >= 0 && setsockopt(c->client, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer)) < 0)
		r = -errno;
	if (r >= 0)
		r = sd_bus_attach_event(bus, c->owner->event, PRIORITY_TALK);
	return r;
}

static int start(struct connection *c)
{
	int ends[2];
	/* two watchers of one descriptor do not fit into one epoll */
	int output = fcntl(c->client, F_DUPFD_CLOEXEC, 3);
	if (output < 0)
		return -errno;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		int error = errno;
		close(output);
		return -error;
	}
	c->to_bus = ends[1];
	c->at_bus = ends[0];
	int r = new_bus(ends[0], output, &c->bus);
	if (r >= 0)
		r = start_bus(c);
	if (r >= 0)
		r = sd_event_add_io(c->owner->event, &c->client_source, c->client, EPOLLIN,
			on_input, c);
	if (r >= 0)
		r = sd_event_source_set_priority(c->client_source, PRIORITY_TALK);
	return r;
}

int connection_open(const struct connection_owner *owner, int client, struct connection **ret)
{
	struct connection *c = calloc(1, sizeof(*c));
	if (!c) {
		close(client);
		return -ENOMEM;
	}
	*c = (struct connection){.owner = owner, .client = client, .to_bus = -1};
	int r = start(c);
	if (r < 0) {
		connection_close(c);
		return r;
	}
	*ret = c;
	return 0;
}

void connection_close(struct connection *c)
{
	end_input(c);
	sd_bus_close_unref(c->bus);
	close(c->client);
	free(c);
}
