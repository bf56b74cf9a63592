/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams over the loopback of the test's own network namespace. */
#pragma once

#include <arpa/inet.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "testing.h"

static inline void loopback_up(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &lo), 0);
	close(fd);
}

static inline struct sockaddr_in loopback_port(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
}

/* To a port at which nobody need listen. */
static inline void send_datagram(uint16_t port, const void *bytes, size_t length)
{
	const struct sockaddr_in to = loopback_port(port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(sendto(fd, bytes, length, 0, (const struct sockaddr *)&to, sizeof(to)),
		length);
	close(fd);
}

/* A socket that gets what is sent to a port. */
static inline int listening_port(uint16_t port)
{
	const struct sockaddr_in at = loopback_port(port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

/* What comes there is sent, received and read in one go, so what has not come will not. */
static inline bool has_come(int fd)
{
	char byte;
	return recv(fd, &byte, 1, MSG_DONTWAIT) >= 0;
}
