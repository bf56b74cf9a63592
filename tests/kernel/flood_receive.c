/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flood receive: takes the datagrams of flood send, on "ADDRESS PORT" of each line, and
 * remembers every number.  At the end, when nothing has come for a while, for each stream:
 *
 *	ID received N first-missing K
 *
 * where N counts different numbers and all below K have come.
 */
#include "flood.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { QUIET_MS = 200, ROOM_STEP = 1 << 20 /* numbers */, MOST_NUMBERS = 1 << 28 };

struct stream {
	bool seen;
	uint32_t received;
	uint8_t *numbers; /* a bit for each */
	size_t room;      /* in bits */
};

struct receiver {
	struct pollfd *sockets;
	size_t count;
	struct stream streams[UINT16_MAX + 1];
};

static void note(struct stream *x, uint32_t number)
{
	x->seen = true;
	if (number >= MOST_NUMBERS)
		die("nobody sends number %u", number);
	if (number >= x->room) {
		const size_t room = (number / ROOM_STEP + 1) * (size_t)ROOM_STEP;
		x->numbers = realloc(x->numbers, room / 8);
		if (!x->numbers)
			die_errno("realloc");
		memset(x->numbers + x->room / 8, 0, (room - x->room) / 8);
		x->room = room;
	}
	uint8_t *byte = &x->numbers[number / 8], bit = (uint8_t)(1 << number % 8);
	x->received += !(*byte & bit);
	*byte |= bit;
}

static uint32_t first_missing(const struct stream *x)
{
	uint32_t n = 0;
	while (n < x->room && x->numbers[n / 8] >> n % 8 & 1)
		n++;
	return n;
}

static void take(struct receiver *r, int fd)
{
	struct datagram data[BURST];
	struct address from[BURST];
	struct iovec iov[BURST];
	struct mmsghdr m[BURST] = {0};

	for (int i = 0; i < BURST; i++) {
		iov[i] = (struct iovec){&data[i], sizeof(data[i])};
		m[i].msg_hdr = (struct msghdr){.msg_name = &from[i].any,
			.msg_namelen = sizeof(from[i].in6),
			.msg_iov = &iov[i],
			.msg_iovlen = 1};
	}
	int n = recvmmsg(fd, m, BURST, 0, NULL);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		die_errno("recvmmsg");
	for (int i = 0; i < n; i++) {
		if (m[i].msg_len != sizeof(data[i]) || data[i].magic != FLOOD_MAGIC)
			die("this is not from flood send");
		note(&r->streams[data[i].stream], data[i].number);
		/* EPERM: it is for the sender to notice that the answer was refused */
		if (data[i].wants_answer &&
			sendto(fd, &data[i], sizeof(data[i]), 0, &from[i].any,
				m[i].msg_hdr.msg_namelen) < 0 &&
			errno != EPERM)
			die_errno("sendto");
	}
}

/* False when nothing came in time. */
static bool take_some(struct receiver *r, int timeout_ms)
{
	int n = poll(r->sockets, r->count, timeout_ms);
	if (n < 0 && errno != EINTR)
		die_errno("poll");
	for (size_t i = 0; n > 0 && i < r->count; i++)
		if (r->sockets[i].revents && r->sockets[i].fd != STDIN_FILENO)
			take(r, r->sockets[i].fd);
	return n != 0;
}

static void print_streams(const struct receiver *r)
{
	for (unsigned id = 0; id <= UINT16_MAX; id++) {
		const struct stream *x = &r->streams[id];
		if (x->seen)
			printf("%u received %u first-missing %u\n", id, x->received,
				first_missing(x));
	}
	puts("end");
}

int flood_receive(int argc, char **argv)
{
	static struct receiver r;
	char *words[2];

	(void)argv;
	if (argc > 0)
		die("receive takes no arguments");
	r.sockets = array_append(r.sockets, &r.count, sizeof(*r.sockets));
	r.sockets[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
	while (words_read(words, 2)) {
		const struct address at = address_parse(words[0], words[1]);
		r.sockets = array_append(r.sockets, &r.count, sizeof(*r.sockets));
		r.sockets[r.count - 1] = (struct pollfd){.fd = udp_socket(&at), .events = POLLIN};
	}
	puts("ready");
	while (!r.sockets[0].revents)
		take_some(&r, -1);
	r.sockets[0].fd = -1;
	while (take_some(&r, QUIET_MS))
		;
	print_streams(&r);
	return 0;
}
