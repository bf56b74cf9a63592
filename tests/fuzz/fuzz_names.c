/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A message of DNS of anybody's making, over UDP and behind a length as over TCP.  What is accepted
 * is followed, from the question and from each owner, and what comes out keeps what message.h
 * promises.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "names/message.h"

static void check_name(const char *name)
{
	for (const char *s = name; *s; s++)
		require(*s > ' ' && *s < 127 && !(*s >= 'A' && *s <= 'Z'),
			"names are printable and have small letters");
}

static void check_chain(const struct message *m, const char *name)
{
	struct chain c;
	struct addr a;
	const struct message_record *r;
	uint32_t ttl;
	message_chain(m, name, &c);
	require(c.count >= 1 && c.count <= CHAIN_NAMES_MOST, "a chain has a bound");
	for (size_t i = 0; i < c.count; i++)
		for (size_t j = 0; j < i; j++)
			require(strcmp(c.names[i], c.names[j]) != 0, "a chain has no loop");
	for (size_t at = 0; message_next_address(m, &c, &at, &a, &ttl);)
		require(ttl <= c.ttl && ttl <= INT32_MAX && c.end == CHAIN_ENDS &&
				(a.family == AF_INET) == (addr_length(&a) == 4),
			"an address lives no longer than its chain");
	for (size_t at = 0; message_next_service(m, &c, &at, &r, &ttl);)
		require(r->type == MESSAGE_SRV && ttl <= c.ttl && ttl <= INT32_MAX,
			"a service lives no longer than its chain");
}

static void check(const struct message *m)
{
	enum { FOLLOWED = 20 };
	check_name(m->question.name);
	check_chain(m, m->question.name);
	check_chain(m, "login.example.com");
	for (size_t i = 0; i < m->count; i++) {
		check_name(m->records[i].owner);
		require(m->records[i].ttl <= INT32_MAX, "a TTL has 31 bits");
		if (m->records[i].target)
			check_name(m->records[i].target);
		if (i < FOLLOWED)
			check_chain(m, m->records[i].owner);
	}
	require(m->is_reply == message_answers(m, &m->question),
		"a reply answers its own question");
}

static void read_one(const uint8_t *data, size_t size)
{
	struct message m;
	int r = message_read(data, size, &m);
	require(r == 0 || r == -EBADMSG, "memory suffices");
	if (r < 0)
		return;
	check(&m);
	message_done(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_one(data, size);
	int r = message_in_stream(data, size);
	require(r >= -EBADMSG && (r <= 0 || (size_t)r + MESSAGE_STREAM_PREFIX <= size),
		"a message of a stream is in it");
	if (r > 0)
		read_one(data + MESSAGE_STREAM_PREFIX, (size_t)r);
	return 0;
}
