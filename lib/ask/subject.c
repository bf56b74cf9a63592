/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The compiler's names, read backwards.
 *
 * What the kernel holds may be of a configuration that is gone, so there is no ruleset in
 * which to look a chain up; but its name says what it is for, and a table of their beginnings
 * tells them apart.  compile.c and dispatch.c make these names.
 */
#include "ask/subject.h"

#include <string.h>

static const struct {
	const char *prefix;
	enum subject_kind kind;
	enum side side;
	bool is_whole; /* the prefix is all of the name */
} names[] = {
	{"accept-in-", SUBJECT_FLOW, SIDE_IN, false},
	{"accept-out-", SUBJECT_FLOW, SIDE_OUT, false},
	{"in-", SUBJECT_FLOW, SIDE_IN, false},
	{"out-", SUBJECT_FLOW, SIDE_OUT, false},
	{"reversed-in-", SUBJECT_FLOW, SIDE_IN, false},
	{"reversed-out-", SUBJECT_FLOW, SIDE_OUT, false},
	{"peer-", SUBJECT_PEER, SIDE_IN, false},
	{"management-", SUBJECT_MANAGEMENT, SIDE_IN, false},
	{"session", SUBJECT_SESSIONS, SIDE_IN, false},
	{"refused-sessions", SUBJECT_SESSIONS, SIDE_IN, false},
	{"outbound-any", SUBJECT_OUTBOUND, SIDE_OUT, true},
	{"outbound-any-tcp", SUBJECT_OUTBOUND, SIDE_OUT, true},
	{"reversed-outbound-any", SUBJECT_OUTBOUND, SIDE_OUT, true},
	{"accept-outbound-any", SUBJECT_OUTBOUND, SIDE_OUT, true},
	{"local-ports", SUBJECT_OUTBOUND, SIDE_OUT, true},
	{"inbound", SUBJECT_PROTOCOLS, SIDE_IN, true},
	{"outbound", SUBJECT_PROTOCOLS, SIDE_OUT, true},
	{"inbound-protocols", SUBJECT_PROTOCOLS, SIDE_IN, true},
	{"outbound-protocols", SUBJECT_PROTOCOLS, SIDE_OUT, true},
	{"inbound-", SUBJECT_PORTS, SIDE_IN, false},
	{"outbound-", SUBJECT_PORTS, SIDE_OUT, false},
	{"shared-in-", SUBJECT_PORTS, SIDE_IN, false},
	{"shared-out-", SUBJECT_PORTS, SIDE_OUT, false},
	{"reversed-inbound", SUBJECT_PROTOCOLS, SIDE_IN, true},
	{"reversed-outbound", SUBJECT_PROTOCOLS, SIDE_OUT, true},
	{"reversed-inbound-", SUBJECT_PORTS, SIDE_IN, false},
	{"reversed-outbound-", SUBJECT_PORTS, SIDE_OUT, false},
	{"shared-reversed-in-", SUBJECT_PORTS, SIDE_IN, false},
	{"shared-reversed-out-", SUBJECT_PORTS, SIDE_OUT, false},
	{"generation", SUBJECT_GENERATION, SIDE_IN, true},
};

enum { HASH_DIGITS = 8 };

size_t subject_base_length(const char *object)
{
	size_t n = strlen(object);
	if (n <= HASH_DIGITS + 1 || object[n - HASH_DIGITS - 1] != '-' ||
		strspn(object + n - HASH_DIGITS, "0123456789abcdef") != HASH_DIGITS)
		return n;
	return n - HASH_DIGITS - 1;
}

/* "app-server-hosts4" without its last part */
static size_t without_part(const char *s, size_t n)
{
	while (n > 0 && s[n - 1] != '-')
		n--;
	return n > 0 ? n - 1 : 0;
}

static void name_it(struct subject *s, const char *rest, size_t length)
{
	switch (s->kind) {
	case SUBJECT_FLOW:
		s->length = strlen(rest); /* whatever it ends in */
		break;
	case SUBJECT_PEER:
		s->length = without_part(rest, strlen(rest));
		break;
	case SUBJECT_PORTS:
		s->length = strcspn(rest, "-");
		break;
	case SUBJECT_BUILT_IN:
		s->length = length;
		break;
	case SUBJECT_MANAGEMENT:
	case SUBJECT_SESSIONS:
	case SUBJECT_OUTBOUND:
	case SUBJECT_PROTOCOLS:
	case SUBJECT_GENERATION:
		s->length = 0;
		break;
	}
	s->name = s->length ? rest : "";
}

struct subject subject_of(const char *object)
{
	size_t n = subject_base_length(object);
	struct subject s = {SUBJECT_BUILT_IN, SIDE_IN, "", 0};
	const char *rest = object;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = strlen(names[i].prefix);
		if (n < length || strncmp(object, names[i].prefix, length) != 0 ||
			(names[i].is_whole && n != length))
			continue;
		s.kind = names[i].kind;
		s.side = names[i].side;
		rest = object + length;
		break;
	}
	name_it(&s, rest, n);
	return s;
}

int subject_order(const struct subject *a, const struct subject *b)
{
	size_t shorter = a->length < b->length ? a->length : b->length;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	int order = memcmp(a->name, b->name, shorter);
	if (order == 0)
		order = (a->length > b->length) - (a->length < b->length);
	return order ? order : (a->side > b->side) - (a->side < b->side);
}

bool subject_same(const struct subject *a, const struct subject *b)
{
	return subject_order(a, b) == 0;
}
