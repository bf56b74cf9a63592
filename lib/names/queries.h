/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions that left this host, and wait for their answers.  An answer counts only if it is to one
 * of them: from whom it was asked, with its id and its question.
 */
#pragma once

#include "names/message.h"
#include "net/wire.h"

enum {
	QUERIES_MOST = 4096, /* the oldest goes first */
	QUERIES_WRONG_MOST = 8,
};
#define QUERIES_SECONDS 60 /* for which an answer is awaited */

struct query {
	struct wire_tuple tuple;
	struct question question;
	uint64_t sent;  /* microseconds */
	unsigned wrong; /* answers that came for it and were not to it */
	bool is_waiting;
	struct query *next, **link; /* among those of one hash */
};

struct queries;

struct queries *queries_new(void); /* NULL: out of memory */
void queries_free(struct queries *q);

/* One has left; one that is sent again is the same. */
void queries_sent(struct queries *q, const struct wire_tuple *tuple,
	const struct question *question, uint64_t now);

/* True with the one that a reply answers, by the tuple that it came by; it waits no longer. */
bool queries_answered(struct queries *q, const struct wire_tuple *reply, const struct message *m,
	uint64_t now, struct query *ret);

/* Takes one away that waits for something by this tuple: with this id; any if id is negative. */
bool queries_given_up(struct queries *q, const struct wire_tuple *reply, int id, uint64_t now,
	struct query *ret);

/* One for which too much came that was not to it: somebody guesses.  It is taken away. */
bool queries_guessed(struct queries *q, const struct wire_tuple *reply, struct query *ret);
