/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules and policies that drop what we allow: a rule that drops several services is one hit. */
#pragma once

#include "others/allowed.h"
#include "others/findings.h"

enum { HITS_AT_MOST = 100, NOTES_AT_MOST = 50 };

/* Sticky: after a failure nothing more is noted. */
struct hits {
	struct hit *items;
	size_t count, allocated;
	bool too_many;
	int error;
};

/* One sample that is dropped. */
struct hit_about {
	const struct foreign_chain *base, *chain;
	const struct foreign_rule *rule; /* NULL: the policy of base */
	const struct allowed *service;
	bool is_answer;
	bool certain;
	bool single;
	uint8_t protocol;
	uint16_t port;
	const struct addr_range *peers; /* NULL: all that the service has */
};

void hits_note(struct hits *h, const struct hit_about *about);
void hits_done(struct hits *h);
