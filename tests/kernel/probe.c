/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probe: the traffic of the kernel tests.  A firewall is judged by what a real client
 * sees, so the tests open real connections; and by hundreds of ports, addresses and two
 * families at once, so one process opens all of them concurrently instead of one
 * process each.  It runs inside a network namespace of the test and knows nothing of
 * rolewall: what should be open is written in matrix.py.
 *
 * This file is the table of subcommands and the helpers that all of them use.  A test
 * tool has no one to return a fault to: whatever the four results do not cover ends the
 * program with a line on stderr.
 */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const struct subcommand subcommands[] = {
	{"serve", "", probe_serve},
	{"connect", "[--timeout MS]", probe_connect},
	{"hold", "[--timeout MS] N SOURCE DESTINATION PORT", probe_hold},
	{"first", "N NAME SERVER|libc PORT", probe_first},
};

enum { N_SUBCOMMANDS = sizeof(subcommands) / sizeof(subcommands[0]) };

const char *result_name(enum result r)
{
	switch (r) {
	case RESULT_OPEN:
		return "open";
	case RESULT_RESET:
		return "reset";
	case RESULT_UNREACHABLE:
		return "unreachable";
	case RESULT_SILENT:
		return "silent";
	}
	abort();
}

enum result result_from_errno(int error, int type)
{
	switch (error) {
	case ECONNREFUSED:
		return type == SOCK_STREAM ? RESULT_RESET : RESULT_UNREACHABLE;
	case ECONNRESET:
	case EPIPE:
		return RESULT_RESET;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EACCES:
	case EPERM:
		return RESULT_UNREACHABLE;
	case ETIMEDOUT:
		return RESULT_SILENT;
	default:
		errno = error;
		die_errno("a result that has no name");
	}
}

int type_parse(const char *word)
{
	if (strcmp(word, "tcp") == 0)
		return SOCK_STREAM;
	if (strcmp(word, "udp") == 0)
		return SOCK_DGRAM;
	die("'%s' is neither tcp nor udp", word);
}

struct address address_parse(const char *word, uint16_t port)
{
	struct address a = {0};
	struct sockaddr_in *in = (struct sockaddr_in *)&a.storage;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&a.storage;

	if (strcmp(word, "-") == 0)
		return a;
	if (inet_pton(AF_INET, word, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		a.size = sizeof(*in);
	} else if (inet_pton(AF_INET6, word, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		a.size = sizeof(*in6);
	} else {
		die("'%s' is no address", word);
	}
	return a;
}

unsigned number_parse(const char *word, unsigned most)
{
	char *end;
	errno = 0;
	unsigned long n = strtoul(word, &end, 10);
	if (errno || end == word || *end || n < 1 || n > most)
		die("'%s' is no number from 1 to %u", word, most);
	return (unsigned)n;
}

uint16_t port_parse(const char *word)
{
	return (uint16_t)number_parse(word, 65535);
}

bool line_read(char **ret_line)
{
	static char *line;
	static size_t allocated;

	errno = 0;
	ssize_t n = getline(&line, &allocated, stdin);
	if (n < 0) {
		if (ferror(stdin))
			die_errno("stdin");
		return false;
	}
	if (n > 0 && line[n - 1] == '\n')
		line[n - 1] = '\0';
	*ret_line = line;
	return true;
}

void line_split(char *line, char **ret_words, int n)
{
	char *rest = line, *word;
	int found = 0;

	while ((word = strtok_r(rest, " ", &rest))) {
		if (found == n)
			die("more than %d words in a line", n);
		ret_words[found++] = word;
	}
	if (found < n)
		die("%d words in a line, not %d", found, n);
}

int64_t now_ms(void)
{
	struct timespec t;
	if (clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		die_errno("clock_gettime");
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int socket_open(int family, int type)
{
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die_errno("socket");
	return fd;
}

void option_set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)) < 0)
		die_errno("setsockopt %d %d", level, option);
}

int socket_dial(int type, const struct address *source, const struct address *destination,
	int *ret_error)
{
	const int family = destination->storage.ss_family;
	int fd = socket_open(family, type);

	if (type == SOCK_STREAM)
		option_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	else if (family == AF_INET)
		option_set(fd, IPPROTO_IP, IP_RECVERR, 1);
	else
		option_set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);

	if (source->size && bind(fd, (const struct sockaddr *)&source->storage, source->size) < 0)
		die_errno("bind to a source");
	if (connect(fd, (const struct sockaddr *)&destination->storage, destination->size) < 0)
		*ret_error = errno;
	else
		*ret_error = 0;
	return fd;
}

/* As many sockets as the machine lets us have: the soft limit is a habit, not a need. */
static void raise_file_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		die_errno("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		die_errno("setrlimit");
}

int main(int argc, char **argv)
{
	if (setvbuf(stdout, NULL, _IOLBF, 0) != 0)
		die("setvbuf failed");
	raise_file_limit();

	return subcommand_run(subcommands, N_SUBCOMMANDS, argc, argv);
}
