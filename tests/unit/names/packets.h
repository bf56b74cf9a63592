/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets around messages made by hand, as they are copied: from the IP header on. */
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "names/wire.h"
#include "net/wire.h"

enum { IP4_SIZE = 20, IP6_SIZE = 40, UDP_SIZE = 8, TCP_SIZE = 20 };

static inline struct addr address_of(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(text, strlen(text), &a), 0);
	return a;
}

static inline struct wire_tuple tuple_of(uint8_t protocol, const char *source, uint16_t source_port,
	const char *destination, uint16_t destination_port)
{
	return (struct wire_tuple){.source = address_of(source),
		.destination = address_of(destination),
		.source_port = source_port,
		.destination_port = destination_port,
		.protocol = protocol};
}

static inline void put_bytes(struct wire *w, const void *bytes, size_t length)
{
	assert_true(w->length + length <= sizeof(w->bytes));
	memcpy(w->bytes + w->length, bytes, length);
	w->length += length;
}

static inline void put_ip(struct wire *w, const struct wire_tuple *t, size_t behind)
{
	if (t->source.family == AF_INET) {
		put16(w, 0x4500);
		put16(w, (unsigned)(IP4_SIZE + behind));
		put32(w, 0);
		put16(w, 0x4000u | t->protocol);
		put16(w, 0);
	} else {
		put32(w, 0x60000000);
		put16(w, (unsigned)behind);
		put16(w, (unsigned)t->protocol << 8 | 64);
	}
	put_bytes(w, t->source.bytes, addr_length(&t->source));
	put_bytes(w, t->destination.bytes, addr_length(&t->destination));
}

static inline void make_udp(struct wire *w, const struct wire_tuple *t, const void *payload,
	size_t length)
{
	w->length = 0;
	put_ip(w, t, UDP_SIZE + length);
	put16(w, t->source_port);
	put16(w, t->destination_port);
	put16(w, (unsigned)(UDP_SIZE + length));
	put16(w, 0);
	put_bytes(w, payload, length);
}

static inline void make_tcp(struct wire *w, const struct wire_tuple *t, unsigned flags,
	uint32_t sequence, const void *payload, size_t length)
{
	w->length = 0;
	put_ip(w, t, TCP_SIZE + length);
	put16(w, t->source_port);
	put16(w, t->destination_port);
	put32(w, sequence);
	put32(w, 0);
	put16(w, 0x5000 | flags);
	put16(w, 1000);
	put32(w, 0);
	put_bytes(w, payload, length);
}
