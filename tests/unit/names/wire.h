/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of DNS made by hand: each function appends to the bytes. */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "names/message.h"
#include "testing.h"

enum { QUESTION = 0x0100, REPLY = 0x8180, TRUNCATED_REPLY = 0x8380, FIRST_NAME = 12 };

struct wire {
	uint8_t bytes[65536];
	size_t length;
};

static inline void put8(struct wire *w, unsigned n)
{
	assert_true(w->length < sizeof(w->bytes));
	w->bytes[w->length++] = (uint8_t)n;
}

static inline void put16(struct wire *w, unsigned n)
{
	put8(w, n >> 8);
	put8(w, n & 0xff);
}

static inline void put32(struct wire *w, uint32_t n)
{
	put16(w, n >> 16);
	put16(w, n & 0xffff);
}

/* "a.example" without compression; "@12" points at byte 12; "a@12" is the label a before it. */
static inline void put_name(struct wire *w, const char *name)
{
	while (*name && *name != '@') {
		size_t n = strcspn(name, ".@");
		put8(w, (unsigned)n);
		for (size_t i = 0; i < n; i++)
			put8(w, (unsigned char)name[i]);
		name += n + (name[n] == '.');
	}
	if (*name == '@')
		put16(w, 0xc000 | (unsigned)atoi(name + 1));
	else
		put8(w, 0);
}

/* The header and a question; counts of records are added as they come. */
static inline void begin(struct wire *w, unsigned id, unsigned flags, const char *name,
	unsigned type)
{
	w->length = 0;
	put16(w, id);
	put16(w, flags);
	put16(w, 1);
	for (int i = 0; i < 3; i++)
		put16(w, 0);
	put_name(w, name);
	put16(w, type);
	put16(w, 1);
}

enum { ANSWER = 6, AUTHORITY = 8, ADDITIONAL = 10 };

/* A record without its data; where its length is. */
static inline size_t put_head(struct wire *w, size_t section, const char *owner, unsigned type,
	uint32_t ttl)
{
	unsigned count = (unsigned)(w->bytes[section] << 8 | w->bytes[section + 1]) + 1;
	w->bytes[section] = (uint8_t)(count >> 8);
	w->bytes[section + 1] = (uint8_t)count;
	put_name(w, owner);
	put16(w, type);
	put16(w, 1);
	put32(w, ttl);
	put16(w, 0);
	return w->length - 2;
}

static inline void end_data(struct wire *w, size_t at)
{
	size_t n = w->length - at - 2;
	w->bytes[at] = (uint8_t)(n >> 8);
	w->bytes[at + 1] = (uint8_t)n;
}

static inline void put_data(struct wire *w, const char *owner, unsigned type, uint32_t ttl,
	const void *data, size_t length)
{
	size_t at = put_head(w, ANSWER, owner, type, ttl);
	for (size_t i = 0; i < length; i++)
		put8(w, ((const uint8_t *)data)[i]);
	end_data(w, at);
}

static inline void put_address(struct wire *w, const char *owner, uint32_t ttl, const char *address)
{
	struct addr a;
	assert_int_equal(addr_parse(address, strlen(address), &a), 0);
	put_data(w, owner, a.family == AF_INET ? MESSAGE_A : MESSAGE_AAAA, ttl, a.bytes,
		addr_length(&a));
}

static inline void put_alias(struct wire *w, const char *owner, uint32_t ttl, const char *target)
{
	size_t at = put_head(w, ANSWER, owner, MESSAGE_CNAME, ttl);
	put_name(w, target);
	end_data(w, at);
}

static inline void put_service(struct wire *w, const char *owner, uint32_t ttl, unsigned port,
	const char *target)
{
	size_t at = put_head(w, ANSWER, owner, MESSAGE_SRV, ttl);
	put16(w, 1);
	put16(w, 2);
	put16(w, port);
	put_name(w, target);
	end_data(w, at);
}

/* Reading from memory of exactly that size, so that a sanitizer sees each byte beyond it. */
static inline int read_exactly(const uint8_t *bytes, size_t length, struct message *ret)
{
	uint8_t *copy = malloc(length ? length : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, length);
	int r = message_read(copy, length, ret);
	free(copy);
	return r;
}

static inline struct message read_good(const struct wire *w)
{
	struct message m;
	assert_int_equal(read_exactly(w->bytes, w->length, &m), 0);
	return m;
}

static inline void assert_refused(const struct wire *w)
{
	struct message m;
	assert_int_equal(read_exactly(w->bytes, w->length, &m), -EBADMSG);
}
