/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probe hold: opens tcp connections one after the other and keeps them, to find the
 * exact edge of a cap and to see which sessions live through a reload.  Each must have
 * had its echo before the next begins, so "the 151st" is well defined.
 *
 * Afterwards stdin gives the orders, and each is answered by one line:
 *
 *	one	opens one more			held K | refused K RESULT
 *	close K	ends connection K in order	closed K
 *	echo K	sends a byte over K		echo K ok | dead
 *
 * A close waits for the peer's end of it: after "closed K" the connection trackers of
 * both ends have seen the last packet.
 */
#include "probe.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_TIMEOUT_MS = 1000, MOST = 10000 };

struct hold {
	struct address source, destination;
	unsigned timeout_ms;
	int *fds; /* by K - 1; -1: refused or closed */
	unsigned count;
};

/* True as soon as there is something to see, false at the deadline. */
static bool wait_until(int fd, short events, int64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = events};
	for (;;) {
		int64_t left = deadline - now_ms();
		int n = poll(&p, 1, left > 0 ? (int)left : 0);
		if (n >= 0)
			return n > 0;
		if (errno != EINTR)
			die_errno("poll");
	}
}

/* Sends a byte and waits for it to come back. */
static enum result echo(int fd, int64_t deadline)
{
	char byte;
	if (send(fd, "?", 1, MSG_NOSIGNAL) != 1)
		return result_from_errno(errno, SOCK_STREAM);
	if (!wait_until(fd, POLLIN, deadline))
		return RESULT_SILENT;
	ssize_t n = recv(fd, &byte, 1, 0);
	if (n < 0)
		return result_from_errno(errno, SOCK_STREAM);
	return n ? RESULT_OPEN : RESULT_RESET;
}

static enum result establish(int fd, int64_t deadline)
{
	int error;
	socklen_t size = sizeof(error);

	if (!wait_until(fd, POLLOUT, deadline))
		return RESULT_SILENT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		die_errno("getsockopt");
	if (error)
		return result_from_errno(error, SOCK_STREAM);
	return echo(fd, deadline);
}

static void open_one(struct hold *h)
{
	int error;
	enum result result;
	const int64_t deadline = now_ms() + h->timeout_ms;
	int fd = socket_dial(SOCK_STREAM, &h->source, &h->destination, &error);

	if (error && error != EINPROGRESS)
		result = result_from_errno(error, SOCK_STREAM);
	else
		result = establish(fd, deadline);

	h->fds = reallocarray(h->fds, h->count + 1, sizeof(*h->fds));
	if (!h->fds)
		die_errno("reallocarray");
	h->fds[h->count++] = fd;
	if (result == RESULT_OPEN) {
		printf("held %u\n", h->count);
		return;
	}
	if (close(fd) < 0)
		die_errno("close");
	h->fds[h->count - 1] = -1;
	printf("refused %u %s\n", h->count, result_name(result));
}

static int *find(struct hold *h, const char *word)
{
	const unsigned k = number_parse(word, MOST);
	if (!h->fds || k > h->count || h->fds[k - 1] < 0)
		die("there is no connection %u", k);
	return &h->fds[k - 1];
}

static void close_one(struct hold *h, const char *word)
{
	int *fd = find(h, word);
	const int64_t deadline = now_ms() + h->timeout_ms;
	char bytes[256];

	/* ENOTCONN: the peer, or a firewall in its name, has reset it already. */
	if (shutdown(*fd, SHUT_WR) < 0 && errno != ENOTCONN)
		die_errno("shutdown");
	while (wait_until(*fd, POLLIN, deadline) && recv(*fd, bytes, sizeof(bytes), 0) > 0)
		;
	if (close(*fd) < 0)
		die_errno("close");
	*fd = -1;
	printf("closed %s\n", word);
}

static void echo_one(struct hold *h, const char *word)
{
	const enum result r = echo(*find(h, word), now_ms() + h->timeout_ms);
	printf("echo %s %s\n", word, r == RESULT_OPEN ? "ok" : "dead");
}

static void obey(struct hold *h, char *line)
{
	char *words[2];

	if (strcmp(line, "one") == 0) {
		open_one(h);
		return;
	}
	line_split(line, words, 2);
	if (strcmp(words[0], "close") == 0)
		close_one(h, words[1]);
	else if (strcmp(words[0], "echo") == 0)
		echo_one(h, words[1]);
	else
		die("'%s' is no order", words[0]);
}

int probe_hold(int argc, char **argv)
{
	struct hold h = {.timeout_ms = DEFAULT_TIMEOUT_MS};
	char *line;

	if (argc == 6 && strcmp(argv[0], "--timeout") == 0) {
		h.timeout_ms = number_parse(argv[1], 60000);
		argc -= 2;
		argv += 2;
	}
	if (argc != 4)
		die("hold takes [--timeout MS] N SOURCE DESTINATION PORT");
	const unsigned n = number_parse(argv[0], MOST);
	h.source = address_parse(argv[1], 0);
	h.destination = address_parse(argv[2], port_parse(argv[3]));
	if (!h.destination.size)
		die("hold needs a destination");

	for (unsigned i = 0; i < n; i++)
		open_one(&h);
	while (line_read(&line))
		obey(&h, line);
	free(h.fds);
	return 0;
}
