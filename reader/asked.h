/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question that was asked for, and lines of them: those that wait, and those that are under way.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names/message.h"
#include "names/reply.h"

struct asking;

struct asked {
	struct asking *owner;
	struct asked *previous, *next; /* of a line */
	char name[NAME_SIZE];
	enum name_kind kind;
	enum answers_question question;
	uint32_t serial;
	uint64_t deadline;
	bool is_answered; /* and c-ares does not know yet */
};

/* The number that the DNS has for the type of its question. */
int asked_type(const struct asked *q);

/* A reply to it without items. */
void asked_init_reply(const struct asked *q, enum answers_error error, struct reply *ret);
/* Fills such a reply, made without an error, from a message.  0 with the message, for
 * message_done(); -EBADMSG if that says nothing of this question; or -ENOMEM. */
int asked_read(const struct asked *q, const uint8_t *bytes, size_t length,
	struct message *ret_message, struct reply *ret);

/* By when they were asked for.  All zero at first. */
struct line {
	struct asked *first, *last;
	size_t count;
};

void line_put_first(struct line *l, struct asked *q);
void line_put_last(struct line *l, struct asked *q);
void line_take_out(struct line *l, struct asked *q);
/* The first deadline of those that have no answer, if it is before wake; otherwise wake. */
uint64_t line_deadline(const struct line *l, uint64_t wake);
