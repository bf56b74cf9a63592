/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that wait until they are judged again (NFQUEUE), as rules give them to a queue.  All of
 * it takes CAP_NET_ADMIN.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netlink/packet_socket.h"

/* The longest part of a packet that is copied, from its IP header on: all that a rule can look at.
 */
enum { PACKET_QUEUE_LENGTH = 128 };

struct packet_queue {
	struct packet_socket socket;
	uint16_t number;
};

/* Binds the first queue from first to last that nobody else has.  At most so many packets wait in
 * it; more are dropped.  -EPERM without CAP_NET_ADMIN, and if all are taken; another negative errno
 * on a kernel without nfnetlink_queue.
 *
 * When the socket closes, all that waits is dropped. */
int packet_queue_open(struct packet_queue *q, uint16_t first, uint16_t last, uint32_t most_packets);
/* Goes on with a queue that an earlier process bound and kept; fd is the queue's from then on. */
void packet_queue_adopt(struct packet_queue *q, int fd, uint16_t number);
void packet_queue_close(struct packet_queue *q);
int packet_queue_fd(const struct packet_queue *q);

struct waiting_packet {
	uint32_t id;          /* by which a verdict names it */
	const uint8_t *bytes; /* from the IP header on; valid until f returns */
	size_t length;
};

/* Reads waiting packets, but not more than most; f gets each and returns 0 or negative errno,
 * which ends it.  Returns their number.  -ENOBUFS: the kernel has dropped some waiting packets. */
int packet_queue_read(struct packet_queue *q, unsigned most,
	int (*f)(void *context, const struct waiting_packet *p), void *context);

enum packet_verdict {
	PACKET_DROP,
	/* It goes through the rules of its base chain from the first one on, as they are now. */
	PACKET_AGAIN,
};

/* No packet that waits is let out of the queue past the rules.  0 or negative errno; that no such
 * packet waits (it went with its interface) is no failure. */
int packet_queue_judge(struct packet_queue *q, uint32_t id, enum packet_verdict verdict);
