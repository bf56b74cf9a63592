/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flood send: numbered datagrams, at a steady rate, until it is told to stop.
 *
 *	ID new|live SOURCE SOURCE-PORT DESTINATION PORT RATE	a line for each stream
 *
 * and at the end, for each: "ID sent N asked N answered N".  A datagram that the host's
 * own firewall refuses (EPERM) counts as sent: it was tried.
 */
#include "flood.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	ANSWER_EVERY = 32,
	GRACE_TICKS = 200, /* for the last answers */
};

struct stream {
	uint16_t id;
	bool live;
	int fd;
	struct address to;
	unsigned rate, owed; /* owed: in units of 1 / TICKS_PER_SECOND */
	uint32_t sent, asked, answered;
};

struct streams {
	struct stream *items;
	size_t count;
};

static void streams_read(struct streams *s)
{
	char *words[7];
	while (words_read(words, 7)) {
		s->items = array_append(s->items, &s->count, sizeof(*s->items));
		struct stream *x = &s->items[s->count - 1];
		const struct address from = address_parse(words[2], words[3]);
		x->id = (uint16_t)number_parse(words[0], UINT16_MAX);
		x->live = strcmp(words[1], "live") == 0;
		x->to = address_parse(words[4], words[5]);
		x->rate = number_parse(words[6], BURST * TICKS_PER_SECOND);
		x->fd = udp_socket(&from);
	}
}

/* Sends n datagrams, n <= BURST. */
static void burst(struct stream *x, unsigned n)
{
	struct datagram data[BURST];
	struct iovec iov[BURST];
	struct mmsghdr m[BURST] = {0};

	for (unsigned i = 0; i < n; i++) {
		const bool asks = x->live && (x->sent + i) % ANSWER_EVERY == 0;
		data[i] = (struct datagram){FLOOD_MAGIC, x->id, asks, x->sent + i};
		iov[i] = (struct iovec){&data[i], sizeof(data[i])};
		m[i].msg_hdr = (struct msghdr){.msg_name = &x->to.any,
			.msg_namelen = x->to.size,
			.msg_iov = &iov[i],
			.msg_iovlen = 1};
		x->asked += asks;
	}
	for (unsigned done = 0; done < n;) {
		int r = sendmmsg(x->fd, m + done, n - done, 0);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0 && errno != EPERM)
			die_errno("stream %u: sendmmsg", x->id);
		done += r < 0 ? 1 : (unsigned)r;
	}
	x->sent += n;
}

static void collect_answers(struct stream *x)
{
	struct datagram d;
	for (;;) {
		ssize_t n = recv(x->fd, &d, sizeof(d), 0);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			die_errno("stream %u: recv", x->id);
		x->answered += n == sizeof(d) && d.magic == FLOOD_MAGIC && d.stream == x->id;
	}
}

static void streams_tick(struct streams *s, bool sending)
{
	for (size_t i = 0; i < s->count; i++) {
		struct stream *x = &s->items[i];
		if (x->live)
			collect_answers(x);
		if (!sending)
			continue;
		x->owed += x->rate;
		burst(x, x->owed / TICKS_PER_SECOND);
		x->owed %= TICKS_PER_SECOND;
	}
}

int flood_send(int argc, char **argv)
{
	struct streams s = {0};
	int64_t tick = now_ns();

	(void)argv;
	if (argc > 0)
		die("send takes no arguments");
	streams_read(&s);
	puts("ready");
	while (!stdin_has_spoken()) {
		streams_tick(&s, true);
		tick = tick_wait(tick);
	}
	for (int i = 0; i < GRACE_TICKS; i++) {
		streams_tick(&s, false);
		tick = tick_wait(tick);
	}
	for (size_t i = 0; i < s.count; i++) {
		const struct stream *x = &s.items[i];
		printf("%u sent %u asked %u answered %u\n", x->id, x->sent, x->asked, x->answered);
		close(x->fd);
	}
	puts("end");
	free(s.items);
	return 0;
}
