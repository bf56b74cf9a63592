/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sections and keys there are, and in which files they may stand: one table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum section_kind {
	SECTION_ROLE,
	SECTION_FLOW,
	SECTION_SIZE,
	SECTION_HOST,
	SECTION_MANAGEMENT,
	SECTION_PEER,
	SECTION_TEST,
	SECTION_KINDS,
};

enum role_key { ROLE_NAME, ROLE_PLAYS, ROLE_PEERS, ROLE_SESSION_FLOWS };
enum flow_key {
	FLOW_PORT,
	FLOW_PROTOCOL,
	FLOW_SOURCE,
	FLOW_DIRECTION,
	FLOW_TARGET,
	FLOW_PURPOSE,
	FLOW_INITIATOR,
	FLOW_OPTIONAL,
	FLOW_BUNDLE,
	FLOW_NOTE,
};
enum size_key { SIZE_SESSIONS, SIZE_MEMORY, SIZE_CORES, SIZE_DISK };
enum host_key {
	HOST_ROLES,
	HOST_SIZE,
	HOST_OUTBOUND,
	HOST_ENABLE,
	HOST_DISABLE,
	HOST_REVOKE,
	HOST_MARK,
	HOST_INTERFACE,
	HOST_SESSIONS_PER_CLIENT,
	HOST_CONTAINERS,
	HOST_NAMES_MOST,
	HOST_NAMES_TTL_FLOOR,
	HOST_NAMES_TTL_CEILING,
	HOST_NAMES_GRACE,
	HOST_HOLD,
	HOST_RECORDINGS,
};
enum management_key {
	MANAGEMENT_FROM,
	MANAGEMENT_PORT,
	MANAGEMENT_INTERFACE,
	MANAGEMENT_GATEWAY,
	MANAGEMENT_RESOLVER,
	MANAGEMENT_NAME,
	MANAGEMENT_PRIVATE,
};
enum peer_key {
	PEER_ADDRESS,
	PEER_FILE,
	PEER_INTERFACE,
	PEER_GATEWAY,
	PEER_RESOLVER,
	PEER_NAME,
	PEER_SRV,
	PEER_PRIVATE,
};

enum test_key { TEST_ALLOW, TEST_REFUSE };

enum { KEYS_MAX = 24, NAME_MAX_LENGTH = 48 };

/* A file is one or the other. */
enum file_kind { FILE_ROLE = 1, FILE_HOST = 2 };

struct key_spec {
	const char *name;
	/* Not NULL: the key is known and not built yet; this says what to write instead. */
	const char *later;
};

struct section_spec {
	const char *name;
	const char *example;            /* how to write it */
	bool named;                     /* [peer NAME] and not [host] */
	unsigned files;                 /* of enum file_kind */
	struct key_spec keys[KEYS_MAX]; /* by the enums above; ends with a NULL name */
};

const struct section_spec *grammar_section(enum section_kind kind);

/* The kind with this name, or SECTION_KINDS. */
enum section_kind grammar_find_section(const char *name);
/* The key's number, or -1. */
int grammar_find_key(const struct section_spec *spec, const char *name);

/* Names of flows, peers, roles: small letters, digits and hyphens, a letter or digit first,
 * at most NAME_MAX_LENGTH. */
bool grammar_is_name(const char *name, size_t length);
