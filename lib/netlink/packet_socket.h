/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A netlink socket that packets come by: what packet_log and packet_queue have in common. */
#pragma once

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct packet_socket {
	int fd; /* -1: closed */
	uint32_t seq;
};

enum { PACKET_MESSAGE_SIZE = 256 };

/* A socket that does not block, with room for so many bytes that wait to be read.  0 or negative
 * errno. */
int packet_socket_open(struct packet_socket *s, int receive_buffer);
void packet_socket_close(struct packet_socket *s);
/* Gives the fd away, to be closed by who gets it. */
int packet_socket_release(struct packet_socket *s);

/* A message of nfnetlink's about a group or queue, in a buffer of PACKET_MESSAGE_SIZE. */
struct nlmsghdr *packet_socket_message(struct packet_socket *s, char *buffer, uint16_t type,
	uint16_t number);
/* Sends it, and waits for what the kernel says: 0 or negative errno.  Before packets come: what is
 * in between is lost. */
int packet_socket_ask(struct packet_socket *s, struct nlmsghdr *question);

/* One datagram of the kernel's.  Its length, 0 if there is none, -ENOBUFS if some are lost. */
ssize_t packet_socket_receive(int fd, void *buffer, size_t size);
