/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probe first: a client that resolves a name for itself and dials the address that it was told,
 * again and again: each connection is the first one to its address, if the name server gives
 * another one each time.
 *
 * It is as fast as a client can be: it has one question on its way, and dials as soon as the answer
 * is there.  With `libc` in place of a name server the C library asks, for both families, as it
 * does for most programs.
 *
 * For each it says: ADDRESS RESULT MICROSECONDS RETRANSMITTED, from the first packet to the
 * handshake's end.  A close resets the connection, so that neither side keeps it.
 */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	DEFAULT_TIMEOUT_MS = 10000,
	MOST = 100000,
	DNS_PORT = 53,
	MESSAGE_SIZE = 512,
	HEADER_SIZE = 12,
	TYPE_A = 1,
	RECORD_SIZE = 10, /* what follows an owner: type, class, TTL, length */
};

struct first {
	const char *name;
	uint16_t port;
	unsigned timeout_ms;
	bool uses_libc;
	int dns; /* a connected socket; not with the C library */
};

static int64_t now_us(void)
{
	struct timespec t;
	if (clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		die_errno("clock_gettime");
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void wait_for(int fd, short events, unsigned timeout_ms, const char *what)
{
	struct pollfd p = {.fd = fd, .events = events};
	int n;
	while ((n = poll(&p, 1, (int)timeout_ms)) < 0 && errno == EINTR)
		;
	if (n < 0)
		die_errno("poll");
	if (n == 0)
		die("%s: nothing after %u ms", what, timeout_ms);
}

/* A question for an A record; its length. */
static size_t write_question(const struct first *f, unsigned id, uint8_t bytes[MESSAGE_SIZE])
{
	const uint8_t header[HEADER_SIZE] = {(uint8_t)(id >> 8), (uint8_t)id, 1, 0, 0, 1};
	uint8_t *to = bytes + HEADER_SIZE;
	memcpy(bytes, header, HEADER_SIZE);
	for (const char *label = f->name; *label;) {
		const size_t length = strcspn(label, ".");
		*to++ = (uint8_t)length;
		memcpy(to, label, length);
		to += length;
		label += length + (label[length] == '.');
	}
	const uint8_t tail[] = {0, 0, TYPE_A, 0, 1};
	memcpy(to, tail, sizeof(tail));
	return (size_t)(to - bytes) + sizeof(tail);
}

/* The address of the first record, which is of type A and has the whole owner as in the question:
 * the name server of the tests writes it so. */
static struct in_addr read_answer(const uint8_t *bytes, size_t length, size_t question)
{
	struct in_addr a;
	const size_t owner = question - HEADER_SIZE - 4;
	const size_t at = question + owner + RECORD_SIZE;
	if (length < at + sizeof(a) || bytes[question + owner + 1] != TYPE_A)
		die("the answer has no address: %zu bytes", length);
	memcpy(&a, bytes + at, sizeof(a));
	return a;
}

static struct in_addr ask(const struct first *f, unsigned id)
{
	uint8_t question[MESSAGE_SIZE], answer[MESSAGE_SIZE];
	const size_t size = write_question(f, id, question);
	if (send(f->dns, question, size, 0) != (ssize_t)size)
		die_errno("send to the name server");
	for (;;) {
		wait_for(f->dns, POLLIN, f->timeout_ms, "the name server");
		ssize_t n = recv(f->dns, answer, sizeof(answer), 0);
		if (n < 0)
			die_errno("recv from the name server");
		if (n > HEADER_SIZE && answer[0] == question[0] && answer[1] == question[1])
			return read_answer(answer, (size_t)n, size);
	}
}

static struct in_addr ask_libc(const struct first *f)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	const int r = getaddrinfo(f->name, NULL, &hints, &found);
	if (r != 0)
		die("getaddrinfo: %s", gai_strerror(r));
	if (found->ai_family != AF_INET)
		die("getaddrinfo: no IPv4 address first");
	const struct in_addr a = ((const struct sockaddr_in *)found->ai_addr)->sin_addr;
	freeaddrinfo(found);
	return a;
}

static unsigned retransmitted(int fd)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
		die_errno("TCP_INFO");
	return info.tcpi_total_retrans;
}

static enum result establish(const struct first *f, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	int error, n;
	socklen_t size = sizeof(error);
	while ((n = poll(&p, 1, (int)f->timeout_ms)) < 0 && errno == EINTR)
		;
	if (n <= 0)
		return RESULT_SILENT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		die_errno("getsockopt");
	return error ? result_from_errno(error, SOCK_STREAM) : RESULT_OPEN;
}

static void dial(const struct first *f, struct in_addr to)
{
	const struct address nowhere = {0};
	struct address destination = {.size = sizeof(struct sockaddr_in)};
	const struct linger at_once = {.l_onoff = 1};
	char text[INET_ADDRSTRLEN];
	int error;
	*(struct sockaddr_in *)&destination.storage = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(f->port), .sin_addr = to};
	const int64_t began = now_us();
	int fd = socket_dial(SOCK_STREAM, &nowhere, &destination, &error);
	enum result result = RESULT_OPEN;
	if (error == EINPROGRESS)
		result = establish(f, fd);
	else if (error)
		result = result_from_errno(error, SOCK_STREAM);
	const int64_t took = now_us() - began;
	printf("%s %s %lld %u\n", inet_ntop(AF_INET, &to, text, sizeof(text)), result_name(result),
		(long long)took, retransmitted(fd));
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) < 0)
		die_errno("SO_LINGER");
	if (close(fd) < 0)
		die_errno("close");
}

static int open_dns(const char *server)
{
	const struct address a = address_parse(server, DNS_PORT);
	int fd = socket_open(a.storage.ss_family, SOCK_DGRAM);
	if (connect(fd, (const struct sockaddr *)&a.storage, a.size) < 0)
		die_errno("connect to %s", server);
	return fd;
}

int probe_first(int argc, char **argv)
{
	struct first f = {.timeout_ms = DEFAULT_TIMEOUT_MS, .dns = -1};
	if (argc != 4)
		die("first takes COUNT NAME SERVER|libc PORT");
	const unsigned count = number_parse(argv[0], MOST);
	f.name = argv[1];
	f.uses_libc = strcmp(argv[2], "libc") == 0;
	f.port = port_parse(argv[3]);
	if (strlen(f.name) > 200)
		die("'%s' is too long", f.name);
	if (!f.uses_libc)
		f.dns = open_dns(argv[2]);
	for (unsigned i = 1; i <= count; i++)
		dial(&f, f.uses_libc ? ask_libc(&f) : ask(&f, i & 0xffff));
	return 0;
}
