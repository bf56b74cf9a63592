/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a name server sends back is read by our own parser, and belongs to a question only if it
 * repeats it. */
#include "asked.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

/* Replies. */

int asked_type(const struct asked *q)
{
	static const int types[ANSWERS_QUESTIONS] = {
		[ANSWERS_A] = MESSAGE_A,
		[ANSWERS_AAAA] = MESSAGE_AAAA,
		[ANSWERS_SRV] = MESSAGE_SRV,
	};
	return types[q->question];
}

void asked_init_reply(const struct asked *q, enum answers_error error, struct reply *ret)
{
	reply_init(ret, q->name, q->kind, q->question, ANSWERS_FROM_ASKING, error, q->serial);
}

/* A cut answer whose beginning says nothing is none. */
static int read_reply(const struct asked *q, const struct message *m, struct reply *ret)
{
	if (!m->is_reply || m->question.type != asked_type(q) ||
		strcmp(m->question.name, q->name) != 0)
		return -EBADMSG;
	int r = reply_read(ret, m);
	return r == 0 && m->is_truncated && ret->error == ANSWERS_EMPTY ? -EBADMSG : r;
}

int asked_read(const struct asked *q, const uint8_t *bytes, size_t length,
	struct message *ret_message, struct reply *ret)
{
	CLEANUP(message_done) struct message m = {0};
	int r = message_read(bytes, length, &m);
	if (r < 0)
		return r;
	r = read_reply(q, &m, ret);
	if (r < 0)
		return r;
	*ret_message = m;
	m = (struct message){0};
	return 0;
}

/* Lines. */

void line_take_out(struct line *l, struct asked *q)
{
	*(q->previous ? &q->previous->next : &l->first) = q->next;
	*(q->next ? &q->next->previous : &l->last) = q->previous;
	q->next = q->previous = NULL;
	l->count--;
}

void line_put_last(struct line *l, struct asked *q)
{
	q->previous = l->last;
	*(l->last ? &l->last->next : &l->first) = q;
	l->last = q;
	l->count++;
}

void line_put_first(struct line *l, struct asked *q)
{
	q->next = l->first;
	*(l->first ? &l->first->previous : &l->last) = q;
	l->first = q;
	l->count++;
}

uint64_t line_deadline(const struct line *l, uint64_t wake)
{
	for (const struct asked *q = l->first; q; q = q->next)
		if (!q->is_answered && q->deadline < wake)
			wake = q->deadline;
	return wake;
}
