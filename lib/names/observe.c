/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anybody may send us an answer: with the right addresses and ports it looks like a part of a
 * conversation that exists.  So questions are read as they leave, and an answer counts only with
 * the id and the question of one of them (queries). The kernel says which packets leave: a
 * "question" that comes in is not ours.
 *
 * Of TCP, segments are read in the order in which they come (stream). What was cut, came out of
 * order or is truncated cannot be read: then the reader asks for the name itself, and its answer
 * is as good.
 *
 * An answer speaks for a followed name if the chain of the question leads through it, or through a
 * name that its own chain has led to before (reach).  Records beside that chain are no answer to
 * anybody: a server that is asked for its own zone only could name others there. Negative answers
 * are ignored: no answer removes anything, and the reader asks by itself now and then.
 */
#include "names/observe.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "names/queries.h"
#include "names/reach.h"
#include "names/stream.h"
#include "net/wire.h"

#define SECOND 1000000ull

/* Clients may know the first part of a chain a little longer than it says. */
enum { LEADS_LONGER_SECONDS = 60 };

struct conversation {
	bool is_used;
	struct wire_tuple tuple; /* of what leaves */
	uint64_t used;
	struct stream leaving, coming;
};

struct observer {
	struct observer_events events;
	void *userdata;
	struct observer_counts counts;
	struct queries *queries;
	struct reach *reach;
	struct conversation conversations[OBSERVE_STREAMS_MOST];
};

/* Lifetime. */

struct observer *observer_new(const struct observer_events *events, void *userdata)
{
	struct observer *o = calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	o->events = *events;
	o->userdata = userdata;
	o->queries = queries_new();
	o->reach = reach_new();
	if (o->queries && o->reach)
		return o;
	observer_free(o);
	return NULL;
}

static void end_conversation(struct conversation *c)
{
	stream_done(&c->leaving);
	stream_done(&c->coming);
	*c = (struct conversation){0};
}

void observer_free(struct observer *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < OBSERVE_STREAMS_MOST; i++)
		end_conversation(&o->conversations[i]);
	queries_free(o->queries);
	reach_free(o->reach);
	free(o);
}

int observer_follow(struct observer *o, const char *name, enum name_kind kind)
{
	return reach_follow(o->reach, name, kind);
}

void observer_forget(struct observer *o, const char *name, enum name_kind kind)
{
	reach_forget(o->reach, name, kind);
}

struct observer_counts observer_counts(const struct observer *o)
{
	return o->counts;
}

/* A missed answer. */

/* What a followed name of a kind is asked for by a question of this type. */
static bool is_asked(enum name_kind kind, unsigned type, enum answers_question *ret)
{
	switch (type) {
	case MESSAGE_A:
		*ret = ANSWERS_A;
		return kind == NAME_OF_HOST;
	case MESSAGE_AAAA:
		*ret = ANSWERS_AAAA;
		return kind == NAME_OF_HOST;
	case MESSAGE_SRV:
		*ret = ANSWERS_SRV;
		return kind == NAME_OF_SERVICE;
	default: /* no enum of ours */
		return false;
	}
}

static void miss(struct observer *o, const struct question *q, uint64_t now)
{
	const struct reach_entry *e = NULL;
	enum answers_question question;
	o->counts.unread++;
	while ((e = reach_next(o->reach, q->name, e)))
		if (now <= e->until && is_asked(e->kind, q->type, &question))
			o->events.missed(o->userdata, e->followed, e->kind, question);
}

/* All that waits for something by this tuple. */
static void miss_all(struct observer *o, const struct wire_tuple *reply, uint64_t now)
{
	struct query q;
	while (queries_given_up(o->queries, reply, -1, now, &q))
		miss(o, &q.question, now);
}

static void miss_guessed(struct observer *o, const struct wire_tuple *reply, uint64_t now)
{
	struct query q;
	while (queries_guessed(o->queries, reply, &q))
		miss(o, &q.question, now);
}

void observer_lost(struct observer *o)
{
	const struct reach_entry *e = NULL;
	for (size_t i = 0; i < OBSERVE_STREAMS_MOST; i++)
		end_conversation(&o->conversations[i]);
	while ((e = reach_next_followed(o->reach, e))) {
		if (e->kind == NAME_OF_SERVICE) {
			o->events.missed(o->userdata, e->name, e->kind, ANSWERS_SRV);
			continue;
		}
		o->events.missed(o->userdata, e->name, e->kind, ANSWERS_A);
		o->events.missed(o->userdata, e->name, e->kind, ANSWERS_AAAA);
	}
}

/* Reading an answer. */

struct telling {
	struct observer *o;
	const struct message *m;
	uint64_t now;
};

/* Fills the reply with what is at the end of a chain.  0 or -ENOMEM. */
static int read_items(const struct telling *t, const struct chain *c, uint32_t ttl_most,
	struct reply *r)
{
	struct addr address;
	const struct message_record *service;
	uint32_t ttl;
	int result = 0;
	for (size_t at = 0; result == 0 && message_next_address(t->m, c, &at, &address, &ttl);)
		result = reply_add_address(r, &address, ttl < ttl_most ? ttl : ttl_most);
	for (size_t at = 0; result == 0 && message_next_service(t->m, c, &at, &service, &ttl);)
		result = reply_add_target(r, service->target, service->port,
			ttl < ttl_most ? ttl : ttl_most);
	return result;
}

/* Remembers where the chain of a followed name leads. */
static int remember(const struct telling *t, const struct reach_entry *e, const struct chain *c)
{
	int r = 0;
	if (c->end != CHAIN_ENDS || e->name != e->followed)
		return 0;
	const uint64_t until = t->now + (c->ttl + (uint64_t)LEADS_LONGER_SECONDS) * SECOND;
	for (size_t i = 1; i < c->count && r == 0; i++)
		r = reach_lead(t->o->reach, e, c->names[i], until);
	return r;
}

int observer_learn(struct observer *o, const char *name, enum name_kind kind,
	const struct message *m, uint64_t now)
{
	const struct telling t = {o, m, now};
	const struct reach_entry *e = NULL;
	struct chain c;
	int r = 0;
	message_chain(m, name, &c);
	while (r == 0 && m->code == MESSAGE_GOOD && (e = reach_next(o->reach, name, e)))
		if (e->kind == kind)
			r = remember(&t, e, &c);
	return r;
}

/* The answer for a followed name, which is reached by this name. */
static int tell(const struct telling *t, const struct reach_entry *e, const char *by)
{
	enum answers_question question;
	struct chain c;
	struct reply reply;
	if (!is_asked(e->kind, t->m->question.type, &question))
		return 0;
	message_chain(t->m, by, &c);
	reply_init(&reply, e->followed, e->kind, question, ANSWERS_FROM_OBSERVING, ANSWERS_FINE, 0);
	const bool is_itself = e->name == e->followed;
	const uint64_t left = is_itself ? UINT32_MAX : (e->until - t->now) / SECOND;
	int r = read_items(t, &c, left < UINT32_MAX ? (uint32_t)left : UINT32_MAX, &reply);
	if (r == 0 && reply.count)
		t->o->events.heard(t->o->userdata, &reply);
	reply_done(&reply);
	return r == 0 ? remember(t, e, &c) : r;
}

static bool is_in(const struct chain *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->names[i], name) == 0)
			return true;
	return false;
}

/* For whom a name in the chain of the question speaks. */
static int tell_of(const struct telling *t, const struct chain *asked, const char *name)
{
	const struct reach_entry *e = NULL;
	int r = 0;
	while (r == 0 && (e = reach_next(t->o->reach, name, e))) {
		/* a followed name in the chain has its own place there */
		const bool is_told = e->name != e->followed && is_in(asked, e->followed);
		if (t->now <= e->until && !is_told)
			r = tell(t, e, name);
	}
	return r;
}

static int read_answer(struct observer *o, const struct message *m, uint64_t now)
{
	const struct telling t = {o, m, now};
	struct chain asked;
	int r = 0;
	if (m->code != MESSAGE_GOOD)
		return 0;
	message_chain(m, m->question.name, &asked);
	for (size_t i = 0; i < asked.count && r == 0; i++)
		r = tell_of(&t, &asked, asked.names[i]);
	return r;
}

/* Messages. */

static int take_question(struct observer *o, const struct wire_tuple *tuple, const uint8_t *bytes,
	size_t length, uint64_t now)
{
	struct message m;
	int r = message_read(bytes, length, &m);
	if (r < 0)
		return r == -EBADMSG ? 0 : r;
	if (!m.is_reply) {
		queries_sent(o->queries, tuple, &m.question, now);
		o->counts.questions++;
	}
	message_done(&m);
	return 0;
}

static int take_good_answer(struct observer *o, const struct wire_tuple *tuple,
	const struct message *m, uint64_t now)
{
	struct query q;
	if (!queries_answered(o->queries, tuple, m, now, &q)) {
		o->counts.forged++;
		miss_guessed(o, tuple, now);
		return 0;
	}
	o->counts.answers++;
	if (!m->is_truncated)
		return read_answer(o, m, now);
	miss(o, &q.question, now);
	return 0;
}

/* The id of a message that cannot be read, if it has one. */
static int take_answer(struct observer *o, const struct wire_tuple *tuple, const uint8_t *bytes,
	size_t length, uint64_t now)
{
	enum { ID = 2 };
	struct message m;
	struct query q;
	int r = message_read(bytes, length, &m);
	if (r == 0) {
		r = take_good_answer(o, tuple, &m, now);
		message_done(&m);
	} else if (length >= ID &&
		   queries_given_up(o->queries, tuple, bytes[0] << 8 | bytes[1], now, &q)) {
		miss(o, &q.question, now);
	} else {
		o->counts.forged++;
	}
	return r == -EBADMSG ? 0 : r;
}

/* Conversations over TCP. */

static struct conversation *find_conversation(struct observer *o, const struct wire_tuple *tuple)
{
	for (size_t i = 0; i < OBSERVE_STREAMS_MOST; i++) {
		struct conversation *c = &o->conversations[i];
		if (c->is_used && wire_same(&c->tuple, tuple))
			return c;
	}
	return NULL;
}

/* In the place of the one that was used least lately. */
static struct conversation *begin_conversation(struct observer *o, const struct wire_tuple *tuple,
	uint64_t now)
{
	struct conversation *oldest = &o->conversations[0];
	for (size_t i = 0; i < OBSERVE_STREAMS_MOST && oldest->is_used; i++) {
		struct conversation *c = &o->conversations[i];
		if (!c->is_used || c->used < oldest->used)
			oldest = c;
	}
	if (oldest->is_used) {
		const struct wire_tuple reply = wire_reverse(&oldest->tuple);
		miss_all(o, &reply, now);
	}
	end_conversation(oldest);
	oldest->is_used = true;
	oldest->tuple = *tuple;
	return oldest;
}

/* The segment's conversation; NULL if its beginning was not seen. */
static struct conversation *conversation_of(struct observer *o, const struct wire_packet *p,
	const struct wire_tuple *leaving, bool leaves, uint64_t now)
{
	struct conversation *c = find_conversation(o, leaving);
	if (leaves && (p->flags & (TH_SYN | TH_ACK)) == TH_SYN && (!c || c->coming.is_begun)) {
		if (c)
			end_conversation(c);
		c = begin_conversation(o, leaving, now);
	}
	if (c)
		c->used = now;
	return c;
}

static int take_messages(struct observer *o, struct stream *s, const struct wire_tuple *tuple,
	bool leaves, uint64_t now)
{
	const uint8_t *bytes;
	int n;
	while ((n = stream_message(s, &bytes)) > 0) {
		int r = leaves ? take_question(o, tuple, bytes, (size_t)n, now)
			       : take_answer(o, tuple, bytes, (size_t)n, now);
		stream_take(s, (size_t)n);
		if (r < 0)
			return r;
	}
	return n;
}

static int take_segment(struct observer *o, const struct wire_packet *p, bool leaves, uint64_t now)
{
	const struct wire_tuple reply = leaves ? wire_reverse(&p->tuple) : p->tuple;
	const struct wire_tuple leaving = wire_reverse(&reply);
	struct conversation *c = conversation_of(o, p, &leaving, leaves, now);
	if (!c)
		return 0;
	struct stream *s = leaves ? &c->leaving : &c->coming;
	uint32_t sequence = p->sequence;
	if (p->flags & TH_SYN) {
		if (!s->is_begun)
			stream_begin(s, sequence);
		sequence++;
	}
	int r = stream_add(s, sequence, p->payload, p->length, p->is_cut);
	if (r == 0)
		r = take_messages(o, s, &p->tuple, leaves, now);
	/* behind a gap nothing is read, and behind the end nothing comes */
	if (c->coming.is_broken || (!leaves && (p->flags & (TH_FIN | TH_RST))))
		miss_all(o, &reply, now);
	if (p->flags & TH_RST)
		end_conversation(c);
	return r == -EBADMSG ? 0 : r;
}

int observer_packet(struct observer *o, const uint8_t *bytes, size_t length, bool leaves,
	uint64_t now)
{
	struct wire_packet p;
	if (!wire_read(bytes, length, &p) ||
		(leaves ? p.tuple.destination_port : p.tuple.source_port) != OBSERVE_PORT)
		return 0;
	if (p.tuple.protocol == IPPROTO_TCP)
		return take_segment(o, &p, leaves, now);
	return leaves ? take_question(o, &p.tuple, p.payload, p.length, now)
		      : take_answer(o, &p.tuple, p.payload, p.length, now);
}
