/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one true cause of what becomes of a connection, as a code, a place, and what to do. */
#pragma once

#include "ask/explain.h"
#include "base/diag.h"
#include "base/text.h"
#include "net/side.h"

/* docs/explain.md has a chapter for each; their names are stable. */
enum why_code {
	WHY_ALLOWED,
	WHY_ALLOWED_LIVE,
	WHY_PEER_UNKNOWN,
	WHY_PORT_UNKNOWN,
	WHY_OUTBOUND_NO_FLOW,
	WHY_FLOW_OFF,
	WHY_FLOW_ELSEWHERE,
	WHY_INTERFACE_OTHER,
	WHY_NAME_WAITING,
	WHY_NAME_OTHER_ADDRESS,
	WHY_DNAT_PORT,
	WHY_NOT_LOADED,
	WHY_SESSIONS_FULL,
	WHY_FOREIGN_DROP,
	WHY_NO_ROUTE,
	WHY_NO_LISTENER,
	WHY_CLOSED,
	WHY_FLUSHED,
	WHY_NOT_RUNNING,
	WHY_CODES,
};
const char *why_code_name(enum why_code c); /* "PEER_UNKNOWN" */

enum why_state {
	WHY_IN_FORCE,
	WHY_IS_CLOSED,  /* management only: no configuration can be used */
	WHY_IS_FLUSHED, /* somebody has opened this host */
	WHY_IS_ABSENT,  /* no daemon: what the ruleset says is not known to be in the kernel */
	WHY_IS_FILES,   /* only what the files say was asked for */
};

enum why_known { WHY_UNKNOWN, WHY_YES, WHY_NO };

/* What was observed beside the ruleset.  All zero: nothing was looked at. */
struct why_seen {
	enum why_state state;
	/* the configuration on the disk would allow it, by this line */
	bool disk_allows;
	struct place disk_at;
	/* a tracked connection of just these ends, whose handshake is over */
	bool is_live;
	uint32_t mark;
	const char *interface; /* by which it comes or goes; NULL: not known */
	/* DNAT leads it to this port; 0: it does not */
	uint16_t dnat_port;
	size_t sessions, client_sessions; /* live ones */
	const char *foreign;              /* what a table of others does to it; NULL: nothing */
	enum why_known has_route, has_listener;
};

struct why {
	enum why_code code;
	bool allowed; /* nobody who was looked at refuses it */
	enum side side;
	struct place at;  /* file NULL: no line decides */
	const char *flow; /* NULL: none; the policy's */
	const char *peer; /* NULL: none; the policy's */
	struct text sentence;
	struct text advice; /* lines, each ended; "" if nothing is to be done */
};

/* As explain(), with what was seen.  0 with *ret, for why_done(); or -ENOMEM. */
int why_judge(const struct policy *p, const struct ruleset *r, const struct learned *learned,
	const struct question *q, const struct why_seen *seen, struct why *ret);
void why_done(struct why *w);

/* The code, the sentence and what to do, for people who have the verdict: nothing if it is allowed.
 */
void why_put_text(const struct why *w, struct text *to);
/* An object of the schema rolewall.explain/1, and an end of line.  is_live: the daemon says so. */
void why_put_json(const struct why *w, bool is_live, struct text *to);
