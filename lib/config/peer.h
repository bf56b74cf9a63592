/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a party is: the addresses and names of a [peer NAME], or of [management]. */
#pragma once

#include <stdbool.h>

#include "base/diag.h"
#include "config/value.h"
#include "host/facts.h"
#include "names/name.h"
#include "net/addrset.h"

/* A name that a peer has, of a host or of a service. */
struct peer_name {
	const char *text; /* canonical */
	enum name_kind kind;
	struct place at;
	bool takes_private; /* addresses of private networks are right for it */
};

struct peer {
	const char *name;
	struct place at;
	bool any;         /* everybody: no set, no look-up */
	bool dynamic;     /* where it is depends on the host: it may have no address yet */
	unsigned follows; /* of enum host_follow: what of the host it depends on */
	bool is_default;  /* as a role file has it: no file of this host says anything of it */
	bool is_used; /* by a flow of this host that is on, which is known once a policy is made */
	bool waits;   /* an interface, gateway or resolver that it is to be at is not there now */
	bool none;    /* said in so many words that there is nobody */
	struct place none_at;
	struct addrset addresses;
	struct addrset learned; /* those of them that are there by a router's advertisement only */
	/* Its other addresses are learned, name by name, while we run. */
	struct peer_name *names;
	size_t n_names;
};

/* Adds what `address =` says: addresses, prefixes, ranges, any, none.  0 or -ENOMEM. */
int peer_add_value(struct peer *p, const struct value *v, struct diags *diags);

/* Adds a list file: one item a line, # starts a comment.  0 or -ENOMEM. */
int peer_add_list(struct peer *p, const char *file, const char *bytes, size_t length,
	struct diags *diags);

/* Adds the networks that an interface is directly connected to, except link-local ones, which
 * every interface has.  An interface that is down adds none.  f may be NULL. *ret_found: whether
 * there are any.  0 or -ENOMEM. */
int peer_add_link(struct peer *p, const struct facts *f, const char *link, bool *ret_found);
/* Adds the next hops of the default routes; the name servers.  f may be NULL.  0 or -ENOMEM. */
int peer_add_gateways(struct peer *p, const struct facts *f);
int peer_add_resolvers(struct peer *p, const struct facts *f);

/* True if addresses are learned for it: it has names, and is not anybody. */
bool peer_is_named(const struct peer *p);

/* A fault if it says none and somebody: once all has been added. */
void peer_check_none(const struct peer *p, struct diags *diags);

/* True if a is known to be one of the peer's addresses; never for `any`. */
bool peer_knows(const struct peer *p, const struct addr *a);
