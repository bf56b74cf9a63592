/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange COUNT ASKER ANSWERER SOURCE DESTINATION PORT
 *
 * A question and an answer over one tcp connection between two namespaces, COUNT times, and
 * prints how many nanoseconds each has taken.  ASKER and ANSWERER are files of namespaces.
 *
 * Both ends are this process, so nobody waits for anybody to be woken up: what is clocked is
 * the four system calls and the two packets, and the scheduler is left out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
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

/* Loopback-like: what is sent has arrived when send() returns, or soon after. */
static void pass(int from, int to)
{
	char word[64] = "what is it that you say";
	check((int)send(from, word, sizeof(word), MSG_NOSIGNAL), "send");
	check((int)recv(to, word, sizeof(word), MSG_WAITALL) - (int)sizeof(word), "recv");
}

int main(int argc, char **argv)
{
	if (argc != 7) {
		fputs("exchange COUNT ASKER ANSWERER SOURCE DESTINATION PORT\n", stderr);
		return 2;
	}
	const long count = atol(argv[1]);
	int listener = socket_inside(argv[3], argv[5], argv[6]);
	check(listen(listener, 1), "listen");
	int asker = socket_inside(argv[2], argv[4], "0");
	struct sockaddr_in to;
	socklen_t size = sizeof(to);
	check(getsockname(listener, (struct sockaddr *)&to, &size), "getsockname");
	check(connect(asker, (struct sockaddr *)&to, sizeof(to)), "connect");
	int answerer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	check(answerer, "accept");

	const int64_t began = now_ns();
	for (long i = 0; i < count; i++) {
		pass(asker, answerer);
		pass(answerer, asker);
	}
	printf("%.1f\n", (double)(now_ns() - began) / (double)count);
	return 0;
}
