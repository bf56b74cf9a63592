/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replies, from the DNS to the daemon.
 *
 * The machine takes an answer as a whole, since addresses that are not in it are retired sooner.
 * So no answer is cut in the middle: the daemon knows from the first notice how many items are to
 * come, keeps them until all are there, and forgets them if something else comes.  Their number is
 * bounded.
 *
 * Of an answer with too many items the first ones are sent.  The others come with later answers,
 * since servers with many addresses rotate them.
 */
#include "names/reply.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "names/message.h"

void reply_done(struct reply *r)
{
	free(r->items);
	arena_free(r->arena);
	*r = (struct reply){0};
}

/* Making. */

void reply_init(struct reply *r, const char *name, enum name_kind kind,
	enum answers_question question, enum answers_source source, enum answers_error error,
	uint32_t serial)
{
	*r = (struct reply){.kind = kind,
		.question = question,
		.source = source,
		.error = error,
		.serial = serial};
	assert(strlen(name) < NAME_SIZE);
	memcpy(r->name, name, strlen(name) + 1);
}

static int add(struct reply *r, const struct answers_item *item)
{
	int result = array_reserve(&r->items, &r->allocated, r->count + 1);
	if (result < 0)
		return result;
	r->items[r->count++] = *item;
	return 0;
}

int reply_add_address(struct reply *r, const struct addr *address, uint32_t ttl)
{
	if (r->count == NOTICE_ITEMS_MOST)
		return 0;
	return add(r, &(struct answers_item){.address = *address, .ttl = ttl});
}

int reply_add_target(struct reply *r, const char *target, uint16_t port, uint32_t ttl)
{
	if (r->count == NOTICE_ITEMS_MOST || port == 0 || !name_is_canonical(target))
		return 0;
	if (!r->arena)
		r->arena = arena_new();
	const char *copy = r->arena ? arena_strndup(r->arena, target, strlen(target)) : NULL;
	if (!copy)
		return -ENOMEM;
	return add(r, &(struct answers_item){.target = copy, .port = port, .ttl = ttl});
}

static enum answers_error error_of(unsigned code)
{
	switch (code) {
	case MESSAGE_GOOD:
		return ANSWERS_FINE;
	case MESSAGE_NXDOMAIN:
		return ANSWERS_NXDOMAIN;
	case MESSAGE_REFUSED:
		return ANSWERS_REFUSED;
	default: /* no enum of ours */
		return ANSWERS_SERVFAIL;
	}
}

static int read_items(struct reply *r, const struct message *m, const struct chain *c)
{
	struct addr address;
	const struct message_record *service;
	uint32_t ttl;
	int result = 0;
	for (size_t at = 0; result == 0 && message_next_address(m, c, &at, &address, &ttl);)
		result = reply_add_address(r, &address, ttl);
	for (size_t at = 0; result == 0 && message_next_service(m, c, &at, &service, &ttl);)
		result = reply_add_target(r, service->target, service->port, ttl);
	return result;
}

int reply_read(struct reply *r, const struct message *m)
{
	struct chain c;
	r->error = error_of(m->code);
	if (r->error != ANSWERS_FINE)
		return 0;
	message_chain(m, r->name, &c);
	if (c.end != CHAIN_ENDS) {
		r->error = ANSWERS_GARBLED;
		return 0;
	}
	int result = read_items(r, m, &c);
	if (result == 0 && r->count == 0)
		r->error = ANSWERS_EMPTY;
	return result;
}

/* Sending. */

static size_t put_addresses(const struct reply *r, size_t from, size_t count, struct notice *n)
{
	n->kind = NOTICE_ADDRESSES;
	for (n->n_addresses = 0; n->n_addresses < NOTICE_ADDRESSES_MOST && from < count; from++)
		n->addresses[n->n_addresses++] =
			(struct notice_address){r->items[from].address, r->items[from].ttl};
	return n->n_addresses;
}

static size_t put_target(const struct reply *r, size_t at, struct notice *n)
{
	n->kind = NOTICE_TARGET;
	memcpy(n->name, r->items[at].target, strlen(r->items[at].target) + 1);
	n->ttl = r->items[at].ttl;
	n->port = r->items[at].port;
	return 1;
}

void reply_split(const struct reply *r, size_t most,
	void (*put)(void *context, const struct notice *n), void *context)
{
	const size_t count = r->count < most ? r->count : most;
	struct notice n = {.kind = NOTICE_ANSWER,
		.serial = r->serial,
		.name_kind = r->kind,
		.question = r->question,
		.source = r->source,
		.error = r->error,
		.count = (uint16_t)count};
	memcpy(n.name, r->name, sizeof(n.name));
	put(context, &n);
	for (size_t i = 0; i < count;) {
		i += r->kind == NAME_OF_SERVICE ? put_target(r, i, &n)
						: put_addresses(r, i, count, &n);
		put(context, &n);
	}
}

/* Receiving. */

static int begin(struct reply_joining *j, const struct notice *n)
{
	reply_done(&j->reply);
	reply_init(&j->reply, n->name, n->name_kind, n->question, n->source, n->error, n->serial);
	j->awaited = n->count;
	return j->awaited == 0;
}

/* Only items that were asked for; from the hosts file, addresses of both families. */
static bool is_of_question(const struct reply *r, const struct addr *a)
{
	if (r->source == ANSWERS_FROM_HOSTS)
		return true;
	return a->family == (r->question == ANSWERS_A ? AF_INET : AF_INET6);
}

static int join_addresses(struct reply_joining *j, const struct notice *n)
{
	if (j->reply.kind != NAME_OF_HOST || n->n_addresses > j->awaited)
		return -EBADMSG;
	for (size_t i = 0; i < n->n_addresses; i++) {
		if (!is_of_question(&j->reply, &n->addresses[i].address))
			return -EBADMSG;
		int r = reply_add_address(&j->reply, &n->addresses[i].address, n->addresses[i].ttl);
		if (r < 0)
			return r;
	}
	j->awaited -= n->n_addresses;
	return j->awaited == 0;
}

static int join_target(struct reply_joining *j, const struct notice *n)
{
	if (j->reply.kind != NAME_OF_SERVICE)
		return -EBADMSG;
	int r = reply_add_target(&j->reply, n->name, n->port, n->ttl);
	if (r < 0)
		return r;
	j->awaited--;
	return j->awaited == 0;
}

int reply_join(struct reply_joining *j, const struct notice *n)
{
	if ((n->kind == NOTICE_ANSWER) != (j->awaited == 0))
		return -EBADMSG;
	if (n->kind == NOTICE_ANSWER)
		return begin(j, n);
	if (n->serial != j->reply.serial)
		return -EBADMSG;
	if (n->kind == NOTICE_ADDRESSES)
		return join_addresses(j, n);
	return n->kind == NOTICE_TARGET ? join_target(j, n) : -EBADMSG;
}

void reply_joining_done(struct reply_joining *j)
{
	reply_done(&j->reply);
	*j = (struct reply_joining){0};
}

/* Telling the machine. */

static int tell_hosts(const struct reply *r, struct answers *a, struct moment m)
{
	struct addr *addresses = calloc(r->count + 1, sizeof(*addresses));
	if (!addresses)
		return -ENOMEM;
	for (size_t i = 0; i < r->count; i++)
		addresses[i] = r->items[i].address;
	int result = answers_hosts(a, r->name, addresses, r->count, m);
	free(addresses);
	return result;
}

int reply_tell(const struct reply *r, struct answers *a, struct moment m)
{
	if (r->source == ANSWERS_FROM_HOSTS)
		return tell_hosts(r, a, m);
	if (r->error != ANSWERS_FINE && r->error != ANSWERS_EMPTY) {
		answers_failed(a, r->name, r->question, r->error, r->source, m);
		return 0;
	}
	return answers_learned(a,
		&(struct answers_lesson){r->name, r->question, r->source, r->items, r->count}, m);
}
