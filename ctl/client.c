/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only file here that knows the control socket.
 *
 * A busy daemon (a reload of a million addresses) does not accept connections, and one with all
 * its places taken lets others wait.  So there is one time limit for the connection, and one for
 * the answer.
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

#include "base/cleanup.h"
#include "bus/login.h"
#include "bus/message.h"

enum { SECOND = 1000000 };

/* Reaching. */

static uint64_t now_usec(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec / 1000;
}

/* As whom we have logged in, for the daemon's log.  It is asked all the same if this fails. */
static void introduce_login(int fd)
{
	uint32_t login;
	struct sockaddr_un name;
	if (!login_of_process(getpid(), &login))
		return;
	int length = login_name(login, &name);
	if (length > 0)
		(void)bind(fd, (const struct sockaddr *)&name, (socklen_t)length);
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
	introduce_login(fd);
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

DEFINE_CLEANUP(close_bus, sd_bus, sd_bus_close_unref)

static int open_bus(const struct invocation *v, uint64_t deadline, sd_bus **ret)
{
	const uint64_t now = now_usec();
	CLEANUP(close_bus) sd_bus *bus = NULL;
	int fd = connect_socket(v, now < deadline ? (unsigned)((deadline - now) / SECOND) + 1 : 1);
	if (fd < 0)
		return fd;
	int r = sd_bus_new(&bus);
	if (r < 0) {
		close(fd);
		return r;
	}
	r = sd_bus_set_fd(bus, fd, fd);
	if (r < 0)
		return r;
	r = sd_bus_negotiate_fds(bus, false);
	if (r < 0)
		return r;
	r = introduce(bus, deadline);
	if (r < 0)
		return r;
	*ret = TAKE(bus);
	return 0;
}

static bool is_hung_up(int r)
{
	return r == -ECONNRESET || r == -EPIPE || r == -ENOTCONN || r == -ESHUTDOWN;
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

int client_ask(const struct invocation *v, const struct question *q)
{
	sd_bus *bus = NULL;
	sd_bus_message *m = NULL, *answer = NULL;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = open_bus(v, now_usec() + (uint64_t)q->connect_within * SECOND, &bus);
	if (r < 0 && q->is_absent && nobody_to_ask(r)) {
		*q->is_absent = true;
		if (q->may_not_ask)
			*q->may_not_ask = may_not_ask(r);
		return EXIT_ABSENT;
	}
	if (r < 0)
		return explain_absence(v, r);
	r = sd_bus_message_new_method_call(bus, &m, NULL, CONTROL_OBJECT, CONTROL_INTERFACE,
		q->method);
	if (r >= 0 && q->put)
		r = q->put(m, q->request);
	if (r >= 0)
		r = sd_bus_call(bus, m, (uint64_t)q->answer_within * SECOND, &error, &answer);
	int status = r < 0 ? explain_silence(&error, r) : q->take(answer, q->context);
	sd_bus_error_free(&error);
	sd_bus_message_unref(answer);
	sd_bus_message_unref(m);
	sd_bus_close_unref(bus);
	return status;
}

int client_take_verdict(sd_bus_message *answer, void *context)
{
	struct verdict_answer a;
	(void)context;
	int r = message_get_verdict(answer, &a);
	if (r < 0)
		return failed("cannot read the answer", r);
	fputs(a.lines, a.good ? stdout : stderr);
	return a.good ? EXIT_GOOD : EXIT_BAD;
}
