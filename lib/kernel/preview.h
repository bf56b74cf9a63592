/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What it would do to put a policy into force: to the rules, and to live connections.  Nothing is
 * changed. */
#pragma once

#include "config/policy.h"
#include "kernel/difference.h"
#include "ruleset/judge.h"

/* A live connection that would be cut. */
struct cut {
	struct connection connection;
	struct packet packet;   /* the connection's next one */
	const char *allowed_by; /* the counter of what allows such a connection now, or NULL: no
				 * rule does, or none that is known */
};

struct link_name;

struct preview {
	struct arena *arena;
	struct link_name *links; /* whose names packets borrow */
	bool has_table;          /* nothing is in force: all of the policy is new */
	uint16_t generation;     /* in force; 0: none that can be told */
	struct difference_list differences;
	struct cut *cuts;
	size_t n_cuts, allocated;
	struct ruleset *ruleset; /* the policy's */
};

/* 0 with *ret, to be ended before p is; -EPERM without CAP_NET_ADMIN; -EPROTONOSUPPORT on a kernel
 * without nf_tables or without ctnetlink; -EINTR if the kernel's rules never stood still; or
 * another negative errno. */
int preview(struct nfsock *s, const struct policy *p, const struct facts *f, struct preview *ret);
void preview_done(struct preview *v);
