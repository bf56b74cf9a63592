/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring: each question that leaves takes the next place, and the one that was there is forgotten.
 * So memory does not grow, and a flood of questions loses only late answers.
 *
 * An id has 16 bits, and an attacker who guesses the ports may send that many answers before the
 * true one comes.  So after a few wrong answers a question is given up, whatever comes then: the
 * reader asks again itself, from a port that nobody has seen.
 */
#include "names/queries.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { BUCKETS = 1024 };

struct queries {
	struct query *buckets[BUCKETS];
	size_t next;
	struct query ring[QUERIES_MOST];
};

struct queries *queries_new(void)
{
	return calloc(1, sizeof(struct queries));
}

void queries_free(struct queries *q)
{
	free(q);
}

static struct query **bucket_of(struct queries *q, const struct wire_tuple *t)
{
	uint64_t h = hash_bytes(HASH_START, t->source.bytes, addr_length(&t->source));
	h = hash_bytes(h, t->destination.bytes, addr_length(&t->destination));
	h = hash_number(h, (uint32_t)t->source_port << 16 | t->destination_port);
	return &q->buckets[(h ^ h >> 32) % BUCKETS];
}

static void take_out(struct query *x)
{
	if (!x->is_waiting)
		return;
	*x->link = x->next;
	if (x->next)
		x->next->link = x->link;
	x->is_waiting = false;
}

static void put_in(struct query **bucket, struct query *x)
{
	x->next = *bucket;
	x->link = bucket;
	if (x->next)
		x->next->link = &x->next;
	*bucket = x;
	x->is_waiting = true;
}

static bool is_over(const struct query *x, uint64_t now)
{
	return now > x->sent && now - x->sent > QUERIES_SECONDS * 1000000ull;
}

static bool same_question(const struct question *a, const struct question *b)
{
	return a->id == b->id && a->type == b->type && a->class == b->class &&
	       strcmp(a->name, b->name) == 0;
}

void queries_sent(struct queries *q, const struct wire_tuple *tuple,
	const struct question *question, uint64_t now)
{
	struct query **bucket = bucket_of(q, tuple);
	for (struct query *x = *bucket; x; x = x->next)
		if (wire_same(&x->tuple, tuple) && same_question(&x->question, question)) {
			x->sent = now;
			return;
		}
	struct query *x = &q->ring[q->next];
	q->next = (q->next + 1) % QUERIES_MOST;
	take_out(x);
	*x = (struct query){.tuple = *tuple, .question = *question, .sent = now};
	put_in(bucket, x);
}

static bool hand_out(struct query *x, struct query *ret)
{
	*ret = *x;
	take_out(x);
	return true;
}

bool queries_answered(struct queries *q, const struct wire_tuple *reply, const struct message *m,
	uint64_t now, struct query *ret)
{
	const struct wire_tuple sent = wire_reverse(reply);
	for (struct query *x = *bucket_of(q, &sent), *next; x; x = next) {
		next = x->next;
		if (!wire_same(&x->tuple, &sent))
			continue;
		if (is_over(x, now))
			take_out(x);
		else if (message_answers(m, &x->question))
			return hand_out(x, ret);
	}
	for (struct query *x = *bucket_of(q, &sent); x; x = x->next)
		if (wire_same(&x->tuple, &sent))
			x->wrong++;
	return false;
}

bool queries_given_up(struct queries *q, const struct wire_tuple *reply, int id, uint64_t now,
	struct query *ret)
{
	const struct wire_tuple sent = wire_reverse(reply);
	for (struct query *x = *bucket_of(q, &sent); x; x = x->next)
		if (wire_same(&x->tuple, &sent) && !is_over(x, now) &&
			(id < 0 || x->question.id == id))
			return hand_out(x, ret);
	return false;
}

bool queries_guessed(struct queries *q, const struct wire_tuple *reply, struct query *ret)
{
	const struct wire_tuple sent = wire_reverse(reply);
	for (struct query *x = *bucket_of(q, &sent); x; x = x->next)
		if (wire_same(&x->tuple, &sent) && x->wrong > QUERIES_WRONG_MOST)
			return hand_out(x, ret);
	return false;
}
