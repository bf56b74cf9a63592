/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matrix: all role files together, and the site's own flows.  Rows as they are
 * written, before it is known which host they are read for.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "config/document.h"
#include "config/typed.h"
#include "net/service.h"

/* The arrow of the page, verbatim: which way packets go.  Not who opens. */
enum direction { DIRECTION_BOTH, DIRECTION_SINGLE };

enum initiator { INITIATOR_SOURCE, INITIATOR_TARGET, INITIATOR_EITHER };

/* One row. */
struct flow {
	const char *name;
	struct place at;      /* of the section that declared it */
	struct place port_at; /* of the port that holds: elsewhere if it was overridden */
	bool of_site;         /* declared in the host file */
	struct port_range *ports;
	size_t n_ports; /* 0: the protocols have none */
	uint8_t *protocols;
	size_t n_protocols;
	struct names sources;
	struct names targets;
	enum direction direction;
	enum initiator initiator;
	bool optional;
	bool is_session; /* its inbound connections count against the sizing table */
	const char *purpose;
	const char *note;     /* what else the page says of it; "": nothing */
	struct names bundles; /* [host] enable turns a row on by these, too */
};

struct role {
	const char *name;
	struct place at;
	struct names plays;
	struct names peers;
	struct names session_flows;
};

/* A row of the sizing table. */
enum { SIZE_SESSIONS_MOST = 1000000 };

struct size {
	uint32_t administrators;
	struct place at;
	uint32_t sessions;
	uint64_t memory; /* bytes; 0: not said */
	uint32_t cores;  /* 0: not said */
	uint64_t disk;   /* bytes a day; 0: not said */
};

struct matrix {
	struct role *roles;
	size_t n_roles;
	struct flow *flows;
	size_t n_flows;
	struct size *sizes;
	size_t n_sizes;
	struct index roles_by_name, flows_by_name;
	struct index bundles; /* of names that rows have; each stands for one of these rows */
	/* The names of parties that roles play or list as their peers, and those of the ends of
	 * flows. */
	struct index parties_of_roles, parties_of_flows;
};

/* Reads a document's [role], [flow] and [size] sections.  0 or -ENOMEM; faults go to diags.
 * Everything is made in arena, which must be the document's or outlived by it. */
int matrix_read(const struct document *d, struct arena *arena, struct diags *diags,
	struct matrix *ret);

/* True if a role plays a party or lists it among its peers; if a flow has it at one of its ends. */
bool matrix_role_knows(const struct matrix *m, const char *party);
bool matrix_flow_uses(const struct matrix *m, const char *party);
struct flow *matrix_flow(const struct matrix *m, const char *name);
/* A row that names the bundle, or NULL: there is no such bundle. */
const struct flow *matrix_bundle(const struct matrix *m, const char *name);
const struct role *matrix_role(const struct matrix *m, const char *name);
bool flow_has_port(const struct flow *f, uint16_t port);
bool flow_has_protocol(const struct flow *f, uint8_t protocol);
