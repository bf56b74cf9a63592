/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	rolewall names 1
 *	checksum 85944171f73967e8
 *	host login.example.com
 *	good 0 12000000
 *	address 192.0.2.1 live 99000000 12000000 3600000000 0
 *	service _ldap._tcp.corp.example
 *	target dc1.corp.example live 99000000 12000000 3600000000 0 389 636
 *	end
 *	more 00000005a2f4ce10 00000051 00000000002dc6c0
 *	host login.example.com
 *	good 0 0
 *	address 192.0.2.2 live 0 0 3600000000 0
 *
 * The line of an address or target says how long ago it was learned and last seen, how long it
 * still lives, and how long ago it was retired; that of a target, its ports; that of a question,
 * how long ago its last good answer came.  All times are microseconds, and none is a time of day: a
 * clock that is wrong at the boot, or was before, ends no life.  Errors and the content of the
 *hosts file are not saved: the next process asks and reads again.
 *
 * Behind the end stands what was appended since: each time a checksum, the length, how long after
 * the whole that was, and all addresses of a name that have come or changed.  What was not written
 * to its end is dropped.
 *
 * The file is read as if an attacker had written it: everything in it is checked.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/seal.h"
#include "names/answers_parts.h"
#include "names/scope.h"

static const char title[] = "rolewall names 1\n";

enum {
	ADDRESSES_MOST = 1000 * 1000, /* of a name, live and retired; a file of more is none */
	MORE_MOST = 1 << 20, /* bytes that are appended at a time; more is saved as a whole */
};

#define AGE_MOST (INT64_C(100) * 365 * 24 * 3600 * ANSWERS_SECOND)

/* Writing. */

static void put_life(struct text *to, const struct answers_life *l, int64_t now)
{
	text_printf(to, "%s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
		l->is_retired ? "retired" : "live", now - l->learned, now - l->seen, l->until - now,
		l->is_retired ? now - l->retired : 0);
}

static void put_address(struct text *to, const struct answers_address *one, int64_t now)
{
	char address[INET6_ADDRSTRLEN];
	addr_print(&one->address, address);
	text_printf(to, "address %s ", address);
	put_life(to, &one->life, now);
	text_put(to, "\n");
}

static void put_head(struct text *to, const struct answers_name *n, int64_t now)
{
	text_printf(to, "%s %s\n", n->kind == NAME_OF_SERVICE ? "service" : "host",
		answers_text(n));
	for (enum answers_question q = 0; q < ANSWERS_QUESTIONS; q++)
		if (n->asked[q].was_good)
			text_printf(to, "good %u %" PRId64 "\n", (unsigned)q,
				now - n->asked[q].good);
}

static void put_name(struct text *to, const struct answers_name *n, int64_t now)
{
	put_head(to, n, now);
	for (size_t i = 0; i < n->n_addresses; i++)
		put_address(to, &n->addresses[i], now);
	for (size_t i = 0; i < n->n_targets; i++) {
		text_printf(to, "target %s ", answers_text(n->targets[i].name));
		put_life(to, &n->targets[i].life, now);
		for (size_t j = 0; j < n->targets[i].n_ports; j++)
			text_printf(to, " %u", n->targets[i].ports[j]);
		text_put(to, "\n");
	}
}

void answers_encode(const struct answers *a, uint64_t now, struct text *to)
{
	struct text body = {0};
	for (size_t i = 0; i < a->n_names; i++)
		put_name(&body, a->names[i], (int64_t)now);
	text_put(&body, "end\n");
	seal_put(to, title, &body);
}

/* What was appended: its first line. */

enum { MORE_LINE = sizeof("more 0123456789abcdef 01234567 0123456789abcdef\n") - 1 };

struct more {
	uint64_t passed; /* since the whole */
	uint32_t length; /* of what follows */
};

static uint64_t more_sum(const struct more *m, const char *body)
{
	uint64_t sum = hash_number(HASH_START, m->length);
	sum = hash_number(sum, (uint32_t)(m->passed >> 32));
	sum = hash_number(sum, (uint32_t)m->passed);
	return hash_bytes(sum, body, m->length);
}

static void more_line(char to[MORE_LINE + 1], const struct more *m, const char *body)
{
	snprintf(to, MORE_LINE + 1, "more %016" PRIx64 " %08" PRIx32 " %016" PRIx64 "\n",
		more_sum(m, body), m->length, m->passed);
}

void answers_seal_more(struct text *to, uint64_t passed, struct text *body)
{
	char line[MORE_LINE + 1];
	const char *bytes = body->data ? body->data : "";
	const struct more m = {passed, (uint32_t)body->length};
	assert(body->length <= MORE_MOST);
	more_line(line, &m, bytes);
	text_put(to, line);
	text_bytes(to, bytes, body->length);
	to->failed |= body->failed;
	text_done(body);
}

static void put_changes(struct text *to, const struct answers_name *n, uint64_t version,
	int64_t now)
{
	put_head(to, n, now);
	for (size_t i = 0; i < n->n_addresses; i++)
		if (n->addresses[i].life.version > version)
			put_address(to, &n->addresses[i], now);
}

bool answers_encode_more(const struct answers *a, uint64_t version, uint64_t now, uint64_t passed,
	struct text *to)
{
	struct text body = {0};
	if (a->remade > version)
		return false;
	for (size_t i = 0; i < a->n_names && body.length <= MORE_MOST; i++)
		if (a->names[i]->version > version)
			put_changes(&body, a->names[i], version, (int64_t)now);
	if (body.length > MORE_MOST) {
		text_done(&body);
		return false;
	}
	answers_seal_more(to, passed, &body);
	return !to->failed;
}

/* Reading. */

struct decoding {
	const char *at, *end;
	struct answers *answers;
	struct answers_name *name; /* whose lines these are */
	int64_t now;
	bool has_end;
	bool is_more; /* of names that are there already */
	char *why;
};

static int fault(struct decoding *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int fault(struct decoding *d, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(d->why, ANSWERS_FAULT_SIZE, format, args);
	va_end(args);
	return -EBADMSG;
}

static int take_name(struct decoding *d, const char *rest, enum name_kind kind)
{
	if (!name_is_canonical(rest))
		return fault(d, "a name in it is not valid");
	d->name = answers_add(d->answers, rest, kind);
	if (!d->name)
		return -ENOMEM;
	if (!d->is_more && (d->name->n_addresses || d->name->n_targets))
		return fault(d, "a name is in it twice");
	return 0;
}

static int take_host(struct decoding *d, const char *rest)
{
	return take_name(d, rest, NAME_OF_HOST);
}

static int take_service(struct decoding *d, const char *rest)
{
	return take_name(d, rest, NAME_OF_SERVICE);
}

static bool is_age(int64_t age)
{
	return age >= 0 && age <= AGE_MOST;
}

static int take_good(struct decoding *d, const char *rest)
{
	unsigned q;
	int64_t age;
	int read = 0;
	if (sscanf(rest, "%1u %20" SCNd64 "%n", &q, &age, &read) != 2 || rest[read] ||
		q >= ANSWERS_QUESTIONS || !is_age(age))
		return fault(d, "a question in it cannot be read");
	d->name->asked[q].was_good = true;
	d->name->asked[q].good = d->now - age;
	return 0;
}

/* The life in a line; behind it stands *ret_rest. */
static int take_life(struct decoding *d, const char *s, struct answers_life *ret,
	const char **ret_rest)
{
	char state[8];
	int64_t learned, seen, left, retired;
	int read = 0;
	if (sscanf(s, "%7s %20" SCNd64 " %20" SCNd64 " %20" SCNd64 " %20" SCNd64 "%n", state,
		    &learned, &seen, &left, &retired, &read) != 5 ||
		!is_age(learned) || !is_age(seen) || !is_age(retired) || left > AGE_MOST ||
		left < -AGE_MOST)
		return fault(d, "the life of an address in it cannot be read");
	const bool is_retired = strcmp(state, "retired") == 0;
	if (!is_retired && strcmp(state, "live") != 0)
		return fault(d, "an address in it is neither live nor retired");
	*ret = (struct answers_life){.learned = d->now - learned,
		.seen = d->now - seen,
		.until = d->now + left,
		.is_retired = is_retired,
		.retired = d->now - retired,
		.sources = ANSWERS_FROM_STATE};
	*ret_rest = s + read;
	return 0;
}

static int take_address(struct decoding *d, const char *rest)
{
	struct answers_name *n = d->name;
	struct answers_address one = {0};
	const char *after;
	const size_t length = strcspn(rest, " ");
	if (n->kind != NAME_OF_HOST || n->n_addresses >= ADDRESSES_MOST || !rest[length] ||
		addr_parse(rest, length, &one.address) < 0 || scope_of(&one.address) == SCOPE_NEVER)
		return fault(d, "an address in it is not valid");
	struct answers_address *known = addresses_find(n, &one.address);
	if (known && !d->is_more)
		return fault(d, "an address is in it twice");
	const int r = take_life(d, rest + length + 1, &one.life, &after);
	if (r < 0)
		return r;
	if (*after)
		return fault(d, "something follows an address in its line");
	if (known) {
		addresses_replace(n, known, &one);
		return 0;
	}
	if (addresses_reserve(n) < 0)
		return -ENOMEM;
	addresses_append(n, &one);
	return 0;
}

static int link_target(struct decoding *d, const struct answers_target *one)
{
	struct answers_name *n = d->name, *target = one->name;
	for (size_t i = 0; i < n->n_targets; i++)
		if (n->targets[i].name == target)
			return fault(d, "a target is in it twice");
	if (array_reserve(&n->targets, &n->targets_allocated, n->n_targets + 1) < 0 ||
		array_reserve(&target->services, &target->services_allocated,
			target->n_services + 1) < 0)
		return -ENOMEM;
	n->targets[n->n_targets++] = *one;
	target->services[target->n_services++] = n;
	return 0;
}

/* " 389 636": at least one, in order. */
static bool take_ports(const char *s, struct answers_target *to)
{
	uint32_t before = 0;
	int read = 0;
	for (; *s; s += read) {
		uint32_t port;
		if (to->n_ports == ANSWERS_PORTS_MOST || *s != ' ' ||
			sscanf(s, " %5" SCNu32 "%n", &port, &read) != 1 || port < before ||
			port > UINT16_MAX || (port == before && to->n_ports))
			return false;
		to->ports[to->n_ports++] = (uint16_t)port;
		before = port;
	}
	return to->n_ports > 0;
}

static int take_target(struct decoding *d, const char *rest)
{
	char name[NAME_SIZE];
	struct answers_target one = {0};
	const char *after;
	const size_t length = strcspn(rest, " ");
	if (length >= NAME_SIZE || !rest[length] || d->name->kind != NAME_OF_SERVICE ||
		d->name->n_targets >= ANSWERS_TARGETS_MOST)
		return fault(d, "a target in it is not valid");
	memcpy(name, rest, length);
	name[length] = '\0';
	if (!name_is_canonical(name))
		return fault(d, "a target in it is not valid");
	const int r = take_life(d, rest + length + 1, &one.life, &after);
	if (r < 0)
		return r;
	if (!take_ports(after, &one))
		return fault(d, "the ports of a target in it are not readable");
	one.name = answers_add(d->answers, name, NAME_OF_HOST);
	return one.name ? link_target(d, &one) : -ENOMEM;
}

static const struct {
	const char *word;
	int (*take)(struct decoding *d, const char *rest);
	bool is_of_name;
} kinds[] = {
	{"host ", take_host, false},
	{"service ", take_service, false},
	{"good ", take_good, true},
	{"address ", take_address, true},
	{"target ", take_target, true},
};

static int take_line(struct decoding *d, const char *line)
{
	if (strcmp(line, "end") == 0) {
		d->has_end = true;
		return 0;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const size_t length = strlen(kinds[i].word);
		if (strncmp(line, kinds[i].word, length) != 0)
			continue;
		if (kinds[i].is_of_name && !d->name)
			return fault(d, "a line in it belongs to no name");
		return kinds[i].take(d, line + length);
	}
	return fault(d, "a line in it is of an unknown kind");
}

static int read_lines(struct decoding *d)
{
	while (!d->has_end && !(d->is_more && d->at == d->end)) {
		char line[512];
		const char *newline =
			d->at < d->end ? memchr(d->at, '\n', (size_t)(d->end - d->at)) : NULL;
		if (!newline)
			return fault(d, "it ends in the middle");
		const size_t length = (size_t)(newline - d->at);
		if (length >= sizeof(line) || memchr(d->at, '\0', length))
			return fault(d, "a line in it is too long, or has a NUL byte");
		memcpy(line, d->at, length);
		line[length] = '\0';
		d->at = newline + 1;
		const int r = take_line(d, line);
		if (r < 0)
			return r;
	}
	return d->at == d->end ? 0 : fault(d, "something follows its end");
}

/* Of the file is looked at what a seal covers. */
static int read_whole(const char *bytes, size_t length, struct decoding *d)
{
	size_t body_length = 0;
	const char *what = seal_open(bytes, length, title, &d->at, &body_length);
	if (what)
		return fault(d, "%s", what);
	d->end = d->at + body_length;
	d->answers = answers_new();
	if (!d->answers)
		return -ENOMEM;
	d->answers->now = d->now;
	const int r = read_lines(d);
	if (r < 0)
		answers_free(d->answers);
	return r;
}

int answers_decode(const char *bytes, size_t length, uint64_t now, struct answers **ret,
	char why[ANSWERS_FAULT_SIZE])
{
	struct decoding d = {.now = (int64_t)now, .why = why};
	const int r = read_whole(bytes, length, &d);
	if (r == 0)
		*ret = d.answers;
	return r;
}

/* Where the whole ends; no line but the last one is like its end. */
static size_t whole_length(const char *bytes, size_t length)
{
	static const char end[] = "\nend\n";
	const char *found = memmem(bytes, length, end, strlen(end));
	return found ? (size_t)(found - bytes) + strlen(end) : length;
}

/* True if what is there was written to its end. */
static bool open_more(const char *at, const char *end, struct more *ret)
{
	char line[MORE_LINE + 1], numbers[MORE_LINE + 1] = "";
	uint64_t sum;
	if ((size_t)(end - at) < MORE_LINE)
		return false;
	memcpy(numbers, at, MORE_LINE);
	if (sscanf(numbers, "more %16" SCNx64 " %8" SCNx32 " %16" SCNx64, &sum, &ret->length,
		    &ret->passed) != 3 ||
		ret->length > (size_t)(end - at) - MORE_LINE || !is_age((int64_t)ret->passed))
		return false;
	more_line(line, ret, at + MORE_LINE);
	return memcmp(line, at, MORE_LINE) == 0;
}

/* Up to what was not written to its end; how long after the whole the last one was written. */
static const char *find_end(const char *at, const char *end, uint64_t *ret_passed)
{
	struct more m;
	for (*ret_passed = 0; open_more(at, end, &m); at += MORE_LINE + m.length)
		*ret_passed = m.passed > *ret_passed ? m.passed : *ret_passed;
	return at;
}

static int read_more(struct decoding *d, const char *at, const char *end, int64_t began)
{
	struct more m;
	d->is_more = true;
	for (; at < end && open_more(at, end, &m); at = d->end) {
		d->at = at + MORE_LINE;
		d->end = d->at + m.length;
		d->name = NULL;
		d->has_end = false;
		d->now = began + (int64_t)m.passed;
		const int r = read_lines(d);
		if (r < 0)
			return r;
	}
	return 0;
}

int answers_decode_all(const char *bytes, size_t length, uint64_t now, struct answers **ret,
	char why[ANSWERS_FAULT_SIZE])
{
	const size_t whole = whole_length(bytes, length);
	uint64_t passed;
	const char *end = find_end(bytes + whole, bytes + length, &passed);
	const int64_t began = (int64_t)now - (int64_t)passed;
	struct decoding d = {.now = began, .why = why};
	int r = read_whole(bytes, whole, &d);
	if (r < 0)
		return r;
	r = read_more(&d, bytes + whole, end, began);
	if (r < 0) {
		answers_free(d.answers);
		return r;
	}
	d.answers->now = (int64_t)now;
	*ret = d.answers;
	if (end == bytes + length)
		return 0;
	(void)fault(&d, "what was written last to it is not readable");
	return 1;
}
