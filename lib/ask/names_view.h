/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of the names that peers have, at one moment. */
#pragma once

#include "config/policy.h"
#include "names/answers.h"
#include "names/notice.h"

/* Borrowed. */
struct names_view {
	const struct answers *answers;
	const struct policy *policy; /* in force; NULL: none */
	uint64_t now;                /* as in struct moment */
	/* rolewall-reader. */
	bool is_connected;
	const struct notice_state *state; /* NULL: it has not told yet */
	unsigned hung_up;                 /* so often */
	/* Canonical; of these names only.  n_only 0: all that are followed. */
	const char *const *only;
	size_t n_only;
};

/* Questions. */
bool names_view_shows(const struct names_view *v, const struct answers_name *n);
/* No connection to it may begin: it has no address, or only retired ones. */
bool names_view_waits(const struct answers_name *n);
/* The next flow that waits for an address of a name, or NULL.  *at is 0 at first. */
const char *names_view_flow(const struct names_view *v, const struct answers_name *n, size_t *at);
const char *names_view_peer(const struct names_view *v, uint32_t number);

/* Seconds from then to now, and from now to then; 0 if it is the other way round. */
uint64_t names_ago(const struct names_view *v, int64_t time);
uint64_t names_ahead(const struct names_view *v, int64_t time);

/* Why an address is not taken, and what to write, as the end of a sentence. */
const char *names_refused_text(const struct addr *a);

/* Sources, and what they are called. */
enum { NAMES_SOURCES = 4 };
struct names_source {
	enum answers_source source;
	const char *name;
};
extern const struct names_source names_sources[NAMES_SOURCES];

/* Who has an address. */
struct names_owner {
	struct addr address;
	const struct answers_name *name;
};
struct names_owners {
	struct names_owner *items; /* by address; to be freed */
	size_t count, allocated;
};
/* Adds to *ret.  0 or -ENOMEM. */
int names_owners_find(const struct answers *a, struct names_owners *ret);
/* The next name that has the address, or NULL.  *at is SIZE_MAX at first. */
const struct answers_name *names_owners_next(const struct names_owners *o,
	const struct addr *address, size_t *at);

/* Totals. */
struct names_totals {
	size_t followed;
	size_t failing, full;
	size_t without_address; /* no connection to it may begin */
};

struct names_totals names_total(const struct answers *a);
