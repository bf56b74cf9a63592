/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of packets (NFLOG), as rules send them to a group: one side binds the group, which takes
 * CAP_NET_ADMIN, and another, which has no capability, reads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a packet that are copied at most, from its IP header on: as many as fit into four
 * pages of the kernel's with what belongs to them. */
enum { PACKET_LOG_LENGTH = 15 * 1024 };

/* Binding: opens a socket that gets what is copied to a group, at once and one by one, and that
 * does not block.  The first group from first to last that nobody else has; groups are those
 * of this network namespace.  0 with *ret_fd and *ret_group; -EPERM without CAP_NET_ADMIN, and
 * if all are taken; another negative errno on a kernel without nfnetlink_log.
 *
 * The group is bound until the last copy of the fd is closed. */
int packet_log_open(uint16_t first, uint16_t last, int *ret_fd, uint16_t *ret_group);

/* A copy: valid until f returns. */
struct packet_copy {
	bool leaves;          /* this host; otherwise it comes in */
	const uint8_t *bytes; /* from the IP header on */
	size_t length;        /* of the copy; the packet's own header says how long that was */
};

/* Reading: what has come, until there is no more, but not more than most packets; f gets each and
 * returns 0 or negative errno, which ends it.  How many there were.  -ENOBUFS: some copies are
 * lost, since they came faster than they were read; those that are there can be read then. */
int packet_log_read(int fd, unsigned most, int (*f)(void *context, const struct packet_copy *p),
	void *context);
