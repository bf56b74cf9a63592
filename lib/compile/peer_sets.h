/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sets of a peer's addresses, and the fields that are looked up in them. */
#pragma once

#include "config/policy.h"
#include "ruleset/build.h"

struct peer_part {
	const char *suffix;
	enum field source, destination;             /* of the packet */
	enum field first_source, first_destination; /* of the connection's first packet */
};

const struct peer_part *peer_part(enum addrset_part part);

/* "peer-NAME-hosts4", or "management-hosts4". */
const char *peer_set_name(struct build *b, const struct policy *p, const struct peer *peer,
	enum addrset_part part);

/* One set for each part that holds any address; none for a peer that is anybody.  Peers that are
 * not used have none. */
void peer_sets(struct build *b, const struct policy *p, const struct peer *peer);
