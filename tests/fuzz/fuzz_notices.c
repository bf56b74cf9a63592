/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reader that was taken over sends: bytes in pieces of a notice's size and a rest.  What is
 * accepted says nothing but what its fields say, and the machine of the answers can be told of
 * it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "names/reply.h"

static const struct answers_follow follows[] = {
	{1, "login.example.com", NAME_OF_HOST, false},
	{2, "_ldap._tcp.corp.example", NAME_OF_SERVICE, true},
};

static void check_reply(const struct reply *r, struct answers *a, uint64_t now)
{
	struct answers_action action;
	require(r->count <= NOTICE_ITEMS_MOST, "an answer has a bound");
	require(r->count == 0 || r->error == ANSWERS_FINE, "an error has no items");
	for (size_t i = 0; i < r->count; i++) {
		require(r->items[i].ttl <= INT32_MAX, "a TTL has 31 bits");
		require(r->kind == NAME_OF_HOST || name_is_canonical(r->items[i].target),
			"a target is a name");
	}
	require(reply_tell(r, a, (struct moment){now, 0}) == 0, "memory suffices");
	while (answers_next(a, &action))
		;
}

static void check(const struct notice *n, const uint8_t *bytes, size_t length,
	enum notice_sender sender)
{
	uint8_t again[NOTICE_SIZE];
	notice_encode(n, again);
	require(length == NOTICE_SIZE && memcmp(again, bytes, NOTICE_SIZE) == 0,
		"a notice has one form");
	require((n->kind >= NOTICE_ANSWER) == (sender == NOTICE_OF_READER),
		"nobody says what the other one says");
}

/* As the daemon does it: the first fault ends the connection. */
static void read_all(const uint8_t *data, size_t size, struct answers *a)
{
	struct reply_joining j = {0};
	struct notice n;
	int r = 0;
	for (size_t at = 0; r >= 0 && at < size; at += NOTICE_SIZE) {
		const size_t length = size - at < NOTICE_SIZE ? size - at : NOTICE_SIZE;
		if (notice_decode(data + at, length, NOTICE_OF_DAEMON, &n) == 0)
			check(&n, data + at, length, NOTICE_OF_DAEMON);
		r = notice_decode(data + at, length, NOTICE_OF_READER, &n);
		if (r == 0)
			check(&n, data + at, length, NOTICE_OF_READER);
		if (r == 0 && (n.kind == NOTICE_ANSWER || j.awaited > 0))
			r = reply_join(&j, &n);
		if (r > 0)
			check_reply(&j.reply, a, at);
	}
	require(r != -ENOMEM, "memory suffices");
	reply_joining_done(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct answers_rules rules = answers_default_rules();
	struct answers *a = answers_new();
	require(a && answers_configure(a, follows, 2, &rules, (struct moment){0}) == 0,
		"memory suffices");
	read_all(data, size, a);
	answers_free(a);
	return 0;
}
