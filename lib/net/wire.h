/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packet of TCP or UDP as it is on the wire, or the beginning of one, from its IP header on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

/* Addresses and ports. */
struct wire_tuple {
	struct addr source, destination;
	uint16_t source_port, destination_port;
	uint8_t protocol;
};

struct wire_packet {
	struct wire_tuple tuple;
	uint32_t sequence; /* TCP: of its first byte, or of SYN */
	uint8_t flags;     /* TCP: TH_SYN, … */
	const uint8_t *payload;
	size_t length;
	bool is_cut; /* there was more of the payload */
};

/* True with what it is; false for what is no TCP or UDP, is a fragment, or has not all of its
 * headers.  *ret points into bytes. */
bool wire_read(const uint8_t *bytes, size_t length, struct wire_packet *ret);

/* The same the other way round. */
struct wire_tuple wire_reverse(const struct wire_tuple *t);
bool wire_same(const struct wire_tuple *a, const struct wire_tuple *b);
