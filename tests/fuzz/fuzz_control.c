/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client of the control socket that says anything: the input is all that it sends, and the
 * other end is served as an accepted connection is.
 *
 * Held against it, besides what the sanitizers see: the daemon does only what was asked for in good
 * form; the event loop comes to rest, so that no client keeps it busy; and when the client has
 * hung up, nothing is left of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/message.h"
#include "control.h"
#include "fuzz.h"

enum {
	PIECE = 1024,
	TURNS_MOST = 20000, /* of the event loop, for an input of some thousand bytes */
};

static struct {
	sd_event *event;
	struct control *control;
	char directory[64];
	bool may_flush;
} us;

static void require(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

/* The daemon. */

static int on_reload(void *daemon, const struct caller *by, const struct reload_request *request,
	struct answer *ret)
{
	(void)by;
	(void)daemon;
	require(request->confirm <= CONTROL_CONFIRM_MOST, "the time to confirm has a limit");
	ret->good = !request->force;
	text_printf(&ret->lines, "%s\xff\xef\xbf\xbe\n", request->session);
	return request->confirm == 1 ? -EIO : 0;
}

static int on_question(void *daemon, const struct caller *by, struct answer *ret)
{
	(void)by;
	(void)daemon;
	ret->good = true;
	return 0;
}

static int on_flush(void *daemon, const struct caller *by, struct answer *ret)
{
	require(us.may_flush, "who flushes has said the word");
	return on_question(daemon, by, ret);
}

static int on_diff(void *daemon, const struct diff_request *q, struct diff_answer *ret)
{
	(void)daemon;
	ret->result = q->as_json ? DIFF_DIFFERENT : DIFF_FAULTY;
	text_printf(&ret->preview, "%s\xff\n", q->config_dir);
	text_printf(&ret->lines, "%s %s\n", q->roles_dir, q->session);
	return 0;
}

static int on_status(void *daemon, struct record *to)
{
	(void)daemon;
	record_text(to, "state", "healthy");
	record_list(to, "problems");
	record_number(to, "generation", 7);
	record_bool(to, "open", false);
	for (int i = 0; i < 3; i++)
		record_line(to, "refused", "a\xc3 line");
	return 0;
}

static void close_down(void)
{
	control_close(us.control);
	sd_event_unref(us.event);
	rmdir(us.directory);
}

static void open_up(void)
{
	static const struct control_methods methods = {
		.reload = on_reload,
		.confirm = on_question,
		.rollback = on_question,
		.flush = on_flush,
		.diff = on_diff,
		.status = on_status,
	};
	snprintf(us.directory, sizeof(us.directory), "/tmp/rolewall-fuzz-XXXXXX");
	require(mkdtemp(us.directory), "there is a directory");
	require(sd_event_new(&us.event) >= 0, "there is an event loop");
	require(control_open(us.event, us.directory, &methods, NULL, &us.control) >= 0,
		"there is a control socket");
	atexit(close_down);
}

/* The client. */

/* Until nothing is left to do. */
static void come_to_rest(void)
{
	int r = 1;
	for (unsigned turn = 0; r > 0; turn++) {
		require(turn < TURNS_MOST, "the event loop comes to rest");
		r = sd_event_run(us.event, 0);
	}
	require(r == 0, "the event loop goes on");
}

static void hear_all(int client)
{
	char answers[4096];
	while (read(client, answers, sizeof(answers)) > 0)
		;
}

static void say(int client, const uint8_t *data, size_t size)
{
	while (size > 0) {
		size_t piece = size < PIECE ? size : PIECE;
		if (send(client, data, piece, MSG_NOSIGNAL) != (ssize_t)piece)
			return; /* hung up on */
		data += piece;
		size -= piece;
		come_to_rest();
	}
}

/* Of the first ones; new ones are always the lowest that are free. */
static unsigned descriptors(void)
{
	unsigned n = 0;
	for (int fd = 0; fd < 32; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int ends[2];
	if (!us.event)
		open_up();
	const unsigned before = descriptors();
	us.may_flush = memmem(data, size, CONTROL_FLUSH_WORD, strlen(CONTROL_FLUSH_WORD));
	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0,
		"there are sockets");
	require(control_serve(us.control, ends[1]) == 0, "a client is served");
	say(ends[0], data, size);
	hear_all(ends[0]);
	shutdown(ends[0], SHUT_WR);
	come_to_rest();
	require(control_clients(us.control) == 0, "who hangs up leaves nothing");
	close(ends[0]);
	require(descriptors() == before, "its descriptors are given back");
	return 0;
}
