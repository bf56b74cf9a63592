/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flood: many packets of which each one counts.  probe asks whether a port is open; this
 * asks, over the length of a test, whether a single packet was lost or let through.
 *
 * Datagrams go in streams.  A stream has a source, a destination and a rate, and its
 * datagrams are numbered, so that the receiver knows which are missing.  A stream is one
 * of two kinds, since a firewall has two ways for a packet:
 *
 *	new	is never answered: to the connection tracker each datagram begins a
 *		connection, and the whole ruleset judges it
 *	live	is answered every now and then, so it is an established conversation; the
 *		answers are counted, too
 *
 * A sender that was kept from running does not catch up: what it sends in a tick is
 * bounded, so a receive buffer of a known size is enough.
 *
 * The subcommands are in files of their own, and this one is what they share.  They take
 * their streams, listeners or sessions as lines on stdin up to an empty one and answer
 * "ready"; the next line, or the end of stdin, ends them, and then they print what was.
 */
#include "flood.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct subcommand subcommands[] = {
	{"send", "", flood_send},
	{"receive", "", flood_receive},
	{"pump", "", flood_pump},
	{"blast", "live|new COUNT SOURCE DESTINATION PORT", flood_blast},
};

enum { N_SUBCOMMANDS = sizeof(subcommands) / sizeof(subcommands[0]) };

unsigned number_parse(const char *word, unsigned most)
{
	char *end;
	errno = 0;
	unsigned long n = strtoul(word, &end, 10);
	if (errno || end == word || *end || n > most)
		die("'%s' is no number from 0 to %u", word, most);
	return (unsigned)n;
}

struct address address_parse(const char *word, const char *port)
{
	struct address a = {0};
	const uint16_t number = (uint16_t)number_parse(port, 65535);

	if (inet_pton(AF_INET, word, &a.in.sin_addr) == 1) {
		a.in.sin_family = AF_INET;
		a.in.sin_port = htons(number);
		a.size = sizeof(a.in);
	} else if (inet_pton(AF_INET6, word, &a.in6.sin6_addr) == 1) {
		a.in6.sin6_family = AF_INET6;
		a.in6.sin6_port = htons(number);
		a.size = sizeof(a.in6);
	} else {
		die("'%s' is no address", word);
	}
	return a;
}

void *array_append(void *items, size_t *count, size_t size)
{
	items = reallocarray(items, *count + 1, size);
	if (!items)
		die_errno("reallocarray");
	memset((char *)items + *count * size, 0, size);
	(*count)++;
	return items;
}

bool words_read(char **ret_words, int n)
{
	static char line[512];
	char *rest = line, *word;
	int found = 0;

	if (!fgets(line, sizeof(line), stdin))
		die("the list must end with an empty line");
	line[strcspn(line, "\n")] = '\0';
	while ((word = strtok_r(rest, " ", &rest))) {
		if (found == n)
			die("more than %d words in a line", n);
		ret_words[found++] = word;
	}
	if (found && found < n)
		die("%d words in a line, not %d", found, n);
	return found > 0;
}

bool stdin_has_spoken(void)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	return poll(&p, 1, 0) > 0;
}

int udp_socket(const struct address *bound)
{
	const int on = 1, buffer = RECEIVE_BUFFER;
	int fd = socket(bound->any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die_errno("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) < 0)
		die_errno("SO_RCVBUFFORCE");
	if (bound->any.sa_family == AF_INET6 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		die_errno("IPV6_V6ONLY");
	if (bind(fd, &bound->any, bound->size) < 0)
		die_errno("bind");
	return fd;
}

int64_t now_ns(void)
{
	struct timespec t;
	if (clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		die_errno("clock_gettime");
	return (int64_t)t.tv_sec * SECOND_NS + t.tv_nsec;
}

int64_t tick_wait(int64_t last)
{
	const int64_t next = last + TICK_NS, now = now_ns();
	const struct timespec at = {.tv_sec = next / SECOND_NS, .tv_nsec = next % SECOND_NS};

	if (now > next)
		return now;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
	return next;
}

int main(int argc, char **argv)
{
	if (setvbuf(stdout, NULL, _IOLBF, 0) != 0 || setvbuf(stdin, NULL, _IONBF, 0) != 0)
		die("setvbuf failed");
	return subcommand_run(subcommands, N_SUBCOMMANDS, argc, argv);
}
