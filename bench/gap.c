/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gap PEER HOST DESTINATION PORT ALLOWED FORBIDDEN MICROSECONDS
 *
 * A datagram from the address ALLOWED and one from FORBIDDEN every so many microseconds, from
 * one namespace to another (PEER and HOST are their files), until the end of stdin.  Each line
 * on stdin asks what was since the last one:
 *
 *	passed N over NS early N late N stalled NS
 *
 * forbidden ones that came through, the time between the sending of the first and the last of
 * them, allowed ones that did not come, sent before that first one (the protection was just
 * going) or after it, and the longest time in which none was sent: how finely this clock ticks.
 *
 * Both ends are this process: a datagram has mostly arrived when it is sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SETTLE_NS INT64_C(5000000)

enum { ALLOWED, FORBIDDEN, KINDS, SOURCE_PORT = 40000, MOST = 1 << 20 /* between two questions */ };

struct datagram {
	uint32_t kind, number;
};

struct record {
	uint32_t sent;
	int64_t sent_at[MOST];
	bool came[KINDS][MOST];
};

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "gap: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct sockaddr_in address(const char *word, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	check(inet_pton(AF_INET, word, &a.sin_addr) - 1, word);
	return a;
}

static void enter(const char *namespace)
{
	int fd = open(namespace, O_RDONLY | O_CLOEXEC);
	check(fd, namespace);
	check(setns(fd, CLONE_NEWNET), "setns");
	close(fd);
}

static int udp_socket(struct sockaddr_in bound)
{
	const int room = 16 << 20;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	check(fd, "socket");
	check(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)), "SO_RCVBUFFORCE");
	check(bind(fd, (struct sockaddr *)&bound, sizeof(bound)), "bind");
	return fd;
}

static int64_t now_ns(void)
{
	struct timespec t;
	check(clock_gettime(CLOCK_MONOTONIC, &t), "clock_gettime");
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void sleep_until(int64_t at)
{
	const struct timespec t = {at / 1000000000, at % 1000000000};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

static void receive(int fd, struct record *r)
{
	struct datagram d;
	while (recv(fd, &d, sizeof(d), 0) == sizeof(d))
		r->came[d.kind][d.number] = true;
}

static void send_pair(const int *senders, const struct sockaddr_in *to, struct record *r)
{
	if (r->sent == MOST) {
		fputs("gap: nobody asks\n", stderr);
		exit(1);
	}
	for (uint32_t kind = 0; kind < KINDS; kind++) {
		const struct datagram d = {kind, r->sent};
		r->came[kind][r->sent] = false;
		check((int)sendto(senders[kind], &d, sizeof(d), 0, (const struct sockaddr *)to,
			      sizeof(*to)),
			"sendto");
	}
	r->sent_at[r->sent++] = now_ns();
}

static void report(const struct record *r)
{
	int64_t passed = 0, first = 0, last = 0, lost = 0, early = 0, stalled = 0;
	for (uint32_t i = 0; i < r->sent; i++) {
		if (i > 0 && r->sent_at[i] - r->sent_at[i - 1] > stalled)
			stalled = r->sent_at[i] - r->sent_at[i - 1];
		lost += !r->came[ALLOWED][i];
		if (!r->came[FORBIDDEN][i])
			continue;
		if (passed++ == 0) {
			first = r->sent_at[i];
			early = lost;
		}
		last = r->sent_at[i];
	}
	if (!passed)
		early = lost;
	printf("passed %lld over %lld early %lld late %lld stalled %lld\n", (long long)passed,
		(long long)(last - first), (long long)early, (long long)(lost - early),
		(long long)stalled);
}

/* False at the end of stdin. */
static bool answer(int receiver, struct record *r)
{
	char line[64];
	if (read(STDIN_FILENO, line, sizeof(line)) <= 0)
		return false;
	sleep_until(now_ns() + SETTLE_NS);
	receive(receiver, r);
	report(r);
	r->sent = 0;
	return true;
}

int main(int argc, char **argv)
{
	static struct record record;
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	if (argc != 8) {
		fputs("gap PEER HOST DESTINATION PORT ALLOWED FORBIDDEN MICROSECONDS\n", stderr);
		return 2;
	}
	const int64_t interval = atol(argv[7]) * 1000;
	const struct sockaddr_in to = address(argv[3], (uint16_t)atoi(argv[4]));
	check(setvbuf(stdout, NULL, _IOLBF, 0), "setvbuf");
	check(prctl(PR_SET_TIMERSLACK, 1), "PR_SET_TIMERSLACK");
	enter(argv[2]);
	const int receiver = udp_socket(to);
	enter(argv[1]);
	const int senders[KINDS] = {
		udp_socket(address(argv[5], SOURCE_PORT)),
		udp_socket(address(argv[6], SOURCE_PORT)),
	};
	for (int64_t next = now_ns();;) {
		if (poll(&input, 1, 0) > 0) {
			if (!answer(receiver, &record))
				return 0;
			next = now_ns();
		}
		send_pair(senders, &to, &record);
		receive(receiver, &record);
		next += interval;
		if (next < now_ns())
			next = now_ns(); /* what was missed is not made up for */
		else
			sleep_until(next);
	}
}
