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

#include "acts.h"
#include "daemon.h"
#include "fuzz.h"

enum {
	PIECE = 1024,
	TURNS_MOST = 20000, /* of the event loop, for an input of some thousand bytes */
};

static struct {
	struct service service;
	char directory[64];
	bool may_flush;
} us;

/* The daemon: what its commands have done. */

bool reload(struct service *s, const struct reload_request *q, struct text *lines)
{
	(void)s;
	require(q->confirm <= CONTROL_CONFIRM_MOST, "the time to confirm has a limit");
	text_printf(lines, "%s\xff\xef\xbf\xbe\n", q->session);
	return !q->force;
}

void reload_announce_ready(const struct service *s)
{
	(void)s;
}

bool acts_ask(struct service *s, enum life_event_kind kind, struct text *lines)
{
	(void)s;
	require(kind != LIFE_FLUSH || us.may_flush, "who flushes has said the word");
	text_put(lines, "done\n");
	return true;
}

void service_turn(struct service *s)
{
	require(s->asker.now.pid == 0, "what is asked for is over before the next turn");
}

void diff(struct service *s, const struct diff_request *q, struct diff_answer *ret)
{
	(void)s;
	ret->result = q->as_json ? DIFF_DIFFERENT : DIFF_FAULTY;
	text_printf(&ret->preview, "%s\xff\n", q->config_dir);
	text_printf(&ret->lines, "%s %s\n", q->roles_dir, q->session);
}

void status_put(const struct service *s, struct record *to)
{
	(void)s;
	record_text(to, "state", "healthy");
	record_list(to, "degraded");
	record_number(to, "generation", 7);
	record_bool(to, "open", false);
	for (int i = 0; i < 3; i++)
		record_line(to, "refused", "a\xc3 line");
}

void explain_answer(struct service *s, const struct explain_request *q,
	enum explain_result *ret_result, struct text *lines)
{
	(void)s;
	*ret_result = q->as_json ? EXPLAIN_ALLOWED : EXPLAIN_ELSEWHERE;
	text_printf(lines, "%s\xff\n", q->disk_file);
}

bool names_answer(struct service *s, const struct names_request *q, struct text *lines)
{
	(void)s;
	for (size_t i = 0; i < q->n_names; i++)
		text_printf(lines, "%s\xff\n", q->names[i]);
	return q->refresh || q->as_json;
}

static void close_down(void)
{
	commands_close(&us.service);
	sd_event_unref(us.service.event);
	rmdir(us.directory);
}

static void open_up(void)
{
	static struct service_options options;
	snprintf(us.directory, sizeof(us.directory), "/tmp/rolewall-fuzz-XXXXXX");
	require(mkdtemp(us.directory), "there is a directory");
	options.runtime_dir = us.directory;
	us.service.options = &options;
	require(sd_event_new(&us.service.event) >= 0, "there is an event loop");
	commands_open(&us.service);
	require(us.service.control, "there is a control socket");
	atexit(close_down);
}

/* The client. */

/* Until nothing is left to do. */
static void come_to_rest(void)
{
	int r = 1;
	for (unsigned turn = 0; r > 0; turn++) {
		require(turn < TURNS_MOST, "the event loop comes to rest");
		r = sd_event_run(us.service.event, 0);
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
	if (!us.service.event)
		open_up();
	const unsigned before = descriptors();
	us.may_flush = memmem(data, size, CONTROL_FLUSH_WORD, strlen(CONTROL_FLUSH_WORD));
	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0,
		"there are sockets");
	require(control_serve(us.service.control, ends[1]) == 0, "a client is served");
	say(ends[0], data, size);
	hear_all(ends[0]);
	shutdown(ends[0], SHUT_WR);
	come_to_rest();
	require(control_clients(us.service.control) == 0, "who hangs up leaves nothing");
	close(ends[0]);
	require(descriptors() == before, "its descriptors are given back");
	return 0;
}
