/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of DNS from anywhere: nothing in them is trusted.
 *
 * One parser reads them all: the replies to our own questions, and the questions and replies of
 * others that were copied on their way.  libresolv's ns_initparse() and ns_parserr() know the
 * records; what they leave open is decided here:
 *
 * - A message is checked to its last byte before any of it is given out.  If one record is not
 *   sound, of whatever type and in whatever section, the message is refused.
 * - A compression pointer leads backwards, before the name that it is in.  libresolv would follow
 *   one that leads forwards; no server writes it.
 * - Names are compared without case and kept in small letters.  One that is met again is the same
 *   pointer, so that following a chain compares pointers.
 * - A TTL above 2^31-1 is 0 (RFC 2181, 8).
 * - Only the answer section counts.  Other sections were not asked for.
 *
 * A truncated reply may end anywhere.  If what is there is sound its records are given out, since
 * they are true; if it is not, the header and the question are.  Either way is_truncated says that
 * there are more.
 *
 * The caller, who knows addresses and ports, finds out whether a reply belongs to a question that
 * left this host; message_answers() compares what is inside.
 */
#include "names/message.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/index.h"

struct reading {
	struct message *m;
	const uint8_t *bytes, *end;
	const uint8_t *at; /* of the next record */
	ns_msg handle;
	struct index names;
};

/* Names. */

/* The bytes of a name at this place, as far as its first pointer or its end; 0: it is not sound.
 * Each pointer leads before the run of labels that it ends. */
static size_t name_extent(const struct reading *r, const uint8_t *at)
{
	const uint8_t *run = at, *p = at;
	size_t extent = 0;
	while (p < r->end) {
		if (*p == 0)
			return extent ? extent : (size_t)(p + 1 - at);
		if (*p <= NS_MAXLABEL) {
			p += 1 + *p;
			continue;
		}
		if ((*p & NS_CMPRSFLGS) != NS_CMPRSFLGS || r->end - p < 2)
			return 0;
		if (!extent)
			extent = (size_t)(p + 2 - at);
		const uint8_t *target = r->bytes + ((*p & ~NS_CMPRSFLGS) << 8 | p[1]);
		if (target >= run)
			return 0;
		run = p = target;
	}
	return 0;
}

/* The name at this place as text in small letters.  How many bytes it takes there, or -EBADMSG. */
static int expand(const struct reading *r, const uint8_t *at, char to[NS_MAXDNAME])
{
	const size_t extent = name_extent(r, at);
	if (!extent || ns_name_uncompress(r->bytes, r->end, at, to, NS_MAXDNAME) != (int)extent)
		return -EBADMSG;
	name_lower(to);
	return (int)extent;
}

/* The same text is the same pointer.  NULL: out of memory. */
static const char *intern(struct reading *r, const char *text)
{
	char *name = index_get(&r->names, text);
	if (name)
		return name;
	name = arena_strndup(r->m->arena, text, strlen(text));
	if (!name || index_put(&r->names, r->m->arena, name, name) < 0)
		return NULL;
	return name;
}

/* Records. */

/* A name that fills the data of a record from an offset on, and nothing behind it. */
static int read_target(struct reading *r, const ns_rr *rr, size_t offset, const char **ret)
{
	char text[NS_MAXDNAME];
	if (ns_rr_rdlen(*rr) <= offset)
		return -EBADMSG;
	int length = expand(r, ns_rr_rdata(*rr) + offset, text);
	if (length < 0 || offset + (size_t)length != ns_rr_rdlen(*rr))
		return -EBADMSG;
	*ret = intern(r, text);
	return *ret ? 0 : -ENOMEM;
}

static int read_address(const ns_rr *rr, sa_family_t family, struct addr *ret)
{
	*ret = (struct addr){.family = family};
	if (ns_rr_rdlen(*rr) != addr_length(ret))
		return -EBADMSG;
	memcpy(ret->bytes, ns_rr_rdata(*rr), addr_length(ret));
	return 0;
}

static int read_service(struct reading *r, const ns_rr *rr, struct message_record *ret)
{
	enum { WEIGHT_AT = 2, PORT_AT = 4, TARGET_AT = 6 };
	int result = read_target(r, rr, TARGET_AT, &ret->target);
	if (result < 0)
		return result;
	ret->priority = (uint16_t)ns_get16(ns_rr_rdata(*rr));
	ret->weight = (uint16_t)ns_get16(ns_rr_rdata(*rr) + WEIGHT_AT);
	ret->port = (uint16_t)ns_get16(ns_rr_rdata(*rr) + PORT_AT);
	return 0;
}

/* 1: the record matters, and is in *ret.  0: it does not. */
static int read_data(struct reading *r, const ns_rr *rr, struct message_record *ret)
{
	int result;
	*ret = (struct message_record){.ttl = ns_rr_ttl(*rr)};
	if (ret->ttl > INT32_MAX)
		ret->ttl = 0;
	if (ns_rr_class(*rr) != ns_c_in)
		return 0;
	switch (ns_rr_type(*rr)) {
	case MESSAGE_A:
		result = read_address(rr, AF_INET, &ret->address);
		break;
	case MESSAGE_AAAA:
		result = read_address(rr, AF_INET6, &ret->address);
		break;
	case MESSAGE_CNAME:
		result = read_target(r, rr, 0, &ret->target);
		break;
	case MESSAGE_SRV:
		result = read_service(r, rr, ret);
		break;
	default: /* no enum of ours */
		return 0;
	}
	if (result < 0)
		return result;
	ret->type = (enum message_type)ns_rr_type(*rr);
	return 1;
}

/* The upper bits of the response code are where other records have their TTL (RFC 6891). */
static void read_edns(struct message *m, const ns_rr *rr)
{
	m->code |= (ns_rr_ttl(*rr) >> 24) << 4;
}

static int read_record(struct reading *r, ns_sect section, int number)
{
	ns_rr rr;
	char owner[NS_MAXDNAME];
	struct message_record record;
	if (expand(r, r->at, owner) < 0 || ns_parserr(&r->handle, section, number, &rr) < 0)
		return -EBADMSG;
	r->at = ns_rr_rdata(rr) + ns_rr_rdlen(rr);
	if (section == ns_s_ar && ns_rr_type(rr) == ns_t_opt)
		read_edns(r->m, &rr);
	int result = read_data(r, &rr, &record);
	if (result <= 0 || section != ns_s_an)
		return result < 0 ? result : 0;
	record.owner = intern(r, owner);
	if (!record.owner || array_reserve(&r->m->records, &r->m->allocated, r->m->count + 1) < 0)
		return -ENOMEM;
	r->m->records[r->m->count++] = record;
	return 0;
}

/* All sections behind the question. */
static int read_records(struct reading *r)
{
	if (ns_initparse(r->bytes, (int)(r->end - r->bytes), &r->handle) < 0)
		return -EBADMSG;
	for (ns_sect s = ns_s_an; s < ns_s_max; s++)
		for (int i = 0; i < ns_msg_count(r->handle, s); i++) {
			int result = read_record(r, s, i);
			if (result < 0)
				return result;
		}
	return 0;
}

/* Messages. */

static int read_question(struct reading *r)
{
	struct question *q = &r->m->question;
	char name[NS_MAXDNAME];
	int length = expand(r, r->at, name);
	/* nobody follows a name that is too long when it is escaped */
	if (length < 0 || r->end - r->at < length + 2 * NS_INT16SZ || strlen(name) >= NAME_SIZE)
		return -EBADMSG;
	memcpy(q->name, name, strlen(name) + 1);
	q->type = (uint16_t)ns_get16(r->at + length);
	q->class = (uint16_t)ns_get16(r->at + length + NS_INT16SZ);
	r->at += length + 2 * NS_INT16SZ;
	return 0;
}

static int read_header(struct reading *r)
{
	enum { REPLY = 0x8000, OPCODE = 0x7800, TRUNCATED = 0x0200, CODE = 0x000f };
	if (r->end - r->bytes < NS_HFIXEDSZ || r->end - r->bytes > MESSAGE_SIZE_MOST)
		return -EBADMSG;
	const unsigned flags = ns_get16(r->bytes + 2), questions = ns_get16(r->bytes + 4);
	if ((flags & OPCODE) || questions != 1)
		return -EBADMSG;
	r->m->question.id = (uint16_t)ns_get16(r->bytes);
	r->m->is_reply = flags & REPLY;
	r->m->is_truncated = flags & TRUNCATED;
	r->m->code = flags & CODE;
	r->at = r->bytes + NS_HFIXEDSZ;
	return 0;
}

static int read_all(struct reading *r)
{
	int result = read_header(r);
	if (result < 0)
		return result;
	result = read_question(r);
	if (result < 0)
		return result;
	const unsigned code = r->m->code;
	result = read_records(r);
	if (result != -EBADMSG || !r->m->is_truncated)
		return result;
	r->m->count = 0;
	r->m->code = code;
	return 0;
}

int message_read(const uint8_t *bytes, size_t length, struct message *ret)
{
	struct message m = {.arena = arena_new()};
	struct reading r = {.m = &m, .bytes = bytes, .end = bytes + length};
	if (!m.arena)
		return -ENOMEM;
	int result = read_all(&r);
	if (result < 0) {
		message_done(&m);
		return result;
	}
	*ret = m;
	return 0;
}

void message_done(struct message *m)
{
	free(m->records);
	arena_free(m->arena);
	*m = (struct message){0};
}

int message_in_stream(const uint8_t *bytes, size_t length)
{
	if (length < MESSAGE_STREAM_PREFIX)
		return 0;
	const unsigned message = ns_get16(bytes);
	if (message < NS_HFIXEDSZ)
		return -EBADMSG;
	return length - MESSAGE_STREAM_PREFIX >= message ? (int)message : 0;
}

bool message_answers(const struct message *reply, const struct question *q)
{
	const struct question *own = &reply->question;
	return reply->is_reply && own->id == q->id && own->type == q->type &&
	       own->class == q->class && strcmp(own->name, q->name) == 0;
}

/* Following a name. */

/* The pointer by which the answer knows a name, or the name itself. */
static const char *known(const struct message *m, const char *name)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->records[i].owner, name) == 0)
			return m->records[i].owner;
	return name;
}

/* A name has one alias at most (RFC 2181, 10.1); of several the first one is followed, as resolvers
 * do. */
static const struct message_record *alias_of(const struct message *m, const char *name)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->records[i].type == MESSAGE_CNAME && m->records[i].owner == name)
			return &m->records[i];
	return NULL;
}

static bool is_in(const struct chain *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->names[i] == name)
			return true;
	return false;
}

void message_chain(const struct message *m, const char *name, struct chain *ret)
{
	const struct message_record *alias;
	*ret = (struct chain){.end = CHAIN_ENDS, .ttl = UINT32_MAX};
	ret->names[ret->count++] = known(m, name);
	while ((alias = alias_of(m, ret->names[ret->count - 1]))) {
		if (is_in(ret, alias->target)) {
			ret->end = CHAIN_LOOPS;
			return;
		}
		if (ret->count == CHAIN_NAMES_MOST) {
			ret->end = CHAIN_TOO_LONG;
			return;
		}
		if (alias->ttl < ret->ttl)
			ret->ttl = alias->ttl;
		ret->names[ret->count++] = alias->target;
	}
}

/* The next record at the end of a chain that is of one of two types, or NULL. */
static const struct message_record *next_of(const struct message *m, const struct chain *c,
	size_t *at, enum message_type type, enum message_type other)
{
	if (c->end != CHAIN_ENDS)
		return NULL;
	while (*at < m->count) {
		const struct message_record *r = &m->records[(*at)++];
		if (r->owner == c->names[c->count - 1] && (r->type == type || r->type == other))
			return r;
	}
	return NULL;
}

static uint32_t ttl_of(const struct chain *c, const struct message_record *r)
{
	return r->ttl < c->ttl ? r->ttl : c->ttl;
}

bool message_next_address(const struct message *m, const struct chain *c, size_t *at,
	struct addr *ret, uint32_t *ret_ttl)
{
	/* what was not asked for is not taken */
	const bool is_any = m->question.type == ns_t_any;
	const struct message_record *r = NULL;
	if (is_any || m->question.type == MESSAGE_A || m->question.type == MESSAGE_AAAA)
		r = next_of(m, c, at, is_any ? MESSAGE_A : m->question.type,
			is_any ? MESSAGE_AAAA : m->question.type);
	if (!r)
		return false;
	*ret = r->address;
	*ret_ttl = ttl_of(c, r);
	return true;
}

bool message_next_service(const struct message *m, const struct chain *c, size_t *at,
	const struct message_record **ret, uint32_t *ret_ttl)
{
	const struct message_record *r;
	/* "." says that the service is not there (RFC 2782) */
	while ((r = next_of(m, c, at, MESSAGE_SRV, MESSAGE_SRV)) && strcmp(r->target, ".") == 0)
		;
	if (!r)
		return false;
	*ret = r;
	*ret_ttl = ttl_of(c, r);
	return true;
}
