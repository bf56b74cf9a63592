/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reply: all that one answer says of a name, or why there is none.  The reader makes it from a
 * message of DNS or the hosts file and sends it as notices; the daemon joins these and gives the
 * whole reply to the machine (answers.h).
 */
#pragma once

#include "base/arena.h"
#include "names/answers.h"
#include "names/notice.h"

struct message;

struct reply {
	char name[NAME_SIZE];
	enum name_kind kind;
	enum answers_question question;
	enum answers_source source;
	enum answers_error error;
	uint32_t serial; /* of the question; 0: nobody has asked */
	struct answers_item *items;
	size_t count, allocated;
	struct arena *arena; /* of the targets; NULL: there are none */
};

void reply_done(struct reply *r);

/* Making. */

/* Without items: an error, or ANSWERS_FINE if they follow.  The name is canonical. */
void reply_init(struct reply *r, const char *name, enum name_kind kind,
	enum answers_question question, enum answers_source source, enum answers_error error,
	uint32_t serial);
/* 0 or -ENOMEM. Unusable items are skipped: a target without a valid name or port, and items
 * beyond NOTICE_ITEMS_MOST. */
int reply_add_address(struct reply *r, const struct addr *address, uint32_t ttl);
int reply_add_target(struct reply *r, const char *target, uint16_t port, uint32_t ttl);
/* Fills a reply (with name and question) from a message: its items, or an error in their place.  0
 * or -ENOMEM. */
int reply_read(struct reply *r, const struct message *m);

/* Sending: as notices, of at most so many items.  Each goes to put(), which must not fail. */
void reply_split(const struct reply *r, size_t most,
	void (*put)(void *context, const struct notice *n), void *context);

/* Receiving.  All zero at first. */
struct reply_joining {
	struct reply reply;
	size_t awaited; /* items that are still to come */
};

/* The next notice of those that make replies (enum notice_kind).  1: the reply is whole, until the
 * next call; 0: more must come; -EBADMSG: it does not belong there; -ENOMEM. */
int reply_join(struct reply_joining *j, const struct notice *n);
void reply_joining_done(struct reply_joining *j);

/* Telling the machine.  0 or -ENOMEM, as it says. */
int reply_tell(const struct reply *r, struct answers *a, struct moment m);
