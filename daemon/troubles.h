/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong while the host is protected. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct service;

/* Ways in which the host is protected and something is wrong all the same.  The first ones are
 * those of the machine (enum life_trouble), then those of upkeep (enum upkeep_trouble). */
enum trouble {
	TROUBLE_REFUSED,
	TROUBLE_UNCONFIRMED,
	TROUBLE_CLOSED,
	TROUBLE_STATE,
	TROUBLE_UNDOING,
	TROUBLE_UNSETTLED,
	TROUBLE_FOLLOW, /* changes of the host are not heard of */
	TROUBLE_LOOK,   /* the host could not be looked at */
	TROUBLE_LISTS,  /* lists are refused, and what was read before stays in force */
	TROUBLE_WATCH,  /* changes of our table and of others are not heard of */
	TROUBLE_VERIFY, /* it could not be looked at */
	TROUBLE_SURVEY, /* the tables of others could not be looked at */
	TROUBLE_NAMES,  /* what is known of names cannot be saved */
	TROUBLE_TESTS,  /* what is in force does not do what its tests demand */
	TROUBLES,
};

struct troubles {
	char *said[TROUBLES]; /* NULL: none of the kind */
	char *refused;        /* what was said of the last reload that was refused */
	uint64_t refused_at;  /* microseconds of CLOCK_REALTIME */
};

void troubles_done(struct troubles *t);

void trouble_set(struct troubles *t, enum trouble which, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void trouble_clear(struct troubles *t, enum trouble which);
bool trouble_any(const struct troubles *t);
/* Those that the machine knows of: says what is new, and what is over. */
void troubles_follow(struct service *s);
void troubles_follow_upkeep(struct service *s);
