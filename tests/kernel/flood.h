/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the flood's subcommands share: addresses, lists on stdin, ticks, and what is in a
 * datagram.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "tool.h"

#define SECOND_NS INT64_C(1000000000)
#define TICK_NS   INT64_C(1000000)

enum {
	TICKS_PER_SECOND = 1000,
	BURST = 64,                /* datagrams in a system call */
	RECEIVE_BUFFER = 64 << 20, /* a second of a fast flood */
	FLOOD_MAGIC = 0x666c6f6f,
};

/* Both ends are on one machine: no byte order. */
struct datagram {
	uint32_t magic;
	uint16_t stream;
	uint16_t wants_answer;
	uint32_t number;
};

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t size;
};

/* Words */

unsigned number_parse(const char *word, unsigned most);
struct address address_parse(const char *word, const char *port);
/* The n words of the next line of stdin, good until the next call; false at an empty one. */
bool words_read(char **ret_words, int n);
/* True when there is a line on stdin, or its end. */
bool stdin_has_spoken(void);

/* Arrays: one more item of size, zeroed; the caller takes the returned array. */

void *array_append(void *items, size_t *count, size_t size);

/* Sockets */

int udp_socket(const struct address *bound); /* non-blocking, a large receive buffer */

/* Time */

int64_t now_ns(void);
/* Sleeps to the tick after last and returns when that was; ticks that are over are skipped. */
int64_t tick_wait(int64_t last);

/* Subcommands: the arguments after their name */

int flood_send(int argc, char **argv);
int flood_receive(int argc, char **argv);
int flood_pump(int argc, char **argv);
int flood_blast(int argc, char **argv);
