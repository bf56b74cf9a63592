/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notices that wait until the other end takes them, in their order.  All zero at first. */
#pragma once

#include "names/notice.h"

struct outbox_entry {
	uint8_t bytes[NOTICE_SIZE];
	int fd; /* goes with it; -1: none */
};

struct outbox {
	struct outbox_entry *entries; /* a ring */
	size_t first, count, allocated;
};

/* Closes the descriptors that were not sent. */
void outbox_done(struct outbox *o);

/* One more; takes the descriptor, also if it fails.  0 or -ENOMEM. */
int outbox_put(struct outbox *o, const struct notice *n, int fd);
/* The next one to be sent, or NULL. */
const struct outbox_entry *outbox_first(const struct outbox *o);
/* It was sent. */
void outbox_drop_first(struct outbox *o);
/* Sends what the socket takes now; the rest stays.  0, or negative errno if it takes none any more.
 */
int outbox_send(struct outbox *o, int socket);
