/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One DNS message, a question or an answer, our own or an observed one: the parts that matter for
 * following names.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names/name.h"
#include "net/addr.h"

/* Types of records (RFC 1035, 3596, 2782). */
enum message_type {
	MESSAGE_A = 1,
	MESSAGE_CNAME = 5,
	MESSAGE_AAAA = 28,
	MESSAGE_SRV = 33,
};

/* Response codes that we tell apart; all others are just not good. */
enum message_code {
	MESSAGE_GOOD = 0,
	MESSAGE_SERVFAIL = 2,
	MESSAGE_NXDOMAIN = 3,
	MESSAGE_REFUSED = 5,
};

/* A value: it may be kept when the message is gone. */
struct question {
	uint16_t id;
	uint16_t type; /* any: of enum message_type, or another one */
	uint16_t class;
	char name[NAME_SIZE]; /* small letters; characters of no host name are escaped: \. \032 */
};

/* A record of the answer that matters: of class IN and one of the four types. */
struct message_record {
	enum message_type type;
	uint32_t ttl;
	const char *owner;
	struct addr address;             /* A, AAAA */
	const char *target;              /* CNAME, SRV; of SRV "." for none */
	uint16_t priority, weight, port; /* SRV */
};

struct message {
	struct question question;
	bool is_reply;
	bool is_truncated; /* ask again over TCP; records are those that are there, or none */
	unsigned code;     /* a number of enum message_code, or another one */
	struct message_record *records; /* of the answer, in its order */
	size_t count, allocated;
	struct arena *arena; /* owns the names; one that is there twice is one pointer */
};

enum { MESSAGE_SIZE_MOST = 65535 };

/* Reading.  0 after the whole message was checked.  -EBADMSG: it is not a sound message of DNS, or
 * neither question nor reply (another opcode, not exactly one question). -ENOMEM. Nothing is kept
 * after a failure. */
int message_read(const uint8_t *bytes, size_t length, struct message *ret);
void message_done(struct message *m);

/* Over TCP each message has its length in front.  How many bytes the message at the start of a
 * stream has, behind the two of its length; 0: it is not all there yet; -EBADMSG: what comes is
 * no DNS. */
int message_in_stream(const uint8_t *bytes, size_t length);
enum { MESSAGE_STREAM_PREFIX = 2 };

/* True if the reply is one to this question: id, name without case, type and class. */
bool message_answers(const struct message *reply, const struct question *q);

/* Following a name through the answer. */

enum {
	CHAIN_NAMES_MOST = 32, /* resolvers follow 8 to 20 */
};

enum chain_end {
	CHAIN_ENDS, /* the index of the name that is not an alias: the last one */
	CHAIN_LOOPS,
	CHAIN_TOO_LONG,
};

struct chain {
	enum chain_end end;
	const char *names[CHAIN_NAMES_MOST]; /* the first is the one that was asked for */
	size_t count;
	uint32_t ttl; /* the smallest of the aliases; UINT32_MAX without any */
};

/* The chain from a name, in small letters, that is an owner or target in the answer.  Without a
 * record for it the chain is the name alone, which is borrowed. */
void message_chain(const struct message *m, const char *name, struct chain *ret);

/* The addresses, and the services, at the end of a chain, one after the other: true with the next
 * one.  *at is 0 at first.  The TTL is the smallest on the way there.  An answer to a question for
 * A has no AAAA, and the other way round. */
bool message_next_address(const struct message *m, const struct chain *c, size_t *at,
	struct addr *ret, uint32_t *ret_ttl);
bool message_next_service(const struct message *m, const struct chain *c, size_t *at,
	const struct message_record **ret, uint32_t *ret_ttl);
