/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transcripts of the answers: what happens, and as text what is to be done. */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names/answers_parts.h"
#include "testing.h"

#define SECONDS UINT64_C(1000000)
#define MINUTES (60 * SECONDS)
#define HOURS   (60 * MINUTES)

static const struct answers_follow one_peer[] = {{1, "a.example", NAME_OF_HOST, false}};

static inline struct moment at(uint64_t now)
{
	return (struct moment){now, 0};
}

static inline void configure(struct answers *a, const struct answers_follow *f, size_t n,
	uint64_t now)
{
	const struct answers_rules rules = answers_default_rules();
	assert_int_equal(answers_configure(a, f, n, &rules, at(now)), 0);
}

static inline struct addr address(const char *s, size_t length)
{
	struct addr a;
	assert_int_equal(addr_parse(s, length, &a), 0);
	return a;
}

/* "192.0.2.1 192.0.2.2" */
static inline size_t addresses(const char *list, struct addr *to)
{
	size_t n = 0;
	while (*list) {
		const size_t length = strcspn(list, " ");
		to[n++] = address(list, length);
		list += length + (list[length] == ' ');
	}
	return n;
}

static inline int learn_from(struct answers *a, const char *name, enum answers_question q,
	const char *list, uint32_t ttl, uint64_t now, enum answers_source source)
{
	struct addr all[64] = {0};
	struct answers_item items[64] = {0};
	const size_t n = addresses(list, all);
	for (size_t i = 0; i < n; i++) {
		items[i].address = all[i];
		items[i].ttl = ttl;
	}
	const struct answers_lesson lesson = {name, q, source, items, n};
	return answers_learned(a, &lesson, at(now));
}

static inline void learn(struct answers *a, const char *name, enum answers_question q,
	const char *list, uint32_t ttl, uint64_t now)
{
	assert_int_equal(learn_from(a, name, q, list, ttl, now, ANSWERS_FROM_ASKING), 0);
}

/* "dc1.example dc2.example" */
static inline void learn_targets(struct answers *a, const char *service, const char *list,
	uint32_t ttl, uint64_t now)
{
	char names[4][64];
	struct answers_item items[4] = {0};
	size_t n = 0;
	while (*list) {
		const size_t length = strcspn(list, " ");
		snprintf(names[n], sizeof(names[n]), "%.*s", (int)length, list);
		items[n] = (struct answers_item){.target = names[n], .port = 389, .ttl = ttl};
		n++;
		list += length + (list[length] == ' ');
	}
	const struct answers_lesson lesson = {service, ANSWERS_SRV, ANSWERS_FROM_ASKING, items, n};
	assert_int_equal(answers_learned(a, &lesson, at(now)), 0);
}

static inline void fail_asked(struct answers *a, const char *name, enum answers_question q,
	enum answers_error error, uint64_t now)
{
	answers_failed(a, name, q, error, ANSWERS_FROM_ASKING, at(now));
}

static inline void dump(struct answers *a, const char *in_use, uint64_t began, uint64_t now)
{
	struct addr all[16] = {0};
	const size_t n = addresses(in_use, all);
	answers_dumped(a, all, n, began, at(now));
}

static inline void put_action(const struct answers_action *x, char *to, size_t size)
{
	static const char *const words[] = {"fails", "works", "is full", "has room"};
	static const char *const errors[ANSWERS_ERRORS] = {"", " empty", " nxdomain", " servfail",
		" refused", " timeout", " garbled", " unfit", " unfit in hosts"};
	char text[INET6_ADDRSTRLEN];
	switch (x->kind) {
	case ANSWERS_ADD:
	case ANSWERS_REMOVE:
		addr_print(&x->address, text);
		snprintf(to, size, "%c%s%u:%s", x->kind == ANSWERS_ADD ? '+' : '-',
			x->is_retired ? "retired" : "live", x->peer, text);
		return;
	case ANSWERS_SAY:
		snprintf(to, size, "%s %s%s", x->name, words[x->word], errors[x->error]);
		return;
	case ANSWERS_ASK:
		snprintf(to, size, "ask %s%s%s%s", x->name, x->questions & 1 ? " A" : "",
			x->questions & 2 ? " AAAA" : "", x->questions & 4 ? " SRV" : "");
		return;
	case ANSWERS_DUMP:
		snprintf(to, size, "dump");
		return;
	}
	abort();
}

/* All that is to be done, joined by ", "; of each part of the order they are as they come. */
static inline void assert_actions(struct answers *a, const char *expected)
{
	struct answers_action x;
	char found[4096] = "";
	while (answers_next(a, &x)) {
		char one[400];
		put_action(&x, one, sizeof(one));
		if (strlen(found) + strlen(one) + 3 < sizeof(found))
			snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s",
				*found ? ", " : "", one);
	}
	assert_string_equal(found, expected);
}

/* A machine that follows a.example for peer 1, has asked, and knows 192.0.2.1 for five minutes. */
static inline struct answers *with_one(void)
{
	struct answers *a = answers_new();
	assert_non_null(a);
	configure(a, one_peer, 1, 0);
	answers_time(a, at(0));
	assert_actions(a, "ask a.example A AAAA");
	learn(a, "a.example", ANSWERS_A, "192.0.2.1", 300, 0);
	learn(a, "a.example", ANSWERS_AAAA, "", 0, 0);
	assert_actions(a, "+live1:192.0.2.1");
	return a;
}
