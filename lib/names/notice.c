/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A notice as bytes, and back.
 *
 * One table says which fields a kind has.  Encoding writes these and leaves zeros elsewhere.
 * Decoding reads these, checks each, and then encodes what it has read: if the bytes differ from
 * those that came, there was something outside the fields.  So each notice has one form and no
 * room to hide anything in, without a check for each byte of padding.
 *
 * Both ends are on one machine: numbers have its byte order.  A notice of another version comes
 * from a program that was not restarted with the other one.
 */
#include "names/notice.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* Which fields a kind has, and where in the bytes they are. */
enum field {
	NAME = 1 << 0,
	NAME_KIND = 1 << 1,
	QUESTIONS = 1 << 2,
	QUESTION = 1 << 3,
	SOURCE = 1 << 4,
	ERROR = 1 << 5,
	COUNT = 1 << 6,
	SERIAL = 1 << 7,
	TTL = 1 << 8,
	PORT = 1 << 9,
	URGENT = 1 << 10,
	MOST = 1 << 11,
	ADDRESSES = 1 << 12,
	STATE = 1 << 13,
};

enum {
	AT_VERSION = 0,
	AT_KIND = 1,
	AT_NAME_KIND = 2,
	AT_QUESTION = 3, /* or questions */
	AT_SOURCE = 4,
	AT_ERROR = 5,
	AT_COUNT = 6, /* also of addresses, and of resolvers */
	AT_SERIAL = 8,
	AT_TTL = 12,
	AT_PORT = 16, /* or most */
	AT_URGENT = 18,
	AT_BODY = 32, /* a name, addresses or a state */
	ADDRESS_SIZE = 24,
	AT_RESOLVERS = AT_BODY + 4 * 8,
};

static_assert(AT_BODY + NAME_SIZE == NOTICE_SIZE, "a name fits exactly");
static_assert(AT_BODY + NOTICE_ADDRESSES_MOST * ADDRESS_SIZE <= NOTICE_SIZE, "addresses fit");
static_assert(AT_RESOLVERS + NOTICE_RESOLVERS_MOST * ADDRESS_SIZE <= NOTICE_SIZE, "they fit");

/* 0: there is no such kind. */
static unsigned fields_of(unsigned kind)
{
	static const unsigned fields[] = {
		[NOTICE_LIMITS] = MOST,
		[NOTICE_FOLLOW] = NAME | NAME_KIND,
		[NOTICE_FORGET] = NAME | NAME_KIND,
		[NOTICE_ASK] = NAME | NAME_KIND | QUESTIONS | SERIAL | URGENT,
		[NOTICE_LOG] = SERIAL,
		[NOTICE_DRAIN] = SERIAL,
		[NOTICE_ANSWER] = NAME | NAME_KIND | QUESTION | SOURCE | ERROR | COUNT | SERIAL,
		[NOTICE_ADDRESSES] = ADDRESSES | SERIAL,
		[NOTICE_TARGET] = NAME | TTL | PORT | SERIAL,
		[NOTICE_DRAINED] = SERIAL,
		[NOTICE_STATE] = STATE,
	};
	return kind < sizeof(fields) / sizeof(fields[0]) ? fields[kind] : 0;
}

/* Numbers. */

static void put16(uint8_t *to, uint16_t n)
{
	memcpy(to, &n, sizeof(n));
}

static void put32(uint8_t *to, uint32_t n)
{
	memcpy(to, &n, sizeof(n));
}

static void put64(uint8_t *to, uint64_t n)
{
	memcpy(to, &n, sizeof(n));
}

static uint16_t get16(const uint8_t *from)
{
	uint16_t n;
	memcpy(&n, from, sizeof(n));
	return n;
}

static uint32_t get32(const uint8_t *from)
{
	uint32_t n;
	memcpy(&n, from, sizeof(n));
	return n;
}

static uint64_t get64(const uint8_t *from)
{
	uint64_t n;
	memcpy(&n, from, sizeof(n));
	return n;
}

/* Addresses: the family as 4 or 6, the TTL, sixteen bytes. */

static void put_address(uint8_t *to, const struct addr *a, uint32_t ttl)
{
	to[0] = a->family == AF_INET ? 4 : 6;
	put32(to + 4, ttl);
	memcpy(to + 8, a->bytes, addr_length(a));
}

/* Bytes behind an IPv4 address are not read: the comparison misses them. */
static bool get_address(const uint8_t *from, struct notice_address *ret)
{
	*ret = (struct notice_address){.ttl = get32(from + 4)};
	if (from[0] != 4 && from[0] != 6)
		return false;
	ret->address.family = from[0] == 4 ? AF_INET : AF_INET6;
	memcpy(ret->address.bytes, from + 8, addr_length(&ret->address));
	return ret->ttl <= INT32_MAX;
}

/* Encoding. */

static void put_addresses(const struct notice *n, uint8_t *to)
{
	put16(to + AT_COUNT, (uint16_t)n->n_addresses);
	for (size_t i = 0; i < n->n_addresses; i++)
		put_address(to + AT_BODY + i * ADDRESS_SIZE, &n->addresses[i].address,
			n->addresses[i].ttl);
}

static void put_state(const struct notice_state *s, uint8_t *to)
{
	put16(to + AT_COUNT, (uint16_t)s->n_resolvers);
	put64(to + AT_BODY, s->asked);
	put64(to + AT_BODY + 8, s->observed);
	put64(to + AT_BODY + 16, s->overruns);
	put64(to + AT_BODY + 24, s->dropped);
	for (size_t i = 0; i < s->n_resolvers; i++)
		put_address(to + AT_RESOLVERS + i * ADDRESS_SIZE, &s->resolvers[i], 0);
}

static void put_numbers(const struct notice *n, unsigned fields, uint8_t *to)
{
	if (fields & NAME_KIND)
		to[AT_NAME_KIND] = (uint8_t)n->name_kind;
	if (fields & QUESTIONS)
		to[AT_QUESTION] = (uint8_t)n->questions;
	if (fields & QUESTION)
		to[AT_QUESTION] = (uint8_t)n->question;
	if (fields & SOURCE)
		to[AT_SOURCE] = (uint8_t)n->source;
	if (fields & ERROR)
		to[AT_ERROR] = (uint8_t)n->error;
	if (fields & URGENT)
		to[AT_URGENT] = n->is_urgent;
	if (fields & COUNT)
		put16(to + AT_COUNT, n->count);
	if (fields & SERIAL)
		put32(to + AT_SERIAL, n->serial);
	if (fields & TTL)
		put32(to + AT_TTL, n->ttl);
	if (fields & PORT)
		put16(to + AT_PORT, n->port);
	if (fields & MOST)
		put16(to + AT_PORT, n->most);
}

void notice_encode(const struct notice *n, uint8_t to[NOTICE_SIZE])
{
	const unsigned fields = fields_of(n->kind);
	memset(to, 0, NOTICE_SIZE);
	to[AT_VERSION] = NOTICE_VERSION;
	to[AT_KIND] = (uint8_t)n->kind;
	put_numbers(n, fields, to);
	if (fields & NAME)
		memcpy(to + AT_BODY, n->name, strnlen(n->name, NAME_SIZE - 1));
	if (fields & ADDRESSES)
		put_addresses(n, to);
	if (fields & STATE)
		put_state(&n->state, to);
}

/* Decoding. */

static void get_numbers(const uint8_t *from, unsigned fields, struct notice *ret)
{
	if (fields & NAME_KIND)
		ret->name_kind = (enum name_kind)from[AT_NAME_KIND];
	if (fields & QUESTIONS)
		ret->questions = from[AT_QUESTION];
	if (fields & QUESTION)
		ret->question = (enum answers_question)from[AT_QUESTION];
	if (fields & SOURCE)
		ret->source = (enum answers_source)from[AT_SOURCE];
	if (fields & ERROR)
		ret->error = (enum answers_error)from[AT_ERROR];
	if (fields & URGENT)
		ret->is_urgent = from[AT_URGENT] == 1;
	if (fields & COUNT)
		ret->count = get16(from + AT_COUNT);
	if (fields & SERIAL)
		ret->serial = get32(from + AT_SERIAL);
	if (fields & TTL)
		ret->ttl = get32(from + AT_TTL);
	if (fields & PORT)
		ret->port = get16(from + AT_PORT);
	if (fields & MOST)
		ret->most = get16(from + AT_PORT);
}

static bool get_addresses(const uint8_t *from, struct notice *ret)
{
	ret->n_addresses = get16(from + AT_COUNT);
	if (ret->n_addresses == 0 || ret->n_addresses > NOTICE_ADDRESSES_MOST)
		return false;
	for (size_t i = 0; i < ret->n_addresses; i++)
		if (!get_address(from + AT_BODY + i * ADDRESS_SIZE, &ret->addresses[i]))
			return false;
	return true;
}

static bool get_state(const uint8_t *from, struct notice_state *ret)
{
	ret->n_resolvers = get16(from + AT_COUNT);
	ret->asked = get64(from + AT_BODY);
	ret->observed = get64(from + AT_BODY + 8);
	ret->overruns = get64(from + AT_BODY + 16);
	ret->dropped = get64(from + AT_BODY + 24);
	if (ret->n_resolvers > NOTICE_RESOLVERS_MOST)
		return false;
	for (size_t i = 0; i < ret->n_resolvers; i++) {
		struct notice_address a;
		if (!get_address(from + AT_RESOLVERS + i * ADDRESS_SIZE, &a))
			return false;
		ret->resolvers[i] = a.address;
	}
	return true;
}

/* What each number may be. */

static unsigned questions_of(enum name_kind kind)
{
	return kind == NAME_OF_SERVICE ? 1u << ANSWERS_SRV : 1u << ANSWERS_A | 1u << ANSWERS_AAAA;
}

static bool is_good_name(const struct notice *n, unsigned fields)
{
	const enum name_kind kind = fields & NAME_KIND ? n->name_kind : NAME_OF_HOST;
	return (kind == NAME_OF_HOST || kind == NAME_OF_SERVICE) &&
	       memchr(n->name, '\0', NAME_SIZE) && name_is_canonical(n->name);
}

/* An answer of the hosts file is all that it says, which may be nothing; it was no question. */
static bool is_good_answer(const struct notice *n)
{
	const bool is_of_hosts = n->source == ANSWERS_FROM_HOSTS;
	if (n->question >= ANSWERS_QUESTIONS || !(questions_of(n->name_kind) >> n->question & 1))
		return false;
	if (n->error >= ANSWERS_UNFIT) /* which is not its to judge */
		return false;
	if (n->count > NOTICE_ITEMS_MOST || (n->count > 0 && n->error != ANSWERS_FINE))
		return false;
	if (is_of_hosts)
		return n->name_kind == NAME_OF_HOST && n->question == ANSWERS_A &&
		       n->error == ANSWERS_FINE && n->serial == 0;
	if (n->count == 0 && n->error == ANSWERS_FINE)
		return false; /* that is ANSWERS_EMPTY */
	return n->source == ANSWERS_FROM_ASKING ||
	       (n->source == ANSWERS_FROM_OBSERVING && n->serial == 0);
}

static bool is_good(const struct notice *n, unsigned fields)
{
	const unsigned questions = questions_of(n->name_kind);
	if ((fields & NAME) && !is_good_name(n, fields))
		return false;
	if ((fields & QUESTIONS) && (n->questions == 0 || (n->questions & ~questions)))
		return false;
	if ((fields & TTL) && n->ttl > INT32_MAX)
		return false;
	if ((fields & PORT) && n->port == 0)
		return false;
	if ((fields & MOST) && (n->most == 0 || n->most > NOTICE_ITEMS_MOST))
		return false;
	return n->kind != NOTICE_ANSWER || is_good_answer(n);
}

static bool is_sent_by(enum notice_kind kind, enum notice_sender sender)
{
	return (kind >= NOTICE_ANSWER) == (sender == NOTICE_OF_READER);
}

int notice_decode(const void *bytes, size_t length, enum notice_sender sender, struct notice *ret)
{
	const uint8_t *from = bytes;
	uint8_t again[NOTICE_SIZE];
	struct notice n = {0};
	if (length != NOTICE_SIZE)
		return -EBADMSG;
	if (from[AT_VERSION] != NOTICE_VERSION)
		return -EPROTONOSUPPORT;
	const unsigned fields = fields_of(from[AT_KIND]);
	n.kind = (enum notice_kind)from[AT_KIND];
	if (fields == 0 || !is_sent_by(n.kind, sender))
		return -EBADMSG;
	get_numbers(from, fields, &n);
	if (fields & NAME)
		memcpy(n.name, from + AT_BODY, NAME_SIZE);
	if ((fields & ADDRESSES) && !get_addresses(from, &n))
		return -EBADMSG;
	if ((fields & STATE) && !get_state(from, &n.state))
		return -EBADMSG;
	if (!is_good(&n, fields))
		return -EBADMSG;
	notice_encode(&n, again);
	if (memcmp(again, from, NOTICE_SIZE) != 0)
		return -EBADMSG;
	*ret = n;
	return 0;
}
