/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flood pump: tcp sessions that never rest.  Each line of stdin is one, "SOURCE DESTINATION
 * PORT", to an echo server.  Every session sends a few bytes in every tick in which it has
 * had the answer to the last ones.  At the end, for each session, numbered from 1:
 *
 *	K exchanges N slowest MS		or	K broken after N: why
 *
 * A session is broken when the kernel says so, or after SILENCE_NS without an answer: long
 * enough for several retransmissions.
 */
#include "flood.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SILENCE_NS (5 * SECOND_NS)

struct session {
	int fd;
	bool waiting;
	int64_t since, slowest;
	unsigned exchanges;
	const char *broken;
};

struct sessions {
	struct session *items;
	size_t count;
};

static int dial(char **words)
{
	const int on = 1;
	const struct address from = address_parse(words[0], "0"),
			     to = address_parse(words[1], words[2]);
	int fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
		die_errno("socket");
	if (bind(fd, &from.any, from.size) < 0)
		die_errno("bind to %s", words[0]);
	if (connect(fd, &to.any, to.size) < 0)
		die_errno("connect to %s %s", words[1], words[2]);
	return fd;
}

static void speak(struct session *x, int64_t now)
{
	if (send(x->fd, "flood", 5, MSG_NOSIGNAL | MSG_DONTWAIT) != 5) {
		x->broken = strerror(errno);
		return;
	}
	x->waiting = true;
	x->since = now;
}

static void listen_to(struct session *x, int64_t now)
{
	char bytes[64];
	ssize_t n = recv(x->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n > 0) {
		x->waiting = false;
		x->exchanges++;
		if (now - x->since > x->slowest)
			x->slowest = now - x->since;
	} else if (n == 0) {
		x->broken = "closed by the other end";
	} else if (errno != EAGAIN) {
		x->broken = strerror(errno);
	} else if (now - x->since > SILENCE_NS) {
		x->broken = "silence";
	}
}

static void sessions_tick(struct sessions *s, bool speaking)
{
	for (size_t i = 0; i < s->count; i++) {
		struct session *x = &s->items[i];
		if (!x->broken && x->waiting)
			listen_to(x, now_ns());
		if (!x->broken && !x->waiting && speaking)
			speak(x, now_ns());
	}
}

static bool sessions_wait(const struct sessions *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (!s->items[i].broken && s->items[i].waiting)
			return true;
	return false;
}

int flood_pump(int argc, char **argv)
{
	struct sessions s = {0};
	int64_t tick = now_ns();
	char *words[3];

	(void)argv;
	if (argc > 0)
		die("pump takes no arguments");
	while (words_read(words, 3)) {
		s.items = array_append(s.items, &s.count, sizeof(*s.items));
		s.items[s.count - 1].fd = dial(words);
	}
	puts("ready");
	while (!stdin_has_spoken()) {
		sessions_tick(&s, true);
		tick = tick_wait(tick);
	}
	while (sessions_wait(&s)) {
		sessions_tick(&s, false);
		tick = tick_wait(tick);
	}
	for (size_t i = 0; i < s.count; i++) {
		const struct session *x = &s.items[i];
		if (x->broken)
			printf("%zu broken after %u: %s\n", i + 1, x->exchanges, x->broken);
		else
			printf("%zu exchanges %u slowest %lld ms\n", i + 1, x->exchanges,
				(long long)(x->slowest / TICK_NS));
		close(x->fd);
	}
	puts("end");
	free(s.items);
	return 0;
}
