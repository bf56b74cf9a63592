/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only file here that knows the control socket.
 *
 * A daemon that works (a reload of a million addresses) does not listen meanwhile, and one that is
 * asked by many lets go of who was silent.  So coming to be heard is tried again until a limit;
 * once a question is out, it is asked once and waited for.
 */
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/protocol.h"

enum { SECOND = 1000000 };

/* A question, and how long to wait until it is heard, and until it is answered. */
struct question {
	const char *method;
	unsigned heard_within; /* seconds */
	unsigned answered_within;
	bool *is_unheard; /* if not NULL: set, and nothing said, if there is nobody to ask */
};

/* Reaching. */

static uint64_t now_usec(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec / 1000;
}

static int connect_socket(const struct invocation *v, unsigned seconds)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = seconds};
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", v->runtime_dir,
		CONTROL_SOCKET);
	if (n < 0 || (size_t)n >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* of connect() too, where many wait before us */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
		connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		int error = errno;
		close(fd);
		return -error;
	}
	return fd;
}

/* Until both ends know each other, or the time is over. */
static int introduce(sd_bus *bus, uint64_t deadline)
{
	int r = sd_bus_start(bus);
	while (r >= 0 && (r = sd_bus_is_ready(bus)) == 0) {
		uint64_t now = now_usec();
		if (now >= deadline)
			return -ETIMEDOUT;
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, deadline - now);
	}
	return r < 0 ? r : 0;
}

static int open_bus(const struct invocation *v, uint64_t deadline, sd_bus **ret)
{
	const uint64_t now = now_usec();
	sd_bus *bus = NULL;
	int fd = connect_socket(v, now < deadline ? (unsigned)((deadline - now) / SECOND) + 1 : 1);
	if (fd < 0)
		return fd;
	int r = sd_bus_new(&bus);
	if (r < 0) {
		close(fd);
		return r;
	}
	r = sd_bus_set_fd(bus, fd, fd);
	if (r >= 0)
		r = sd_bus_negotiate_fds(bus, false);
	if (r >= 0)
		r = introduce(bus, deadline);
	if (r < 0) {
		sd_bus_close_unref(bus);
		return r;
	}
	*ret = bus;
	return 0;
}

static bool is_hung_up(int r)
{
	return r == -ECONNRESET || r == -EPIPE || r == -ENOTCONN || r == -ESHUTDOWN;
}

static int reach(const struct invocation *v, const struct question *q, sd_bus **ret)
{
	const struct timespec breath = {.tv_nsec = 50000000};
	const uint64_t deadline = now_usec() + (uint64_t)q->heard_within * SECOND;
	int r;
	while (is_hung_up(r = open_bus(v, deadline, ret)) && geteuid() == 0 &&
		now_usec() < deadline)
		nanosleep(&breath, NULL);
	return r;
}

static bool may_not_ask(int r)
{
	return r == -EACCES || r == -EPERM || (is_hung_up(r) && geteuid() != 0);
}

static bool nobody_to_ask(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ECONNREFUSED || may_not_ask(r);
}

static int explain_absence(const struct invocation *v, int r)
{
	if (r == -ENOENT || r == -ENOTDIR || r == -ECONNREFUSED) {
		fprintf(stderr, "rolewallctl: rolewalld is not running (nobody listens at %s/%s)\n",
			v->runtime_dir, CONTROL_SOCKET);
		return EXIT_ABSENT;
	}
	if (may_not_ask(r)) {
		fputs("rolewallctl: permission denied: only root may talk to rolewalld\n", stderr);
		return EXIT_BAD;
	}
	if (is_hung_up(r) || r == -ETIMEDOUT || r == -EAGAIN) {
		fputs("rolewallctl: rolewalld does not answer: it is busy, or hangs\n", stderr);
		return EXIT_ABSENT;
	}
	return failed("cannot reach rolewalld", r);
}

/* Asking. */

static int explain_silence(const sd_bus_error *error, int r)
{
	if (is_hung_up(r))
		fputs("rolewallctl: rolewalld went away before it answered; its journal may tell "
		      "why\n",
			stderr);
	else if (r == -ETIMEDOUT || sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY))
		fputs("rolewallctl: rolewalld does not answer: it is busy, or hangs\n", stderr);
	else {
		fprintf(stderr, "rolewallctl: rolewalld says: %s\n",
			error->message ? error->message : strerror(-r));
		return EXIT_BAD;
	}
	return EXIT_ABSENT;
}

/* types as in sd_bus_message_append().  EXIT_GOOD with the answer. */
static int ask(const struct invocation *v, const struct question *q, sd_bus_message **ret,
	const char *types, ...)
{
	sd_bus *bus = NULL;
	sd_bus_message *m = NULL;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	va_list args;
	int r = reach(v, q, &bus);
	if (r < 0 && q->is_unheard && nobody_to_ask(r)) {
		*q->is_unheard = true;
		return EXIT_ABSENT;
	}
	if (r < 0)
		return explain_absence(v, r);
	r = sd_bus_message_new_method_call(bus, &m, NULL, CONTROL_OBJECT, CONTROL_INTERFACE,
		q->method);
	va_start(args, types);
	if (r >= 0)
		r = sd_bus_message_appendv(m, types, args);
	va_end(args);
	if (r >= 0)
		r = sd_bus_call(bus, m, (uint64_t)q->answered_within * SECOND, &error, ret);
	int status = r < 0 ? explain_silence(&error, r) : EXIT_GOOD;
	sd_bus_error_free(&error);
	sd_bus_message_unref(m);
	sd_bus_close_unref(bus);
	return status;
}

/* Verdicts. */

static int print_verdict(sd_bus_message *m)
{
	const char *lines;
	int good, r = sd_bus_message_read(m, "bs", &good, &lines);
	if (r < 0)
		failed("cannot read the answer", r);
	else
		fputs(lines, good ? stdout : stderr);
	sd_bus_message_unref(m);
	return r >= 0 && good ? EXIT_GOOD : EXIT_BAD;
}

int client_diff(const struct invocation *v, const struct diff_question *d)
{
	bool is_unheard = false;
	const struct question q = {"Diff", 300, 1800, &is_unheard};
	const char *preview, *lines;
	sd_bus_message *m = NULL;
	uint32_t result;
	int status =
		ask(v, &q, &m, "sssb", d->config_dir, d->roles_dir, d->session, (int)d->as_json);
	*d->ret_is_heard = !is_unheard;
	if (status != EXIT_GOOD)
		return status;
	int r = sd_bus_message_read(m, "uss", &result, &preview, &lines);
	if (r < 0) {
		sd_bus_message_unref(m);
		return failed("cannot read the answer", r);
	}
	*d->ret_is_heard = result != DIFF_ELSEWHERE;
	fputs(lines, stderr);
	fputs(preview, stdout);
	sd_bus_message_unref(m);
	return result == DIFF_SAME        ? EXIT_GOOD
	       : result == DIFF_DIFFERENT ? EXIT_DIFFERENT
					  : EXIT_BAD;
}

int client_reload(const struct invocation *v, bool force, uint32_t confirm, const char *session)
{
	const struct question q = {"Reload", 300, 1800};
	sd_bus_message *m = NULL;
	int status = ask(v, &q, &m, "bus", (int)force, confirm, session);
	return status == EXIT_GOOD ? print_verdict(m) : status;
}

static int ask_simply(const struct invocation *v, const char *method)
{
	const struct question q = {method, 300, 1800};
	sd_bus_message *m = NULL;
	int status = ask(v, &q, &m, "");
	return status == EXIT_GOOD ? print_verdict(m) : status;
}

int client_confirm(const struct invocation *v)
{
	return ask_simply(v, "Confirm");
}

int client_rollback(const struct invocation *v)
{
	return ask_simply(v, "Rollback");
}

int client_flush(const struct invocation *v, const char *word)
{
	const struct question q = {"Flush", 60, 60};
	sd_bus_message *m = NULL;
	int status = ask(v, &q, &m, "s", word);
	return status == EXIT_GOOD ? print_verdict(m) : status;
}

/* The state. */

static int read_value(sd_bus_message *m, struct status_entry *e)
{
	const char *type, *text;
	int flag, r = sd_bus_message_peek_type(m, NULL, &type);
	if (r < 0)
		return r;
	if (strcmp(type, "s") == 0) {
		e->kind = STATUS_TEXT;
		r = sd_bus_message_read(m, "v", "s", &text);
		if (r >= 0 && !(e->text = strdup(text)))
			r = -ENOMEM;
	} else if (strcmp(type, "t") == 0) {
		e->kind = STATUS_NUMBER;
		r = sd_bus_message_read(m, "v", "t", &e->number);
	} else if (strcmp(type, "b") == 0) {
		e->kind = STATUS_BOOL;
		r = sd_bus_message_read(m, "v", "b", &flag);
		e->flag = r >= 0 && flag;
	} else if (strcmp(type, "as") == 0) {
		e->kind = STATUS_LIST;
		r = sd_bus_message_enter_container(m, 'v', "as");
		if (r >= 0)
			r = sd_bus_message_read_strv(m, &e->lines);
		if (r >= 0 && !e->lines && !(e->lines = calloc(1, sizeof(*e->lines))))
			r = -ENOMEM;
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	} else {
		r = -EBADMSG;
	}
	return r;
}

static int read_entry(sd_bus_message *m, struct status *s)
{
	const char *key;
	int r = array_reserve(&s->entries, &s->allocated, s->count + 1);
	if (r < 0)
		return r;
	struct status_entry *e = &s->entries[s->count++];
	*e = (struct status_entry){0};
	r = sd_bus_message_read(m, "s", &key);
	if (r >= 0 && !(e->key = strdup(key)))
		r = -ENOMEM;
	return r < 0 ? r : read_value(m, e);
}

static int read_status(sd_bus_message *m, struct status *s)
{
	int r = sd_bus_message_enter_container(m, 'a', "(sv)");
	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'r', "sv")) > 0) {
		r = read_entry(m, s);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r;
}

int client_status(const struct invocation *v, struct status *ret)
{
	const struct question q = {"Status", 60, 60};
	struct status s = {0};
	sd_bus_message *m = NULL;
	int status = ask(v, &q, &m, "");
	if (status != EXIT_GOOD)
		return status;
	int r = read_status(m, &s);
	sd_bus_message_unref(m);
	if (r < 0) {
		status_done(&s);
		return failed("cannot read the answer", r);
	}
	*ret = s;
	return EXIT_GOOD;
}

void status_done(struct status *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct status_entry *e = &s->entries[i];
		for (char **line = e->lines; line && *line; line++)
			free(*line);
		free(e->lines);
		free(e->text);
		free(e->key);
	}
	free(s->entries);
	*s = (struct status){0};
}
