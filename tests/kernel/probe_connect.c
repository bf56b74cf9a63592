/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probe connect: tries many ports at once and says of each what came of it.  The time
 * of a run is one timeout, not one timeout for each silent port.
 *
 * All attempts have the same timeout and begin in input order, so they also expire in
 * input order: one index, the oldest that is still under way, is all the bookkeeping
 * that deadlines need.
 *
 * An outbound reject shows itself twice to udp: send() fails with EPERM, as it does for a
 * silent drop in the output hook, and an ICMP error arrives.  Only the error counts, or
 * a drop could not be told from a reject.
 */
#include "probe.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { IN_FLIGHT = 500, EVENTS = 64, DEFAULT_TIMEOUT_MS = 1000 };

struct attempt {
	char *words[4]; /* protocol, source, destination, port: as given */
	char *line;     /* what the words point into */
	int type;
	struct address source, destination;
	int fd; /* -1: over */
	int64_t deadline;
	enum result result;
};

struct run {
	struct attempt *attempts;
	size_t n_attempts;
	size_t oldest, next; /* [oldest, next) may be under way */
	size_t in_flight;
	unsigned timeout_ms;
	int epoll;
};

static void read_attempts(struct run *r)
{
	size_t allocated = 0;
	char *line;

	while (line_read(&line)) {
		if (r->n_attempts == allocated) {
			allocated = allocated ? 2 * allocated : 64;
			r->attempts = reallocarray(r->attempts, allocated, sizeof(*r->attempts));
			if (!r->attempts)
				die_errno("reallocarray");
		}
		struct attempt *a = &r->attempts[r->n_attempts++];
		*a = (struct attempt){.line = strdup(line), .fd = -1};
		if (!a->line)
			die_errno("strdup");
		line_split(a->line, a->words, 4);
		a->type = type_parse(a->words[0]);
		a->source = address_parse(a->words[1], 0);
		a->destination = address_parse(a->words[2], port_parse(a->words[3]));
		if (!a->destination.size)
			die("an attempt needs a destination");
	}
}

static void finish(struct run *r, struct attempt *a, enum result result)
{
	if (close(a->fd) < 0)
		die_errno("close");
	a->fd = -1;
	a->result = result;
	r->in_flight--;
}

/* Sends the byte that asks for an echo. */
static void ask(struct run *r, struct attempt *a)
{
	if (send(a->fd, "?", 1, MSG_NOSIGNAL) == 1)
		return;
	if (a->type == SOCK_DGRAM && errno == EPERM)
		return; /* see the top of this file */
	finish(r, a, result_from_errno(errno, a->type));
}

static void begin(struct run *r, struct attempt *a)
{
	int error;
	a->fd = socket_dial(a->type, &a->source, &a->destination, &error);
	a->deadline = now_ms() + r->timeout_ms;
	r->in_flight++;
	if (error && error != EINPROGRESS) {
		finish(r, a, result_from_errno(error, a->type));
		return;
	}

	struct epoll_event event = {.data.ptr = a};
	event.events = a->type == SOCK_STREAM ? EPOLLOUT : EPOLLIN;
	if (epoll_ctl(r->epoll, EPOLL_CTL_ADD, a->fd, &event) < 0)
		die_errno("epoll_ctl");
	if (a->type == SOCK_DGRAM)
		ask(r, a);
}

/* 0 if no router or host has said anything. */
static int take_icmp_error(int fd)
{
	union {
		struct cmsghdr alignment;
		char bytes[512];
	} control;
	struct msghdr m = {.msg_control = &control, .msg_controllen = sizeof(control)};

	if (recvmsg(fd, &m, MSG_ERRQUEUE) < 0) {
		if (errno != EAGAIN)
			die_errno("recvmsg of the error queue");
		return 0;
	}
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		const bool mine = (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
				  (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);
		struct sock_extended_err e;
		if (!mine)
			continue;
		memcpy(&e, CMSG_DATA(c), sizeof(e));
		if (e.ee_origin == SO_EE_ORIGIN_ICMP || e.ee_origin == SO_EE_ORIGIN_ICMP6)
			return (int)e.ee_errno;
	}
	return 0;
}

static void read_echo(struct run *r, struct attempt *a)
{
	char byte;
	ssize_t n = recv(a->fd, &byte, 1, 0);
	if (n > 0)
		finish(r, a, RESULT_OPEN);
	else if (n == 0)
		finish(r, a, RESULT_RESET);
	else if (errno != EAGAIN && errno != EINTR)
		finish(r, a, result_from_errno(errno, a->type));
}

static void advance_datagram(struct run *r, struct attempt *a, uint32_t events)
{
	if (events & EPOLLERR) {
		const int error = take_icmp_error(a->fd);
		if (error) {
			finish(r, a, result_from_errno(error, a->type));
			return;
		}
	}
	read_echo(r, a);
}

static void advance_stream(struct run *r, struct attempt *a, uint32_t events)
{
	int error;
	socklen_t size = sizeof(error);

	if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		die_errno("getsockopt");
	if (error) {
		finish(r, a, result_from_errno(error, a->type));
		return;
	}
	if (!(events & EPOLLOUT)) {
		read_echo(r, a);
		return;
	}
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = a};
	if (epoll_ctl(r->epoll, EPOLL_CTL_MOD, a->fd, &event) < 0)
		die_errno("epoll_ctl");
	ask(r, a);
}

static void expire(struct run *r)
{
	const int64_t now = now_ms();
	for (; r->oldest < r->next; r->oldest++) {
		struct attempt *a = &r->attempts[r->oldest];
		if (a->fd >= 0 && a->deadline > now)
			return;
		if (a->fd >= 0)
			finish(r, a, RESULT_SILENT);
	}
}

static void wait_for_events(struct run *r)
{
	struct epoll_event events[EVENTS];
	int64_t left = r->attempts[r->oldest].deadline - now_ms();
	int n = epoll_wait(r->epoll, events, EVENTS, left > 0 ? (int)left : 0);
	if (n < 0 && errno != EINTR)
		die_errno("epoll_wait");
	for (int i = 0; i < n; i++) {
		struct attempt *a = events[i].data.ptr;
		if (a->type == SOCK_DGRAM)
			advance_datagram(r, a, events[i].events);
		else
			advance_stream(r, a, events[i].events);
	}
}

int probe_connect(int argc, char **argv)
{
	struct run r = {.timeout_ms = DEFAULT_TIMEOUT_MS};
	if (argc == 2 && strcmp(argv[0], "--timeout") == 0)
		r.timeout_ms = number_parse(argv[1], 60000);
	else if (argc > 0)
		die("connect takes --timeout MS and nothing else");
	r.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (r.epoll < 0)
		die_errno("epoll_create1");
	read_attempts(&r);

	for (;;) {
		while (r.next < r.n_attempts && r.in_flight < IN_FLIGHT)
			begin(&r, &r.attempts[r.next++]);
		expire(&r);
		if (r.oldest == r.n_attempts)
			break;
		if (r.oldest < r.next)
			wait_for_events(&r);
	}

	for (size_t i = 0; i < r.n_attempts; i++) {
		struct attempt *a = &r.attempts[i];
		printf("%s %s %s %s %s\n", a->words[0], a->words[1], a->words[2], a->words[3],
			result_name(a->result));
		free(a->line);
	}
	free(r.attempts);
	if (close(r.epoll) < 0)
		die_errno("close");
	return 0;
}
