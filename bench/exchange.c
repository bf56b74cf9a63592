/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange one|two COUNT ASKER ANSWERER SOURCE DESTINATION PORT
 *
 * A question and an answer over one tcp connection between two namespaces, COUNT times, and
 * prints how many nanoseconds each has taken.  ASKER and ANSWERER are files of namespaces.
 *
 *	one	both ends are one process, so nobody waits for anybody to be woken up: four
 *		system calls and two packets, and no scheduler
 *	two	a process for each end, on one processor: the same and what it takes to wake
 *		the other, as it is between two programs
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "exchange: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int socket_inside(const char *namespace, const char *address, const char *port)
{
	const int on = 1;
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	int inside = open(namespace, O_RDONLY | O_CLOEXEC);
	check(inside, namespace);
	check(setns(inside, CLONE_NEWNET), "setns");
	close(inside);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(fd, "socket");
	check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), "TCP_NODELAY");
	check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), "SO_REUSEADDR");
	check(inet_pton(AF_INET, address, &a.sin_addr) - 1, address);
	check(bind(fd, (struct sockaddr *)&a, sizeof(a)), "bind");
	return fd;
}

static int64_t now_ns(void)
{
	struct timespec t;
	check(clock_gettime(CLOCK_MONOTONIC, &t), "clock_gettime");
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void say(int fd)
{
	char word[64] = "what is it that you say";
	check((int)send(fd, word, sizeof(word), MSG_NOSIGNAL), "send");
}

/* False at the end. */
static bool hear(int fd)
{
	char word[64];
	int n = (int)recv(fd, word, sizeof(word), MSG_WAITALL);
	check(n, "recv");
	return n == sizeof(word);
}

static void stay_on_one_processor(void)
{
	cpu_set_t here;
	int cpu = sched_getcpu();
	check(cpu, "sched_getcpu");
	CPU_ZERO(&here);
	CPU_SET((unsigned)cpu, &here);
	check(sched_setaffinity(0, sizeof(here), &here), "sched_setaffinity");
}

/* It ends when the other end does. */
static void answer_in_a_child(int answerer, int asker)
{
	pid_t child = fork();
	check(child, "fork");
	if (child > 0)
		return;
	close(asker);
	while (hear(answerer))
		say(answerer);
	_exit(0);
}

int main(int argc, char **argv)
{
	if (argc != 8) {
		fputs("exchange one|two COUNT ASKER ANSWERER SOURCE DESTINATION PORT\n", stderr);
		return 2;
	}
	const bool two = strcmp(argv[1], "two") == 0;
	const long count = atol(argv[2]);
	int listener = socket_inside(argv[4], argv[6], argv[7]);
	check(listen(listener, 1), "listen");
	int asker = socket_inside(argv[3], argv[5], "0");
	struct sockaddr_in to;
	socklen_t size = sizeof(to);
	check(getsockname(listener, (struct sockaddr *)&to, &size), "getsockname");
	check(connect(asker, (struct sockaddr *)&to, sizeof(to)), "connect");
	int answerer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	check(answerer, "accept");
	stay_on_one_processor();
	if (two)
		answer_in_a_child(answerer, asker);

	const int64_t began = now_ns();
	for (long i = 0; i < count; i++) {
		say(asker);
		if (!two && hear(answerer))
			say(answerer);
		if (!hear(asker))
			return 1;
	}
	printf("%.1f\n", (double)(now_ns() - began) / (double)count);
	return 0;
}
