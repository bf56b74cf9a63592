/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of sections and keys.
 *
 * A planned key is known, but refused: its message says that this version does not support it.
 *
 * A [peer] in a role file is what the peer is by default (document.c).
 */
#include "config/grammar.h"

#include <string.h>

static const struct section_spec sections[SECTION_KINDS] = {
	[SECTION_ROLE] = {"role", "[role]", false, FILE_ROLE,
		{
			[ROLE_NAME] = {"name", NULL},
			[ROLE_PLAYS] = {"plays", NULL},
			[ROLE_PEERS] = {"peers", NULL},
			[ROLE_SESSION_FLOWS] = {"session-flows", NULL},
		}},
	[SECTION_FLOW] = {"flow", "[flow NAME]", true, FILE_ROLE | FILE_HOST,
		{
			[FLOW_PORT] = {"port", NULL},
			[FLOW_PROTOCOL] = {"protocol", NULL},
			[FLOW_SOURCE] = {"source", NULL},
			[FLOW_DIRECTION] = {"direction", NULL},
			[FLOW_TARGET] = {"target", NULL},
			[FLOW_PURPOSE] = {"purpose", NULL},
			[FLOW_INITIATOR] = {"initiator", NULL},
			[FLOW_OPTIONAL] = {"optional", NULL},
			[FLOW_BUNDLE] = {"bundle", NULL},
			[FLOW_NOTE] = {"note", NULL},
		}},
	[SECTION_SIZE] = {"size", "[size ADMINISTRATORS]", true, FILE_ROLE | FILE_HOST,
		{
			[SIZE_SESSIONS] = {"sessions", NULL},
			[SIZE_MEMORY] = {"memory", NULL},
			[SIZE_CORES] = {"cores", NULL},
			[SIZE_DISK] = {"disk", NULL},
		}},
	[SECTION_HOST] = {"host", "[host]", false, FILE_HOST,
		{
			[HOST_ROLES] = {"roles", NULL},
			[HOST_SIZE] = {"size", NULL},
			[HOST_OUTBOUND] = {"outbound", NULL},
			[HOST_ENABLE] = {"enable", NULL},
			[HOST_DISABLE] = {"disable", NULL},
			[HOST_REVOKE] = {"revoke", NULL},
			[HOST_MARK] = {"mark", NULL},
			[HOST_INTERFACE] = {"interface", NULL},
			[HOST_SESSIONS_PER_CLIENT] = {"sessions-per-client", NULL},
			[HOST_CONTAINERS] = {"containers", NULL},
			[HOST_NAMES_MOST] = {"names-most", NULL},
			[HOST_NAMES_TTL_FLOOR] = {"names-ttl-floor", NULL},
			[HOST_NAMES_TTL_CEILING] = {"names-ttl-ceiling", NULL},
			[HOST_NAMES_GRACE] = {"names-grace", NULL},
			[HOST_HOLD] = {"hold", NULL},
			[HOST_RECORDINGS] = {"recordings", NULL},
		}},
	[SECTION_MANAGEMENT] = {"management", "[management]", false, FILE_HOST,
		{
			[MANAGEMENT_FROM] = {"from", NULL},
			[MANAGEMENT_PORT] = {"port", NULL},
			[MANAGEMENT_INTERFACE] = {"interface", NULL},
			[MANAGEMENT_GATEWAY] = {"gateway", NULL},
			[MANAGEMENT_RESOLVER] = {"resolver", NULL},
			[MANAGEMENT_NAME] = {"name", NULL},
			[MANAGEMENT_PRIVATE] = {"private", NULL},
		}},
	[SECTION_PEER] = {"peer", "[peer NAME]", true, FILE_ROLE | FILE_HOST,
		{
			[PEER_ADDRESS] = {"address", NULL},
			[PEER_FILE] = {"file", NULL},
			[PEER_INTERFACE] = {"interface", NULL},
			[PEER_GATEWAY] = {"gateway", NULL},
			[PEER_RESOLVER] = {"resolver", NULL},
			[PEER_NAME] = {"name", NULL},
			[PEER_SRV] = {"srv", NULL},
			[PEER_PRIVATE] = {"private", NULL},
			{"route", "write address = or file = for now"},
		}},
	[SECTION_TEST] = {"test", "[test NAME]", true, FILE_HOST,
		{
			[TEST_ALLOW] = {"allow", NULL},
			[TEST_REFUSE] = {"refuse", NULL},
		}},
};

const struct section_spec *grammar_section(enum section_kind kind)
{
	return &sections[kind];
}

enum section_kind grammar_find_section(const char *name)
{
	enum section_kind kind = 0;
	while (kind < SECTION_KINDS && strcmp(sections[kind].name, name) != 0)
		kind++;
	return kind;
}

int grammar_find_key(const struct section_spec *spec, const char *name)
{
	for (int i = 0; i < KEYS_MAX && spec->keys[i].name; i++)
		if (strcmp(spec->keys[i].name, name) == 0)
			return i;
	return -1;
}

bool grammar_is_name(const char *name, size_t length)
{
	if (length == 0 || length > NAME_MAX_LENGTH || name[0] == '-')
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = name[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return true;
}
