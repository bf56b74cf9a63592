/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sets of a peer's addresses, and the fields that are looked up in them. */
#pragma once

#include "compile/compile.h"
#include "compile/learned.h"
#include "config/policy.h"
#include "ruleset/build.h"

struct peer_part {
	const char *suffix;
	enum field source, destination;             /* of the packet */
	enum field first_source, first_destination; /* of the connection's first packet */
};

const struct peer_part *peer_part(enum addrset_part part);

/* A set of a peer that rules look up. */
struct peer_set {
	const char *name; /* "peer-NAME-hosts4", "management-hosts4", … */
	const struct peer_part *part;
	sa_family_t family;
	bool is_retired; /* of those in it live connections go on, and no new one begins */
};

enum { PEER_SETS_MOST = ADDRSET_PARTS + 4 };

/* The sets of the peer, in the order in which they are to be looked up: none for "any", one for
 * each part with an address, and for a peer with names always the live addresses and the retired
 * ones. */
size_t peer_sets_of(struct build *b, const struct policy *p, const struct peer *peer,
	struct peer_set ret[PEER_SETS_MOST]);

/* Makes the sets of all that are used, and of management. */
void peer_sets(struct build *b, const struct policy *p, const struct form *form);
