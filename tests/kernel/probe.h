/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the probe's subcommands share: addresses, sockets, and the four things that can
 * come of trying to reach a port.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "tool.h"

/* What a client sees of a firewall.  reset and unreachable are answers, silent is the
 * absence of one: telling them apart is what this program is for. */
enum result {
	RESULT_OPEN,        /* connected, and an echo came back */
	RESULT_RESET,       /* tcp only: refused, or reset before the echo */
	RESULT_UNREACHABLE, /* an ICMP or ICMPv6 error */
	RESULT_SILENT,      /* nothing until the timeout */
};

struct address {
	struct sockaddr_storage storage;
	socklen_t size; /* 0: none given ("-") */
};

/* Words */

const char *result_name(enum result r);
/* What an errno from a socket means.  Ends the program if it means none of the four. */
enum result result_from_errno(int error, int type);
int type_parse(const char *word); /* "tcp" or "udp" as SOCK_STREAM or SOCK_DGRAM */
struct address address_parse(const char *word, uint16_t port); /* "-" gives size 0 */
uint16_t port_parse(const char *word);
unsigned number_parse(const char *word, unsigned most);
/* Takes the next line off stdin, without its newline; false at its end.  The line is
 * good until the next call. */
bool line_read(char **ret_line);
/* Splits at blanks, in place; ends the program unless there are exactly n words. */
void line_split(char *line, char **ret_words, int n);

/* Time */

int64_t now_ms(void);

/* Sockets, all non-blocking */

int socket_open(int family, int type);
void option_set(int fd, int level, int option, int value);
/* A socket bound to source, if one is given, whose connection to destination has been
 * started.  *ret_error is 0 or EINPROGRESS, or why it cannot be. */
int socket_dial(int type, const struct address *source, const struct address *destination,
	int *ret_error);

/* Subcommands: the arguments after their name */

int probe_serve(int argc, char **argv);
int probe_connect(int argc, char **argv);
int probe_hold(int argc, char **argv);
int probe_first(int argc, char **argv);
