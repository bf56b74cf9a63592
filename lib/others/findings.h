/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a survey of others' tables has found, in words. */
#pragma once

#include "base/text.h"
#include "net/side.h"
#include "others/foreign.h"

struct finding {
	const char *subject; /* which rule or chain, and what of ours: says if two are the same */
	const char *text;    /* a sentence */
	bool is_note; /* nothing that we allow is surely lost by it, but for single addresses */
	struct finding *next;
};

/* Sticky: after a failure nothing more is added. */
struct findings {
	struct arena *arena;
	struct finding *first, *last;
	size_t count;
	bool failed;
};

/* Lifetime.  0 or -ENOMEM. */
int findings_init(struct findings *f);
void findings_done(struct findings *f);

/* True if one is no note. */
bool findings_have_defeat(const struct findings *f);
bool findings_have_subject(const struct findings *f, const char *subject);
bool findings_have_text(const struct findings *f, const char *text);

/* One thing that drops what we allow: a rule, or the policy of a base chain. */
struct hit {
	const struct foreign_chain *base, *chain; /* the rule is in chain, called from base */
	const struct foreign_rule *rule;          /* NULL: the policy */
	enum side side;                           /* of the services */
	bool is_answer;                           /* what is dropped goes the other way */
	bool certain;
	bool defeats;     /* certain, and not by a single address */
	const void *last; /* service noted */
	size_t n_services;
	struct text services; /* the first of them, in words */
};

enum { HIT_SERVICES_SHOWN = 3 };

/* Saying. */
void findings_say_hit(struct findings *to, const struct hit *h);
/* The chain changes something, and is at the place of ours. */
void findings_say_order(struct findings *to, const struct foreign_chain *c);
/* Something was not looked at. */
void findings_say_gap(struct findings *to, const char *what);
