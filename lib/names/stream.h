/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of DNS in one direction of a TCP connection, put together from segments that come in
 * order.  All zero at first. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream {
	bool is_begun;
	bool is_broken; /* something is missing: nothing is read any more */
	uint32_t next;  /* sequence number of the next byte */
	uint8_t *bytes; /* of a message that is not all there */
	size_t length, allocated;
};

void stream_done(struct stream *s); /* as it was at first */

/* After SYN with that sequence number. */
void stream_begin(struct stream *s, uint32_t sequence);

/* A segment.  0, also if all of it has come before; -EBADMSG: it is broken from now on; -ENOMEM:
 * so it is. */
int stream_add(struct stream *s, uint32_t sequence, const uint8_t *bytes, size_t length,
	bool is_cut);

/* The message at the start: its length, without the two bytes of that, or 0 if it is not all there.
 * -EBADMSG as above.  *ret is valid until the next call. */
int stream_message(struct stream *s, const uint8_t **ret);
/* Takes that away. */
void stream_take(struct stream *s, size_t length);
