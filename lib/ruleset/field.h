/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a rule can look at: fields of packets and connections, and the types of set keys.
 * One table says how nft spells a field and how wide it is; set keys, matches, look-ups, the
 * text and (in kernel/field.c) the bytecode all come from it, so a set and the rule that
 * looks it up cannot disagree.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum data_type {
	TYPE_IPV4_ADDR,
	TYPE_IPV6_ADDR,
	TYPE_INET_PROTO,
	TYPE_INET_SERVICE,
	TYPE_ICMP_TYPE,
	TYPE_ICMPV6_TYPE,
	TYPE_MARK,
	TYPE_CT_STATE,
	TYPE_CT_DIRECTION,
	TYPE_CT_STATUS,
	TYPE_TCP_FLAGS,
	TYPE_INTERFACE_NAME,
	TYPE_UID,
	TYPE_INTEGER,
	TYPE_PORT_PAIR,
	DATA_TYPES,
};

struct type_spec {
	const char *name; /* nft's, for set definitions; NULL if no set has it */
	uint32_t number;  /* nft's, from its datatype.h; shown by nft list */
	size_t length;    /* bytes in a key */
	/* Numbers of the field are in network order in the packet. */
	int big_endian;
};

enum field {
	FIELD_IIFNAME,
	FIELD_OIFNAME,
	FIELD_SKUID, /* whose socket sends it; known in the output hook only */
	FIELD_L4PROTO,
	FIELD_CT_STATE,
	FIELD_CT_DIRECTION,
	FIELD_CT_STATUS,
	FIELD_CT_MARK,
	FIELD_CT_SADDR, /* of the connection's first packet */
	FIELD_CT_DADDR, /* likewise */
	FIELD_CT_SADDR6,
	FIELD_CT_DADDR6,
	FIELD_CT_PROTO_SRC, /* likewise: the port that it came from */
	FIELD_CT_PROTO_DST, /* likewise: the port that was dialled */
	FIELD_IP_SADDR,
	FIELD_IP_DADDR,
	FIELD_IP6_SADDR,
	FIELD_IP6_DADDR,
	FIELD_IP_TTL,
	FIELD_IP6_HOPLIMIT,
	FIELD_ICMP_TYPE,
	FIELD_ICMPV6_TYPE,
	FIELD_TCP_SPORT,
	FIELD_TCP_DPORT,
	FIELD_TCP_FLAGS,
	FIELD_UDP_SPORT,
	FIELD_UDP_DPORT,
	FIELD_UDP_PORTS, /* source port << 16 | destination port: nft loads both at once */
	FIELDS,
};

struct field_spec {
	const char *text; /* how nft writes it */
	enum data_type type;
};

const struct type_spec *type_spec(enum data_type t);
const struct field_spec *field_spec(enum field f);

/* Values by name: "established" of TYPE_CT_STATE, …  NULL if nft has only a number. */
const char *type_symbol(enum data_type t, uint32_t value);
