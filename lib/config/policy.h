/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policy: matrix and host file put together and checked.  For each flow, whether this host
 * takes part, which way, and who is at the other end.  Immutable once it is built.
 */
#pragma once

#include "config/host.h"
#include "config/matrix.h"
#include "host/facts.h"

enum flow_state {
	FLOW_ON,
	FLOW_OFF_OPTIONAL, /* not on the page, and not enabled */
	FLOW_OFF_DISABLED, /* taken out by the admin */
	FLOW_NOT_OURS,     /* between other hosts */
};

/* A flow as this host sees it. */
struct host_flow {
	const struct flow *flow;
	enum flow_state state;
	/* Who may open a connection to us, and to whom we may open one.  Filled for flows that are
	 * off, too, as far as their peers are declared, so that explain can name them. */
	const struct peer **inbound;
	size_t n_inbound;
	const struct peer **outbound;
	size_t n_outbound;
};

struct expectation;

struct policy {
	struct arena *arena; /* of everything but the peers' addresses */
	struct matrix matrix;
	struct host host;
	struct host_flow *flows; /* one for each of the matrix, in its order */
	size_t n_flows;
	const struct size *size;      /* the row of the sizing table, or NULL */
	struct expectation *expected; /* what its tests demand (config/expected.h) */
	size_t n_expected;
	const struct meant *meant; /* sections whose titles are wrong */
};

void policy_free(struct policy *p);

/* Loads, checks and builds.  0 with *ret, to be freed with policy_free(); -EINVAL if diags
 * has errors; -ENOMEM.  facts may be NULL: then the machine's size is not looked at. */
int policy_load(const struct config_dirs *dirs, const struct file_access *access,
	const struct facts *facts, struct diags *diags, struct policy **ret);

/* The same from the system's files, with the facts of this machine. */
int policy_load_here(const struct config_dirs *dirs, struct diags *diags, struct policy **ret);

/* A policy with management only, for a host that was protected once and has no good configuration
 * left.  [management] is taken from the files as far as it can be read, and its interfaces and
 * gateways from facts.  0 or -ENOMEM. */
int policy_load_closed(const struct config_dirs *dirs, const struct file_access *access,
	const struct facts *facts, struct policy **ret);

/* Questions. */
bool policy_plays(const struct policy *p, const char *party);
const char *flow_state_name(enum flow_state s);
